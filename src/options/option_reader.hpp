// Command lines of our programs. A program describes its options in rows (option_table.hpp); this
// reads what was typed, as getopt_long(3) does and with its words for what is wrong: long names may
// be shortened while that is unambiguous, letters share a word, and words that are no options may
// stand between options.
//
// The inits whose names we answer to are not read here: each of them has its original's getopt.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace boost::program_options {
class options_description;
}

namespace sctl {

enum class OptionValue : uint8_t { None, Required, Optional };

struct OptionName {
    const char* names; // "quiet,q", "kill-whom,kill-who", or ",P" for one without a long name
    OptionValue value;
};

struct TypedOption {
    size_t row; // of the names
    std::optional<std::string> value;
};

class OptionReader {
  public:
    // `program` begins each complaint.
    OptionReader(std::span<const OptionName> names, std::vector<std::string> arguments,
                 std::string_view program);
    ~OptionReader();
    OptionReader(const OptionReader&) = delete;
    OptionReader& operator=(const OptionReader&) = delete;

    // The next option; nothing at the end. EINVAL in getopt's words.
    Result<std::optional<TypedOption>> next();
    // The word after the option that next() gave last, or null: some options of systemd's programs
    // take it as their value where it looks like one.
    [[nodiscard]] const std::string* following_word() const;
    // That word, which is not looked at any more.
    std::string take_word() { return arguments_[at_++]; }
    // What is no option, once next() has come to the end.
    [[nodiscard]] std::vector<std::string>& words() noexcept { return words_; }

  private:
    Result<TypedOption> read_long(std::string_view word);
    Result<TypedOption> read_letter();
    [[nodiscard]] std::optional<size_t> find_letter(char letter) const;
    [[nodiscard]] Error complaint(std::string_view text) const;

    std::span<const OptionName> names_;
    std::vector<std::string> arguments_;
    std::string program_;
    std::unique_ptr<boost::program_options::options_description> description_;
    size_t at_ = 0;
    std::string_view letters_; // of the word before at_, still to be read
    std::vector<std::string> words_;
};

} // namespace sctl
