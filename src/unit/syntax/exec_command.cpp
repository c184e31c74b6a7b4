#include "unit/syntax/exec_command.hpp"

#include <cerrno>
#include <climits>
#include <cstring>
#include <optional>

#include "base/files.hpp"
#include "base/text.hpp"
#include "unit/syntax/extract_word.hpp"

namespace sctl {
namespace {

using Privilege = ExecCommand::Privilege;

// No control characters, quotes or backslashes.
bool is_safe(std::string_view text) {
    for (char c : text) {
        if ((c >= 0 && c < ' ') || c == 0x7f || c == '\\' || c == '"' || c == '\'') return false;
    }
    return true;
}

bool implies_directory(std::string_view path) {
    auto last = path.substr(path.rfind('/') + 1);
    return last.empty() || last == "." || last == "..";
}

bool is_executable_name(std::string_view path) {
    if (path.size() >= PATH_MAX) return false;
    for (auto part : split(path, "/")) {
        if (part.size() > NAME_MAX) return false;
    }
    return path.starts_with('/') || path.find('/') == std::string_view::npos;
}

bool begins_word(std::string_view text, std::string_view word) {
    if (!text.starts_with(word)) return false;
    auto rest = text.substr(word.size());
    return rest.empty() || whitespace.find(rest.front()) != std::string_view::npos;
}

class ExecParser {
  public:
    ExecParser(std::string_view text, const WordExpander& expand)
        : text_(trim_start(text)), words_(text_), expand_(expand) {}

    Result<ExecCommandLine> run();

  private:
    enum class Next {
        Another, // a ";" announces a further command
        End,     // the line is used up
        Dropped, // this command and what follows it are ignored, because of "-"
        Refused, // the line is, and with it the unit
    };

    Next take_command();
    Next take_arguments(ExecCommand& command);
    std::string_view take_prefixes(std::string_view word, ExecCommand& command);
    // The next word; an unknown escape in it is only warned of. A warning and nothing for an error.
    Result<std::optional<std::string>> next_word();
    // The line is refused for this reason, or, with "-", ends with a warning.
    // "WHY: WHAT", or "WHY, ignoring: WHAT" where the command has "-".
    Next refuse(const ExecCommand& command, std::string_view why, std::string_view what);
    Next refuse_as(const ExecCommand& command, std::string text);

    std::string_view text_;
    WordReader words_;
    const WordExpander& expand_;
    bool own_argv0_ = false;
    ExecCommandLine line_;
    Error error_;
};

ExecParser::Next ExecParser::refuse(const ExecCommand& command, std::string_view why,
                                    std::string_view what) {
    return refuse_as(command, cat(why, command.ignore_failure ? ", ignoring: " : ": ", what));
}

ExecParser::Next ExecParser::refuse_as(const ExecCommand& command, std::string text) {
    if (command.ignore_failure) {
        line_.warnings.push_back(std::move(text));
        return Next::Dropped;
    }
    error_ = Error{ENOEXEC, std::move(text), {}};
    return Next::Refused;
}

Result<std::optional<std::string>> ExecParser::next_word() {
    WordRules rules{.unquote = true, .unescape = true};
    auto before = words_.rest();
    auto word = words_.next(rules);
    if (word) return word;
    words_.set_rest(before);
    rules.keep_bad_escapes = true;
    word = words_.next(rules);
    if (word) line_.warnings.push_back(cat("Ignoring unknown escape sequences: \"", **word, '"'));
    return word;
}

std::string_view ExecParser::take_prefixes(std::string_view word, ExecCommand& command) {
    own_argv0_ = false;
    for (; !word.empty(); word.remove_prefix(1)) {
        char c = word.front();
        if (c == '-' && !command.ignore_failure)
            command.ignore_failure = true;
        else if (c == '@' && !own_argv0_)
            own_argv0_ = true;
        else if (c == ':' && !command.no_environment_expansion)
            command.no_environment_expansion = true;
        else if (c == '+' && command.privilege == Privilege::Normal)
            command.privilege = Privilege::Full;
        else if (c == '!' && command.privilege == Privilege::Normal)
            command.privilege = Privilege::NoSetuid;
        else if (c == '!' && command.privilege == Privilege::NoSetuid)
            command.privilege = Privilege::Ambient;
        else
            break;
    }
    return word;
}

ExecParser::Next ExecParser::take_arguments(ExecCommand& command) {
    while (!words_.rest().empty()) {
        // Only a bare ";" separates; "\;" gives the character, as do quotes.
        auto rest = words_.rest();
        if (begins_word(rest, ";")) {
            words_.set_rest(trim_start(rest.substr(1)));
            return Next::Another;
        }
        if (begins_word(rest, "\\;")) {
            words_.set_rest(trim_start(rest.substr(2)));
            command.arguments.emplace_back(";");
            continue;
        }
        auto word = next_word();
        if (!word) return refuse_as(command, cat("Unbalanced quoting, ignoring: \"", text_, '"'));
        if (!*word) break;
        auto expanded = expand_(**word);
        if (!expanded)
            return refuse(command, cat("Failed to resolve unit specifiers in ", **word),
                          strerror(expanded.error().code));
        command.arguments.push_back(std::move(*expanded));
    }
    return Next::End;
}

ExecParser::Next ExecParser::take_command() {
    auto word = next_word();
    if (!word) {
        // Here systemd only warns, with or without "-".
        line_.warnings.push_back(cat("Unbalanced quoting, ignoring: \"", text_, '"'));
        return Next::End;
    }
    if (!*word) return Next::End;
    if (**word == ";") return Next::Another;

    ExecCommand command;
    auto bare = take_prefixes(**word, command);
    auto path = expand_(bare);
    if (!path)
        return refuse(command, cat("Failed to resolve unit specifiers in ", bare),
                      strerror(path.error().code));
    if (path->empty()) return refuse(command, "Empty path in command line", cat("'", text_, "'"));
    if (!is_safe(*path))
        return refuse(command, "Executable name contains special characters", *path);
    if (implies_directory(*path))
        return refuse(command, "Executable path specifies a directory", *path);
    if (!is_executable_name(*path))
        return refuse(command, "Neither a valid executable name nor an absolute path", *path);
    if (!own_argv0_) command.arguments.push_back(*path);
    command.path = simplify_path(*path);

    auto next = take_arguments(command);
    if (next == Next::Refused || next == Next::Dropped) return next;
    if (command.arguments.empty())
        return refuse(command, "Empty executable name or zeroeth argument", text_);
    line_.commands.push_back(std::move(command));
    return next;
}

Result<ExecCommandLine> ExecParser::run() {
    while (true) {
        auto next = take_command();
        if (next == Next::Refused) return error_;
        if (next != Next::Another) return std::move(line_);
    }
}

} // namespace

Result<ExecCommandLine> parse_exec_commands(std::string_view text, const WordExpander& expand) {
    return ExecParser(text, expand).run();
}

std::vector<std::string> expand_command(const ExecCommand& command,
                                        const Environment& environment) {
    if (command.no_environment_expansion) return command.arguments;
    return replace_variables(command.arguments, environment);
}

} // namespace sctl
