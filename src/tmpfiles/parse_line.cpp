#include "tmpfiles/parse_line.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>

#include "base/base64.hpp"
#include "base/text.hpp"
#include "tmpfiles/parse_argument.hpp"
#include "unit/syntax/escape.hpp"
#include "unit/syntax/extract_word.hpp"
#include "unit/syntax/parse_value.hpp"
#include "unit/syntax/specifiers.hpp"
#include "unit/syntax/time_span.hpp"

namespace sctl {
namespace {

constexpr std::string_view specifier_letters = "aAbBCgGhHlLmMoStTuUvVwW";

bool is_unset(std::string_view field) {
    return field.empty() || field == "-";
}

bool is_below(std::string_view path, std::string_view prefix) {
    auto wanted = split(prefix, "/"), given = split(path, "/");
    return wanted.size() <= given.size() &&
           std::ranges::equal(wanted, std::span(given).first(wanted.size()));
}

// What a specifier of a machine that is not set up gives: such lines are skipped, and no error.
bool means_no_information(int error) {
    constexpr int errors[] = {EUNATCH, ENOENT, ENOMEDIUM, ENXIO, ENODATA, ENOPKG};
    return std::ranges::find(errors, error) != std::end(errors);
}

class LineParser {
  public:
    explicit LineParser(const LineContext& context) : context_(context) {}

    ParsedLine run(std::string_view line) {
        if (!take_words(line) || !take_type() || !take_path() || !take_argument() ||
            !is_included(item_.path, context_) || !expand_argument() || !complete_argument() ||
            !decode_argument()) {
            return std::move(parsed_);
        }
        item_.path = simplify_path(context_.root.at(item_.path));
        if (take_owner() && take_mode() && take_age()) parsed_.item = std::move(item_);
        return std::move(parsed_);
    }

  private:
    enum Field { Type, Path, Mode, User, Group, Age, FieldCount };

    // Each returns false where the line ends here.
    bool take_words(std::string_view line);
    bool take_type();
    bool take_path();
    bool take_argument();
    bool expand_argument();
    bool complete_argument();
    bool decode_argument();
    bool take_owner();
    bool take_mode();
    bool take_age();

    bool invalid(std::string_view text) {
        parsed_.invalid = true;
        return failed(text);
    }
    bool failed(std::string_view text) {
        parsed_.failed = true;
        parsed_.messages.push_back({LogLevel::Error, std::string(text)});
        return false;
    }
    bool failed_specifiers(const std::string& doing, int error);
    Result<std::string> expanded(std::string_view text, size_t limit) const {
        return expand_machine_specifiers(text, context_.facts, specifier_letters, limit);
    }

    const LineContext& context_;
    ParsedLine parsed_;
    Item item_;
    std::string words_[FieldCount];
    bool base64_ = false, from_credential_ = false;
};

bool LineParser::take_words(std::string_view line) {
    WordReader reader(line);
    int count = 0;
    while (count < FieldCount) {
        auto word = reader.next({.unquote = true});
        if (!word) return invalid(cat("Failed to parse line: ", strerror(word.error().code)));
        if (!*word) break;
        words_[count++] = **word;
    }
    if (count < 2) return invalid("Syntax error.");
    auto rest = reader.rest();
    if (!is_unset(rest)) item_.argument = rest;
    return true;
}

bool LineParser::take_type() {
    const auto& word = words_[Type];
    if (word.empty()) return invalid(cat("Command too short '", word, "'."));
    bool boot = false;
    struct {
        char letter;
        bool* flag;
    } const modifiers[] = {{'!', &boot},          {'+', &item_.force}, {'-', &item_.allow_failure},
                           {'=', &item_.replace}, {'~', &base64_},     {'^', &from_credential_}};
    for (char c : word.substr(1)) {
        auto modifier = std::ranges::find(modifiers, c, [](const auto& m) { return m.letter; });
        if (modifier == std::end(modifiers) || *modifier->flag)
            return invalid(cat("Unknown modifiers in command '", word, "'"));
        *modifier->flag = true;
    }
    return !boot || context_.boot;
}

bool LineParser::failed_specifiers(const std::string& doing, int error) {
    if (means_no_information(error)) {
        parsed_.unresolvable = true;
        return false;
    }
    auto text = cat(doing, ": ", strerror(error));
    return error == EBADSLT || error == EINVAL ? invalid(text) : failed(text);
}

bool LineParser::take_path() {
    auto path = expanded(words_[Path], specifier_limit_path);
    if (!path) {
        auto doing = cat("Failed to replace specifiers in '", words_[Path], "'");
        return failed_specifiers(doing, path.error().code);
    }
    item_.path = std::move(*path);
    if (is_below(item_.path, "/var/run") && item_.path.starts_with('/')) {
        auto below = simplify_path(item_.path).substr(strlen("/var/run"));
        auto updated = cat("/run", below);
        parsed_.messages.push_back(
            {LogLevel::Debug,
             cat("Line references path below legacy directory /var/run/, updating ", item_.path,
                 " → ", updated, "; please update the tmpfiles.d/ drop-in file accordingly.")});
        item_.path = updated;
    }
    if (!item_.path.starts_with('/')) return invalid(cat("Path '", item_.path, "' not absolute."));
    item_.path = simplify_path(item_.path);
    return true;
}

bool LineParser::take_argument() {
    auto type = item_type_from(words_[Type].front());
    if (!type) return invalid(cat("Unknown command type '", words_[Type].front(), "'."));
    item_.type = *type;
    const auto& rule = argument_rule(*type);
    if (base64_ && !rule.no_base64.empty())
        return invalid(cat("base64 decoding not supported for ", rule.no_base64, "."));
    if (rule.use == ArgumentUse::None && item_.argument) {
        parsed_.messages.push_back(
            {LogLevel::Warning,
             cat(words_[Type].substr(0, 1), " lines don't take argument fields, ignoring.")});
    }
    if (rule.use == ArgumentUse::Required && !item_.argument)
        return invalid(cat(rule.what, " requires argument."));
    if (!rule.read) return true;
    ArgumentProblem problem = rule.read(item_, context_.names, parsed_.messages);
    parsed_.invalid = problem == ArgumentProblem::Syntax;
    parsed_.failed = problem != ArgumentProblem::None;
    return problem == ArgumentProblem::None;
}

bool LineParser::expand_argument() {
    if (base64_ || !item_.argument) return true;
    const char* doing = "Failed to substitute specifiers in argument";
    for (auto& [name, value] : item_.xattrs) {
        for (auto* text : {&name, &value}) {
            auto result = expanded(*text, specifier_limit_text);
            if (!result) return failed_specifiers(doing, result.error().code);
            *text = std::move(*result);
        }
    }
    if (!argument_rule(item_.type).is_text) return true;
    auto unescaped = c_unescape(*item_.argument);
    if (!unescaped) {
        parsed_.messages.push_back({LogLevel::Error,
                                    cat("Failed to unescape parameter to write: ", *item_.argument),
                                    false});
        return failed_specifiers(doing, unescaped.error().code);
    }
    auto result = expanded(*unescaped, specifier_limit_path);
    if (!result) return failed_specifiers(doing, result.error().code);
    item_.argument = std::move(*result);
    return true;
}

// L and C have what the vendor ships where the line names nothing.
bool LineParser::complete_argument() {
    bool is_copy = item_.type == ItemType::CopyFiles;
    if (!is_copy && item_.type != ItemType::CreateSymlink) return true;
    if (!item_.argument) item_.argument = cat("/usr/share/factory", item_.path);
    if (!is_copy) return true;
    if (!item_.argument->starts_with('/'))
        return invalid(cat("Source path '", *item_.argument, "' is not absolute."));
    item_.argument = simplify_path(context_.root.at(*item_.argument));
    return context_.exists(*item_.argument);
}

bool LineParser::decode_argument() {
    if (from_credential_) {
        if (!item_.argument)
            return failed("Reading from credential requested, but no credential name specified.");
        const auto& name = *item_.argument;
        if (name.empty() || name.size() > 255 || name == "." || name == ".." ||
            name.find('/') != std::string::npos)
            return failed(cat("Credential name not valid: ", name));
        auto content = context_.credential(name);
        if (!content) {
            int error = content.error().code;
            if (error == ENOENT || error == ENXIO) return false;
            auto text = cat("Failed to read credential '", name, "': ", strerror(error));
            parsed_.failed = true;
            parsed_.messages.push_back({LogLevel::Error, text, false});
            return false;
        }
        item_.argument = std::move(*content);
    }
    if (!base64_ || !item_.argument) return true;
    auto decoded = decode_base64(*item_.argument);
    if (!decoded) {
        return failed(cat("Failed to base64 decode specified argument '", *item_.argument,
                          "': ", strerror(decoded.error().code)));
    }
    item_.argument = std::move(*decoded);
    return true;
}

bool LineParser::take_owner() {
    std::string_view user = words_[User], group = words_[Group];
    if (!is_unset(user)) {
        item_.uid.only_new = user.starts_with(':');
        user.remove_prefix(item_.uid.only_new ? 1 : 0);
        auto uid = context_.names.user(user);
        if (!uid) {
            return invalid(
                cat("Failed to resolve user '", user, "': ", strerror(uid.error().code)));
        }
        item_.uid.value = *uid;
    }
    if (!is_unset(group)) {
        item_.gid.only_new = group.starts_with(':');
        group.remove_prefix(item_.gid.only_new ? 1 : 0);
        auto gid = context_.names.group(group);
        if (!gid) return invalid(cat("Failed to resolve group '", group, "'."));
        item_.gid.value = *gid;
    }
    return true;
}

bool LineParser::take_mode() {
    std::string_view mode = words_[Mode];
    if (is_unset(mode)) return true;
    auto digits = std::min(mode.find_first_not_of("~:"), mode.size());
    auto marks = mode.substr(0, digits);
    item_.mask_mode = marks.find('~') != std::string_view::npos;
    item_.mode.only_new = marks.find(':') != std::string_view::npos;
    auto value = parse_mode(mode.substr(digits));
    if (!value) return invalid(cat("Invalid mode '", mode, "'."));
    item_.mode.value = *value;
    return true;
}

bool LineParser::take_age() {
    std::string_view age = words_[Age];
    if (is_unset(age)) return true;
    item_.keep_first_level = age.starts_with('~');
    age.remove_prefix(item_.keep_first_level ? 1 : 0);
    auto colon = age.find(':');
    if (colon != std::string_view::npos) {
        auto by = age.substr(0, colon);
        if (!parse_age_by(by, item_)) return invalid(cat("Invalid age-by '", by, "'."));
        age.remove_prefix(colon + 1);
    }
    auto span = parse_span(age);
    if (!span) return invalid(cat("Invalid age '", age, "'."));
    item_.age = *span;
    return true;
}

} // namespace

bool is_included(std::string_view path, const LineContext& context) {
    auto has_prefix = [&](const std::string& prefix) { return is_below(path, prefix); };
    if (std::ranges::any_of(context.excluded_prefixes, has_prefix)) return false;
    return context.prefixes.empty() || std::ranges::any_of(context.prefixes, has_prefix);
}

ParsedLine parse_tmpfiles_line(std::string_view line, const LineContext& context) {
    return LineParser(context).run(line);
}

} // namespace sctl
