#include "sysusers/parse_line.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include "base/files.hpp"
#include "base/text.hpp"
#include "unit/syntax/extract_word.hpp"
#include "unit/syntax/parse_value.hpp"
#include "unit/syntax/specifiers.hpp"

namespace sctl {
namespace {

constexpr std::string_view specifier_letters = "aAbBHlmMoqTvVwW";
constexpr size_t longest_name = 31;

Error invalid(std::string text, int code = EINVAL) {
    return Error{code, std::move(text), {}};
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool fits_in_field(std::string_view text) {
    auto is_bad = [](unsigned char c) { return c == ':' || c < ' ' || c == 0x7f; };
    return is_valid_utf8(text) && std::ranges::none_of(text, is_bad);
}

bool is_valid_path_field(std::string_view path) {
    return fits_in_field(path) && is_normalized_absolute(path);
}

Result<uid_t> parse_uid(std::string_view text) {
    auto number = parse_integer<uid_t>(text);
    if (!number) return number.error();
    bool padded = text.size() > 1 && text.front() == '0';
    if (padded || text.find_first_not_of("0123456789") != std::string_view::npos)
        return errno_error(text, EINVAL);
    if (*number == UINT32_MAX || *number == 0xffff) return errno_error(text, ENXIO);
    return *number;
}

class LineParser {
  public:
    explicit LineParser(const Facts& facts) : facts_(facts) {}

    Result<SysusersLine> run(std::string_view text) {
        auto taken = take_words(text);
        if (taken) taken = check_texts();
        if (taken) taken = take_fields();
        if (!taken) return taken.error();
        return std::move(line_);
    }

  private:
    enum Field { Action, Name, Id, Description, Home, Shell, FieldCount };

    Result<void> take_words(std::string_view text);
    Result<void> check_texts();
    Result<void> expand(Field field, size_t limit);
    Result<void> take_fields();
    Result<void> take_range();
    Result<void> take_member();
    Result<void> take_user();
    Result<void> take_user_id(std::string_view id);
    Result<void> take_group();
    // The fields that only users have.
    Result<void> refuse_user_fields() const;

    const Facts& facts_;
    std::string words_[FieldCount]; // "-" is empty
    std::string written_id_;        // before expansion, for messages
    SysusersLine line_;
};

Result<void> LineParser::take_words(std::string_view text) {
    WordReader reader(text);
    int count = 0;
    for (; count < FieldCount; ++count) {
        auto word = reader.next({.unquote = true});
        if (!word) return invalid("Syntax error.");
        if (!*word) break;
        words_[count] = **word;
    }
    if (count < 2) return invalid("Missing action and name columns.");
    if (!reader.rest().empty()) return invalid("Trailing garbage.");
    const auto& action = words_[Action];
    if (action.size() != 1) return invalid(cat("Unknown modifier '", action, "'."));
    if (std::string_view("ugmr").find(action) == std::string_view::npos)
        return invalid(cat("Unknown command type '", action, "'."), EBADMSG);
    line_.type = static_cast<SysusersLine::Type>(action.front());
    return {};
}

Result<void> LineParser::expand(Field field, size_t limit) {
    auto& word = words_[field];
    if (word == "-") word.clear();
    auto expanded = expand_machine_specifiers(word, facts_, specifier_letters, limit);
    if (!expanded) {
        return invalid(
            cat("Failed to replace specifiers in '", word, "': ", strerror(expanded.error().code)),
            expanded.error().code);
    }
    word = std::move(*expanded);
    return {};
}

Result<void> LineParser::check_texts() {
    written_id_ = words_[Id];
    for (auto field : {Name, Id, Description, Home, Shell}) {
        auto expanded = expand(field, field == Name ? NAME_MAX : PATH_MAX - 1);
        if (!expanded) return expanded;
        auto& word = words_[field];
        if (word.empty()) continue;
        bool is_path = field == Home || field == Shell;
        if (is_path && word.starts_with('/')) word = simplify_path(word);
        if (field == Name && !is_valid_user_name(word))
            return invalid(cat("'", word, "' is not a valid user or group name."));
        if (field == Description && !fits_in_field(word))
            return invalid(cat("'", word, "' is not a valid GECOS field."));
        if (is_path && !is_valid_path_field(word)) {
            auto what = field == Home ? "home directory" : "login shell";
            return invalid(cat("'", word, "' is not a valid ", what, " field."));
        }
    }
    line_.name = words_[Name];
    return {};
}

Result<void> LineParser::refuse_user_fields() const {
    const char* what = !words_[Description].empty() ? "GECOS"
                       : !words_[Home].empty()      ? "home directory"
                       : !words_[Shell].empty()     ? "login shell"
                                                    : nullptr;
    if (!what) return {};
    return invalid(cat("Lines of type '", words_[Action], "' don't take a ", what, " field."));
}

Result<void> LineParser::take_fields() {
    switch (line_.type) {
        case SysusersLine::Type::Range: return take_range();
        case SysusersLine::Type::Member: return take_member();
        case SysusersLine::Type::User: return take_user();
        case SysusersLine::Type::Group: return take_group();
    }
    return {};
}

Result<void> LineParser::take_range() {
    if (!line_.name.empty()) return invalid("Lines of type 'r' don't take a name field.");
    const auto& id = words_[Id];
    if (id.empty()) return invalid("Lines of type 'r' require an ID range in the third field.");
    auto refused = refuse_user_fields();
    if (!refused) return refused;
    auto dash = id.find('-');
    auto first = parse_uid(trim(std::string_view(id).substr(0, dash)));
    auto last =
        dash == std::string::npos ? first : parse_uid(trim(std::string_view(id).substr(dash + 1)));
    if (!first || !last || *first > *last) return invalid(cat("Invalid UID range ", id, "."));
    line_.first = *first;
    line_.last = *last;
    return {};
}

Result<void> LineParser::take_member() {
    if (line_.name.empty())
        return invalid("Lines of type 'm' require a user name in the second field.");
    line_.group = words_[Id];
    if (line_.group.empty())
        return invalid("Lines of type 'm' require a group name in the third field.");
    if (!is_valid_user_name(line_.group))
        return invalid(cat("'", line_.group, "' is not a valid user or group name."));
    return refuse_user_fields();
}

Result<void> LineParser::take_user_id(std::string_view id) {
    auto colon = id.find(':');
    if (colon != std::string_view::npos) {
        auto group = id.substr(colon + 1);
        auto gid = parse_uid(group);
        if (gid) {
            line_.gid = *gid;
            line_.group_given = true;
        } else if (is_valid_user_name(group)) {
            line_.group = group;
        } else {
            return invalid(
                cat("Failed to parse GID: '", written_id_, "': ", strerror(gid.error().code)),
                gid.error().code);
        }
        id = id.substr(0, colon);
    }
    if (id == "-") return {};
    auto uid = parse_uid(id);
    if (!uid) {
        return invalid(
            cat("Failed to parse UID: '", written_id_, "': ", strerror(uid.error().code)),
            uid.error().code);
    }
    line_.uid = *uid;
    return {};
}

Result<void> LineParser::take_user() {
    if (line_.name.empty())
        return invalid("Lines of type 'u' require a user name in the second field.");
    line_.description = words_[Description];
    line_.home = words_[Home];
    line_.shell = words_[Shell];
    const auto& id = words_[Id];
    if (id.empty()) return {};
    if (!id.starts_with('/')) return take_user_id(id);
    line_.id_path = simplify_path(id);
    return {};
}

Result<void> LineParser::take_group() {
    if (line_.name.empty())
        return invalid("Lines of type 'g' require a user name in the second field.");
    auto refused = refuse_user_fields();
    if (!refused) return refused;
    const auto& id = words_[Id];
    if (id.starts_with('/')) {
        line_.id_path = simplify_path(id);
    } else if (!id.empty()) {
        auto gid = parse_uid(id);
        if (!gid) {
            return invalid(
                cat("Failed to parse GID: '", written_id_, "': ", strerror(gid.error().code)),
                gid.error().code);
        }
        line_.gid = *gid;
    }
    return {};
}

} // namespace

bool is_valid_user_name(std::string_view name) {
    auto may_follow = [](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-'; };
    return !name.empty() && name.size() <= longest_name && is_letter(name.front()) &&
           std::ranges::all_of(name, may_follow);
}

Result<SysusersLine> parse_sysusers_line(std::string_view line, const Facts& facts) {
    return LineParser(facts).run(line);
}

} // namespace sctl
