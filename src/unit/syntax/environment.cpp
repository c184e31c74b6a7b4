#include "unit/syntax/environment.hpp"

#include <algorithm>
#include <cerrno>

#include "base/text.hpp"
#include "unit/syntax/extract_word.hpp"

namespace sctl {
namespace {

// What Linux gives a process by default for all arguments and variables together.
constexpr size_t argument_space = 2u << 20;

std::string_view variable_name(std::string_view assignment) {
    return assignment.substr(0, assignment.find('='));
}

bool is_one_of(char c, std::string_view chars) {
    return chars.find(c) != std::string_view::npos;
}

// The text of an environment file, read character by character. White space at the end of a name
// or an unquoted value is cut; `name_end_` and `value_end_` remember where it began.
class EnvironmentFileReader {
  public:
    Result<std::vector<std::string>> read(std::string_view text);

  private:
    enum class State {
        BeforeName,
        Name,
        BeforeValue,
        Value,
        ValueEscape,
        SingleQuotes,
        DoubleQuotes,
        DoubleQuotesEscape,
        Comment,
        CommentEscape,
    };
    static constexpr std::string_view newlines = "\n\r";
    static constexpr size_t none = std::string::npos;

    State take(char c);
    State take_before_value(char c);
    State take_value(char c);
    State take_after_escape_in_quotes(char c);
    State end_assignment();
    void add(std::string& text, size_t& end, char c);

    Environment assignments_;
    State state_ = State::BeforeName;
    std::string name_, value_;
    size_t name_end_ = none, value_end_ = none;
    bool invalid_ = false;
};

void EnvironmentFileReader::add(std::string& text, size_t& end, char c) {
    if (!is_one_of(c, whitespace))
        end = none;
    else if (end == none)
        end = text.size();
    text += c;
}

EnvironmentFileReader::State EnvironmentFileReader::end_assignment() {
    if (name_end_ != none) name_.resize(name_end_);
    if (value_end_ != none) value_.resize(value_end_);
    if (!is_valid_utf8(name_) || !is_valid_utf8(value_)) invalid_ = true;
    assignments_.set(name_, value_);
    name_.clear();
    value_.clear();
    return State::BeforeName;
}

EnvironmentFileReader::State EnvironmentFileReader::take_before_value(char c) {
    value_end_ = none;
    if (is_one_of(c, newlines)) return end_assignment();
    if (c == '\'') return State::SingleQuotes;
    if (c == '"') return State::DoubleQuotes;
    if (c == '\\') return State::ValueEscape;
    if (is_one_of(c, whitespace)) return State::BeforeValue;
    value_ += c;
    return State::Value;
}

EnvironmentFileReader::State EnvironmentFileReader::take_value(char c) {
    if (is_one_of(c, newlines)) return end_assignment();
    if (c == '\\') {
        value_end_ = none;
        return State::ValueEscape;
    }
    add(value_, value_end_, c);
    return State::Value;
}

EnvironmentFileReader::State EnvironmentFileReader::take_after_escape_in_quotes(char c) {
    if (is_one_of(c, "\"\\`$"))
        value_ += c;
    else if (c != '\n')
        (value_ += '\\') += c; // as a shell keeps it
    return State::DoubleQuotes;
}

EnvironmentFileReader::State EnvironmentFileReader::take(char c) {
    switch (state_) {
        case State::BeforeName:
            if (is_one_of(c, "#;")) return State::Comment;
            if (is_one_of(c, whitespace)) return State::BeforeName;
            name_end_ = none;
            name_ += c;
            return State::Name;
        case State::Name:
            if (is_one_of(c, newlines)) { // a line without "=" says nothing
                name_.clear();
                return State::BeforeName;
            }
            if (c == '=') return State::BeforeValue;
            add(name_, name_end_, c);
            return State::Name;
        case State::BeforeValue: return take_before_value(c);
        case State::Value: return take_value(c);
        case State::ValueEscape:
            if (!is_one_of(c, newlines)) value_ += c;
            return State::Value;
        case State::SingleQuotes:
            if (c == '\'') return State::BeforeValue;
            value_ += c;
            return State::SingleQuotes;
        case State::DoubleQuotes:
            if (c == '"') return State::BeforeValue;
            if (c == '\\') return State::DoubleQuotesEscape;
            value_ += c;
            return State::DoubleQuotes;
        case State::DoubleQuotesEscape: return take_after_escape_in_quotes(c);
        case State::Comment:
            if (c == '\\') return State::CommentEscape;
            return is_one_of(c, newlines) ? State::BeforeName : State::Comment;
        case State::CommentEscape: return State::Comment; // comments continue as well
    }
    return State::BeforeName;
}

Result<std::vector<std::string>> EnvironmentFileReader::read(std::string_view text) {
    for (char c : text) state_ = take(c);
    switch (state_) {
        case State::BeforeName:
        case State::Name:
        case State::Comment:
        case State::CommentEscape: break;
        default: end_assignment();
    }
    if (invalid_) return Error{EINVAL, "Environment file is not valid UTF-8", {}};
    return assignments_.assignments();
}

// The name in a word "$NAME"; nothing for any other word.
std::optional<std::string_view> whole_word_variable(std::string_view word) {
    if (!word.starts_with('$')) return std::nullopt;
    word.remove_prefix(1);
    if (word.starts_with('{') || word.starts_with('$')) return std::nullopt;
    return word;
}

} // namespace

bool environment_name_is_valid(std::string_view name) {
    if (name.empty() || (name.front() >= '0' && name.front() <= '9')) return false;
    if (name.size() > argument_space - 2) return false;
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
    });
}

bool environment_value_is_valid(std::string_view value) {
    return is_valid_utf8(value) && value.find('\0') == std::string_view::npos &&
           value.size() <= argument_space - 3;
}

bool environment_assignment_is_valid(std::string_view assignment) {
    auto name = variable_name(assignment);
    return name.size() < assignment.size() && assignment.size() <= argument_space - 1 &&
           environment_name_is_valid(name) &&
           environment_value_is_valid(assignment.substr(name.size() + 1));
}

void Environment::set(std::string_view assignment) {
    auto name = variable_name(assignment);
    if (name.size() < assignment.size()) put(name, std::string(assignment));
}

void Environment::set(std::string_view name, std::string_view value) {
    put(name, cat(name, '=', value));
}

void Environment::put(std::string_view name, std::string&& assignment) {
    auto same_name = [&](const std::string& old) {
        return old.size() > name.size() && old[name.size()] == '=' && old.starts_with(name);
    };
    auto old = std::find_if(list_.begin(), list_.end(), same_name);
    if (old == list_.end())
        list_.push_back(std::move(assignment));
    else
        *old = std::move(assignment);
}

void Environment::merge(const std::vector<std::string>& assignments) {
    list_.reserve(list_.size() + assignments.size());
    for (const auto& assignment : assignments) set(assignment);
}

void Environment::unset(std::string_view name_or_assignment) {
    std::erase_if(list_, [&](const std::string& assignment) {
        return assignment == name_or_assignment || variable_name(assignment) == name_or_assignment;
    });
}

std::optional<std::string_view> Environment::get(std::string_view name) const {
    for (const auto& assignment : list_) {
        if (variable_name(assignment) == name)
            return std::string_view(assignment).substr(name.size() + 1);
    }
    return std::nullopt;
}

Result<std::vector<std::string>> parse_environment_file(std::string_view text) {
    if (text.find('\0') != std::string_view::npos)
        return Error{EBADMSG, "Environment file has a zero byte", {}};
    return EnvironmentFileReader().read(text);
}

std::string replace_variables(std::string_view text, const Environment& environment) {
    std::string out;
    while (!text.empty()) {
        size_t taken = std::min(text.find('$'), text.size()); // what stands before the next "$"
        char after = taken == 0 && text.size() > 1 ? text[1] : '\0';
        if (after == '$') {
            out += '$';
            taken = 2;
        } else if (after == '{') {
            // A ":" makes it a form of the shell's that we do not know: it stays, and what follows
            // is looked at anew.
            auto end = text.find_first_of("}:");
            taken = end == std::string_view::npos ? text.size() : end + 1;
            if (end != std::string_view::npos && text[end] == '}')
                out += environment.get(text.substr(2, end - 2)).value_or("");
            else
                out += text.substr(0, taken);
        } else {
            taken = std::max<size_t>(taken, 1);
            out += text.substr(0, taken);
        }
        text.remove_prefix(taken);
    }
    return out;
}

std::vector<std::string> replace_variables(const std::vector<std::string>& words,
                                           const Environment& environment) {
    std::vector<std::string> out;
    for (const auto& word : words) {
        auto variable = whole_word_variable(word);
        if (!variable) {
            out.push_back(replace_variables(std::string_view(word), environment));
            continue;
        }
        auto value = environment.get(*variable).value_or("");
        // Relaxed splitting does not fail.
        auto parts = split_quoted(value, {.unquote = true, .relaxed = true});
        if (parts) out.insert(out.end(), parts->begin(), parts->end());
    }
    return out;
}

} // namespace sctl
