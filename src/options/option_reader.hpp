// Command lines of our programs. A program describes its options in rows (option_table.hpp); this
// reads what was typed, as getopt_long(3) does and with its words for what is wrong: long names may
// be shortened while that is unambiguous, letters share a word, and words that are no options may
// stand between options. A program whose command line has other rules says which (OptionRules).
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

struct OptionRules {
    bool first_word_ends = false; // getopt's "+": what follows the first word is no option
    bool long_names = true;       // false: as getopt(3), which knows letters alone
    bool may_be_shortened = true; // long names
};

struct TypedOption {
    size_t row; // of the names
    std::optional<std::string> value;
};

// What is wrong with a command line, for programs with words of their own.
struct OptionProblem {
    enum class Kind : uint8_t { Unknown, Ambiguous, UnwantedValue, MissingValue } kind;
    std::string option; // "-t", "--type"
};

class OptionReader {
  public:
    // `program` begins each complaint.
    OptionReader(std::span<const OptionName> names, std::vector<std::string> arguments,
                 std::string_view program, OptionRules rules = {});
    ~OptionReader();
    OptionReader(const OptionReader&) = delete;
    OptionReader& operator=(const OptionReader&) = delete;

    // The next option; nothing at the end. EINVAL in getopt's words.
    Result<std::optional<TypedOption>> next();
    // Why next() has failed.
    [[nodiscard]] const std::optional<OptionProblem>& problem() const noexcept { return problem_; }
    // The word after the option that next() gave last, or null: some options of systemd's programs
    // take it as their value where it looks like one.
    [[nodiscard]] const std::string* following_word() const;
    // That word, which is not looked at any more.
    std::string take_word() { return arguments_[at_++]; }
    // What is no option, once next() has come to the end.
    [[nodiscard]] std::vector<std::string>& words() noexcept { return words_; }
    // How many of these words stood before a "--"; nothing where there was none.
    [[nodiscard]] std::optional<size_t> words_before_dashes() const noexcept { return dashes_; }

  private:
    Result<TypedOption> read_long(std::string_view word);
    Result<TypedOption> read_letter();
    void take_rest();
    [[nodiscard]] std::optional<size_t> find_letter(char letter) const;
    [[nodiscard]] const boost::program_options::options_description& description();
    Error complain(OptionProblem::Kind kind, std::string option, std::string_view text);

    std::span<const OptionName> names_;
    std::vector<std::string> arguments_;
    std::string program_;
    OptionRules rules_;
    std::unique_ptr<boost::program_options::options_description> description_; // once it is needed
    size_t at_ = 0;
    std::string_view letters_; // of the word before at_, still to be read
    std::vector<std::string> words_;
    std::optional<size_t> dashes_;
    std::optional<OptionProblem> problem_;
};

} // namespace sctl
