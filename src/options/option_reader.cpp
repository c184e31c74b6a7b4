#include "options/option_reader.hpp"

#include <algorithm>
#include <boost/program_options/errors.hpp>
#include <boost/program_options/options_description.hpp>
#include <cerrno>

#include "base/text.hpp"

namespace sctl {

namespace po = boost::program_options;

namespace {

bool is_option(std::string_view word) {
    return word.size() > 1 && word.front() == '-';
}

std::unique_ptr<po::options_description> describe(std::span<const OptionName> names) {
    auto description = std::make_unique<po::options_description>();
    for (const auto& name : names) description->add_options()(name.names, "");
    return description;
}

// The names of an option one after the other, as "quiet,q" has them.
std::string_view take_name(std::string_view& names) {
    auto name = names.substr(0, names.find(','));
    names.remove_prefix(std::min(names.size(), name.size() + 1));
    return name;
}

// Of the option that has this very name, or this letter.
std::optional<size_t> row_with(std::span<const OptionName> options, std::string_view name) {
    for (size_t row = 0; row < options.size(); ++row) {
        for (std::string_view names = options[row].names; !names.empty();) {
            if (take_name(names) == name) return row;
        }
    }
    return std::nullopt;
}

size_t row_of(const po::options_description& description, const po::option_description* found) {
    const auto& all = description.options();
    auto same = [&](const auto& option) { return option.get() == found; };
    return static_cast<size_t>(std::ranges::find_if(all, same) - all.begin());
}

std::string names_with_prefix(const po::options_description& description, std::string_view prefix) {
    std::string text;
    for (const auto& option : description.options()) {
        auto [names, count] = option->long_names();
        for (size_t i = 0; i < count; ++i) {
            if (names[i].starts_with(prefix)) text += cat(" '--", names[i], "'");
        }
    }
    return text;
}

} // namespace

OptionReader::OptionReader(std::span<const OptionName> names, std::vector<std::string> arguments,
                           std::string_view program, OptionRules rules)
    : names_(names), arguments_(std::move(arguments)), program_(program), rules_(rules) {}

OptionReader::~OptionReader() = default;

Error OptionReader::complain(OptionProblem::Kind kind, std::string option, std::string_view text) {
    problem_ = {kind, std::move(option)};
    return Error{EINVAL, cat(program_, ": ", text), {}};
}

void OptionReader::take_rest() {
    words_.insert(words_.end(), arguments_.begin() + static_cast<ptrdiff_t>(at_), arguments_.end());
    at_ = arguments_.size();
}

const std::string* OptionReader::following_word() const {
    return letters_.empty() && at_ < arguments_.size() ? &arguments_[at_] : nullptr;
}

Result<std::optional<TypedOption>> OptionReader::next() {
    auto option = [](Result<TypedOption> read) -> Result<std::optional<TypedOption>> {
        if (!read) return read.error();
        return std::optional(std::move(*read));
    };
    if (!letters_.empty()) return option(read_letter());
    while (at_ < arguments_.size()) {
        const std::string& word = arguments_[at_++];
        if (word == "--") {
            dashes_ = words_.size();
            take_rest();
        } else if (rules_.long_names && word.starts_with("--")) {
            return option(read_long(std::string_view(word).substr(2)));
        } else if (is_option(word)) {
            letters_ = std::string_view(word).substr(1);
            return option(read_letter());
        } else {
            words_.push_back(word);
            if (rules_.first_word_ends) take_rest();
        }
    }
    return std::optional<TypedOption>();
}

// For names that are shortened, or wrong.
const po::options_description& OptionReader::description() {
    if (!description_) description_ = describe(names_);
    return *description_;
}

Result<TypedOption> OptionReader::read_long(std::string_view word) {
    auto equals = word.find('=');
    std::string name(word.substr(0, equals));
    using enum OptionProblem::Kind;
    auto row = name.size() > 1 ? row_with(names_, name) : std::nullopt;
    try {
        // Boost takes "---a" for the letter.
        if (!row && !name.starts_with('-')) {
            auto* found = description().find_nothrow(name, rules_.may_be_shortened);
            if (found) row = row_of(description(), found);
        }
    } catch (const po::ambiguous_option&) {
        return complain(Ambiguous, cat("--", name),
                        cat("option '--", word, "' is ambiguous; possibilities:",
                            names_with_prefix(description(), name)));
    }
    if (!row) return complain(Unknown, cat("--", name), cat("unrecognized option '--", word, "'"));
    TypedOption typed{*row, {}};
    if (equals != word.npos) typed.value = word.substr(equals + 1);
    // The name as the table has it, also where it was shortened.
    std::string_view all_names = names_[*row].names;
    auto full = cat("--", take_name(all_names));
    switch (names_[typed.row].value) {
        case OptionValue::None:
            if (typed.value)
                return complain(UnwantedValue, full,
                                cat("option '", full, "' doesn't allow an argument"));
            break;
        case OptionValue::Required:
            if (!typed.value && at_ == arguments_.size())
                return complain(MissingValue, full,
                                cat("option '", full, "' requires an argument"));
            if (!typed.value) typed.value = arguments_[at_++];
            break;
        case OptionValue::Optional: break;
    }
    return typed;
}

std::optional<size_t> OptionReader::find_letter(char letter) const {
    return row_with(names_, {&letter, 1});
}

Result<TypedOption> OptionReader::read_letter() {
    char letter = letters_.front();
    letters_.remove_prefix(1);
    auto row = find_letter(letter);
    std::string typed_letter{'-', letter};
    using enum OptionProblem::Kind;
    if (!row) return complain(Unknown, typed_letter, cat("invalid option -- '", letter, "'"));
    TypedOption typed{*row, {}};
    OptionValue takes = names_[*row].value;
    if (takes == OptionValue::None) return typed;
    if (!letters_.empty())
        typed.value = std::exchange(letters_, {});
    else if (takes == OptionValue::Required && at_ < arguments_.size())
        typed.value = arguments_[at_++];
    else if (takes == OptionValue::Required)
        return complain(MissingValue, typed_letter,
                        cat("option requires an argument -- '", letter, "'"));
    return typed;
}

} // namespace sctl
