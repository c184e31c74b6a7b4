#include "unit/unit_name.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <climits>
#include <cstring>

#include "base/files.hpp"
#include "base/hex.hpp"
#include "base/text.hpp"
#include "unit/unit_kind.hpp"
#include "unit/values/siphash.hpp"

namespace sctl {
namespace {

constexpr size_t unit_name_max = 255;
constexpr size_t hash_digits = 16;

constexpr std::string_view valid_chars =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ:-_.\\";
// The same as a table: every unit file's name on disk goes through it.
constexpr auto is_valid = [] {
    std::array<bool, 256> table{};
    for (char c : valid_chars) table[static_cast<unsigned char>(c)] = true;
    return table;
}();

enum class NameForm { Plain, Template, Instance };

std::optional<NameForm> form_of(std::string_view name) {
    if (name.empty() || name.size() > unit_name_max) return std::nullopt;
    size_t at = name.size(), dot = name.size(); // the first "@" and the last "."
    for (size_t i = 0; i < name.size(); ++i) {
        char c = name[i];
        if (c == '.')
            dot = i;
        else if (c == '@')
            at = std::min(at, i);
        else if (!is_valid[static_cast<unsigned char>(c)])
            return std::nullopt;
    }
    if (at == 0 || dot == 0 || dot == name.size()) return std::nullopt;
    if (!unit_type_from(name.substr(dot + 1))) return std::nullopt;
    if (at > dot) return NameForm::Plain;
    return at + 1 == dot ? NameForm::Template : NameForm::Instance;
}

// The form of what is known to be a name.
NameForm form_of_valid(std::string_view name) {
    auto at = name.find('@');
    if (at == std::string_view::npos) return NameForm::Plain;
    auto dot = name.rfind('.');
    return at + 1 == dot ? NameForm::Template : NameForm::Instance;
}

bool consists_of(std::string_view text, std::string_view chars) {
    return text.find_first_not_of(chars) == std::string_view::npos;
}

void append_escaped(std::string& out, char c) {
    auto byte = static_cast<unsigned char>(c);
    out += "\\x";
    out += hex_digits[byte >> 4];
    out += hex_digits[byte & 15];
}

Error invalid_name(std::string_view text) {
    return Error{EINVAL, cat("Unit name ", text, " is not valid"), {}};
}

Error invalid_path(std::string_view path) {
    return Error{EINVAL, cat("Path ", path, " cannot be part of a unit name"), {}};
}

// What systemd calls normalized: no "." or ".." part, no doubled slash, not too long.
bool path_is_normalized(std::string_view path) {
    if (path.empty() || path.size() >= PATH_MAX || path.find("//") != std::string_view::npos)
        return false;
    for (auto part : split(path, "/")) {
        if (part == "." || part == "..") return false;
    }
    return true;
}

// Paths that stand for a device: below /dev or /sys.
bool is_device_path(std::string_view path) {
    auto simple = simplify_path(path);
    for (std::string_view top : {"/dev", "/sys"}) {
        if (simple == top || simple.starts_with(cat(top, '/'))) return true;
    }
    return false;
}

// "FIRST-PART_0123456789abcdef.TYPE", 255 bytes long.
std::string hash_long_name(std::string_view name) {
    static constexpr SipKey key = {0xec, 0xf2, 0x37, 0xfb, 0x58, 0x32, 0x4a, 0x32,
                                   0x84, 0x9f, 0x06, 0x9b, 0x0d, 0x21, 0xeb, 0x9a};
    // The hash is taken of the C string, its final zero included.
    std::string text(name);
    uint64_t hash = siphash24({text.c_str(), text.size() + 1}, key);
    auto suffix = name.substr(name.rfind('.'));
    std::string out(name.substr(0, unit_name_max - suffix.size() - hash_digits - 1));
    out += '_';
    for (size_t i = 0; i < hash_digits / 2; ++i, hash >>= 8) { // the lowest byte comes first
        out += hex_digits[hash >> 4 & 15];
        out += hex_digits[hash & 15];
    }
    out += suffix;
    return out;
}

std::string escape_for_mangling(std::string_view typed, bool keep_globs) {
    std::string out;
    for (char c : typed) {
        bool valid = c == '@' || valid_chars.find(c) != std::string_view::npos ||
                     (keep_globs && std::string_view("[]!-*?").find(c) != std::string_view::npos);
        if (c == '/')
            out += '-';
        else if (valid)
            out += c;
        else
            append_escaped(out, c);
    }
    return out;
}

} // namespace

std::string_view to_string(UnitType type) {
    return kind_of(type).suffix;
}

std::optional<UnitType> unit_type_from(std::string_view suffix) {
    // What a comparison of views does, without the call for all that differ in length.
    for (const UnitKind& kind : unit_kinds()) {
        if (kind.suffix.size() == suffix.size() &&
            std::memcmp(kind.suffix.data(), suffix.data(), suffix.size()) == 0)
            return kind.type;
    }
    return std::nullopt;
}

Result<UnitName> UnitName::parse(std::string_view text) {
    if (!form_of(text)) return invalid_name(text);
    UnitName name;
    name.text_ = text;
    return name;
}

UnitName UnitName::of_ours(std::string_view text) {
    assert(form_of(text));
    UnitName name;
    name.text_ = text;
    return name;
}

Result<UnitName> UnitName::mangle(std::string_view typed, std::string_view suffix) {
    auto text = unit_name_mangle(typed, false, suffix);
    if (!text) return text.error();
    return parse(*text);
}

UnitType UnitName::type() const {
    assert(!empty());
    return unit_type_from(std::string_view(text_).substr(text_.rfind('.') + 1))
        .value_or(UnitType::Service);
}

std::string_view UnitName::stem() const {
    return std::string_view(text_).substr(0, text_.rfind('.'));
}

std::string_view UnitName::prefix() const {
    auto front = stem();
    return front.substr(0, front.find('@'));
}

std::string_view UnitName::instance() const {
    auto front = stem();
    auto at = front.find('@');
    return at == std::string_view::npos ? std::string_view{} : front.substr(at + 1);
}

bool UnitName::is_template() const {
    return !empty() && form_of_valid(text_) == NameForm::Template;
}
bool UnitName::is_instance() const {
    return !empty() && form_of_valid(text_) == NameForm::Instance;
}

UnitName UnitName::template_name() const {
    UnitName name;
    auto kind = form_of(text_);
    if (kind == NameForm::Template || kind == NameForm::Instance)
        name.text_ = cat(prefix(), "@.", to_string(type()));
    return name;
}

Result<UnitName> UnitName::with_instance(std::string_view instance) const {
    auto kind = form_of(text_);
    if (kind != NameForm::Template && kind != NameForm::Instance)
        return Error{EINVAL, cat("Unit name ", text_, " takes no instance"), {}};
    if (!unit_instance_is_valid(instance))
        return Error{EINVAL, cat("Instance ", instance, " is not valid"), {}};
    return parse(cat(prefix(), '@', instance, '.', to_string(type())));
}

Result<UnitName> UnitName::with_type(UnitType type) const {
    return parse(cat(stem(), '.', to_string(type)));
}

bool unit_prefix_is_valid(std::string_view text) {
    return !text.empty() && consists_of(text, valid_chars);
}

bool unit_instance_is_valid(std::string_view text) {
    return !text.empty() && consists_of(text, cat(valid_chars, '@'));
}

Result<std::string> unit_name_mangle(std::string_view typed, bool keep_globs,
                                     std::string_view suffix) {
    if (typed.empty()) return Error{EINVAL, "Unit name is empty", {}};
    if (form_of(typed)) return std::string(typed);
    if (keep_globs && is_glob(typed) && consists_of(typed, cat(valid_chars, "@[]!*?")))
        return std::string(typed);
    if (typed.starts_with('/')) {
        auto type = is_device_path(typed) ? UnitType::Device : UnitType::Mount;
        auto name = unit_name_from_path(typed, type);
        if (name) return name->str();
        if (name.error().code != EINVAL) return name.error();
    }
    std::string text = escape_for_mangling(typed, keep_globs);
    if (!(keep_globs && is_glob(text)) && !form_of(text)) text += suffix;
    if (!keep_globs && !form_of(text)) return invalid_name(typed);
    return text;
}

std::string unit_name_escape(std::string_view text) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        bool keep = c != '-' && c != '\\' && valid_chars.find(c) != std::string_view::npos;
        if (c == '/')
            out += '-';
        else if (keep && !(i == 0 && c == '.'))
            out += c;
        else
            append_escaped(out, c);
    }
    return out;
}

Result<std::string> unit_name_unescape(std::string_view text) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '-') {
            out += '/';
        } else if (text[i] == '\\') {
            auto code = text.substr(i + 1, 3);
            auto byte = code.size() == 3 && code[0] == 'x'
                            ? parse_number<uint8_t>(code.substr(1), 16)
                            : std::nullopt;
            if (!byte) return Error{EINVAL, cat("Bad escape in unit name: ", text), {}};
            out += static_cast<char>(*byte);
            i += 3;
        } else {
            out += text[i];
        }
    }
    return out;
}

Result<std::string> unit_name_path_escape(std::string_view path) {
    if (path.empty()) return std::string("-");
    auto simple = simplify_path(path);
    if (simple == "/") return std::string("-");
    if (!path_is_normalized(simple)) return invalid_path(path);
    return unit_name_escape(trim(simple, "/"));
}

Result<std::string> unit_name_path_unescape(std::string_view text) {
    if (text == "-") return std::string("/");
    if (text.empty() || text.starts_with('-') || text.ends_with('-')) return invalid_path(text);
    auto plain = unit_name_unescape(text);
    if (!plain) return plain;
    auto path = cat('/', *plain);
    if (!path_is_normalized(path)) return invalid_path(path);
    return path;
}

Result<UnitName> unit_name_from_path(std::string_view path, UnitType type) {
    auto escaped = unit_name_path_escape(path);
    if (!escaped) return escaped.error();
    auto text = cat(*escaped, '.', to_string(type));
    if (text.size() > unit_name_max) text = hash_long_name(text);
    return UnitName::parse(text);
}

Result<UnitName> unit_name_from_path_instance(std::string_view prefix, std::string_view path,
                                              UnitType type) {
    if (!unit_prefix_is_valid(prefix)) return invalid_name(prefix);
    auto escaped = unit_name_path_escape(path);
    if (!escaped) return escaped.error();
    auto text = cat(prefix, '@', *escaped, '.', to_string(type));
    if (text.size() > unit_name_max)
        return Error{ENAMETOOLONG, cat("Unit name for ", path, " is too long"), {}};
    return UnitName::parse(text);
}

Result<std::string> unit_name_to_path(const UnitName& name) {
    if (unit_name_is_hashed(name.str()))
        return Error{ENAMETOOLONG, cat("Unit name ", name.str(), " is a hash of its path"), {}};
    return unit_name_path_unescape(name.prefix());
}

bool unit_name_is_hashed(std::string_view text) {
    if (form_of(text) != NameForm::Plain) return false;
    auto front = text.substr(0, text.rfind('.'));
    if (front.size() < hash_digits + 1) return false;
    auto digits = front.substr(front.size() - hash_digits);
    return front[front.size() - hash_digits - 1] == '_' && consists_of(digits, hex_digits);
}

bool slice_name_is_valid(std::string_view text) {
    if (form_of(text) != NameForm::Plain || !text.ends_with(".slice")) return false;
    if (text == "-.slice") return true;
    auto front = text.substr(0, text.rfind('.'));
    return !front.starts_with('-') && !front.ends_with('-') &&
           front.find("--") == std::string_view::npos;
}

Result<UnitName> slice_parent(const UnitName& slice) {
    if (!slice_name_is_valid(slice.str())) return invalid_name(slice.str());
    if (slice.str() == "-.slice") return Error{ENOENT, "-.slice lies in no other slice", {}};
    auto dash = slice.stem().rfind('-');
    if (dash == std::string_view::npos) return UnitName::parse("-.slice");
    return UnitName::parse(cat(slice.stem().substr(0, dash), ".slice"));
}

Result<void> check_alias(std::string_view link, std::string_view target) {
    auto source = UnitName::parse(base_name(link));
    if (!source)
        return Error{EINVAL, cat(link, ": not a valid unit name \"", base_name(link), "\""), {}};
    auto type = source->type();
    AliasRule rule = kind_of(type).aliases;
    if (rule == AliasRule::None)
        return Error{
            EINVAL, cat(link, ": symlinks are not allowed for units of this type, rejecting."), {}};
    auto kind = form_of(source->str());
    if (kind != NameForm::Plain && rule != AliasRule::Templates)
        return Error{
            EINVAL,
            cat(link, ": templates not allowed for ", to_string(type), " units, rejecting."),
            {}};

    auto leaf = base_name(target);
    auto aim = UnitName::parse(leaf);
    if (!aim)
        return Error{
            EXDEV, cat(link, " points to \"", leaf, "\" which is not a valid unit name"), {}};
    auto mismatch = [&](std::string_view before, std::string_view after) {
        return Error{EXDEV, cat(link, ": ", before, " \"", leaf, "\" ", after, ", rejecting."), {}};
    };
    auto aim_kind = form_of(aim->str());
    if (aim_kind != kind && !(kind == NameForm::Instance && aim_kind == NameForm::Template))
        return mismatch("symlink target name type", "does not match source");
    if (aim_kind == NameForm::Instance && aim->instance() != source->instance())
        return mismatch("unit symlink target", "instance name doesn't match");
    if (aim->type() != type) return mismatch("symlink target", "has incompatible suffix");
    return {};
}

} // namespace sctl
