#include "unit/syntax/specifiers.hpp"

#include <algorithm>
#include <cerrno>

#include "base/files.hpp"
#include "base/text.hpp"

namespace sctl {
namespace {

using Value = Result<std::string>;

// EUNATCH is what systemd says of a machine that is not set up far enough for a specifier.
Value known(const std::optional<std::string>& value, std::string_view what) {
    if (!value) return Error{EUNATCH, cat("The machine has no ", what), {}};
    return *value;
}

Value unescaped(std::string_view text) {
    return unit_name_unescape(text);
}

// A template stands for its default instance where it has one.
UnitName instantiated(const SpecifierContext& context) {
    if (context.default_instance.empty() || !context.unit.is_template()) return context.unit;
    auto name = context.unit.with_instance(context.default_instance);
    return name ? *name : context.unit;
}

std::string_view short_hostname(const Facts& facts) {
    return std::string_view(facts.hostname).substr(0, facts.hostname.find('.'));
}

std::string_view last_component(const UnitName& name) {
    auto prefix = name.prefix();
    auto dash = prefix.rfind('-');
    return dash == std::string_view::npos ? prefix : prefix.substr(dash + 1);
}

Value filename(const UnitName& name) {
    return name.instance().empty() ? unit_name_to_path(name)
                                   : unit_name_path_unescape(name.instance());
}

Value fragment(const SpecifierContext& context) {
    if (context.fragment_path.empty())
        return Error{ENOENT, cat(context.unit.str(), " has no file of its own"), {}};
    return context.fragment_path;
}

Value os_release(const SpecifierContext& context, std::string_view field) {
    if (!context.facts.os_release) return known(std::nullopt, "os-release file");
    return std::string(context.facts.os_release->get(field));
}

struct Specifier {
    char letter;
    bool in_names; // belongs to SpecifierSet::Name
    Value (*value)(const SpecifierContext&);
};

// systemd.unit(5) has them in this order.
constexpr Specifier specifiers[] = {
    {'a', true, [](const auto& c) -> Value { return c.facts.architecture; }},
    {'A', true, [](const auto& c) { return os_release(c, "IMAGE_VERSION"); }},
    {'b', true, [](const auto& c) { return known(c.facts.boot_id, "boot ID"); }},
    {'B', true, [](const auto& c) { return os_release(c, "BUILD_ID"); }},
    {'C', false, [](const auto& c) -> Value { return c.facts.directories.cache; }},
    {'d', false,
     [](const auto& c) -> Value {
         return cat(c.facts.directories.runtime, "/credentials/", c.unit.str());
     }},
    {'E', false, [](const auto& c) -> Value { return c.facts.directories.configuration; }},
    {'f', false, [](const auto& c) { return filename(c.unit); }},
    {'g', true, [](const auto& c) -> Value { return c.facts.user.group; }},
    {'G', true, [](const auto& c) -> Value { return cat(c.facts.user.gid); }},
    {'h', false, [](const auto& c) -> Value { return c.facts.user.home; }},
    {'H', true, [](const auto& c) -> Value { return c.facts.hostname; }},
    {'i', true, [](const auto& c) -> Value { return std::string(instantiated(c).instance()); }},
    {'I', false, [](const auto& c) { return unescaped(c.unit.instance()); }},
    {'j', true, [](const auto& c) -> Value { return std::string(last_component(c.unit)); }},
    {'J', false, [](const auto& c) { return unescaped(last_component(c.unit)); }},
    {'l', true, [](const auto& c) -> Value { return std::string(short_hostname(c.facts)); }},
    {'L', false, [](const auto& c) -> Value { return c.facts.directories.logs; }},
    {'m', true, [](const auto& c) { return known(c.facts.machine_id, "machine ID"); }},
    {'M', true, [](const auto& c) { return os_release(c, "IMAGE_ID"); }},
    {'n', true, [](const auto& c) -> Value { return instantiated(c).str(); }},
    {'N', true, [](const auto& c) -> Value { return std::string(instantiated(c).stem()); }},
    {'o', true, [](const auto& c) { return os_release(c, "ID"); }},
    {'p', true, [](const auto& c) -> Value { return std::string(c.unit.prefix()); }},
    {'P', false, [](const auto& c) { return unescaped(c.unit.prefix()); }},
    {'q', true,
     [](const auto& c) -> Value {
         if (!c.facts.pretty_hostname.empty()) return c.facts.pretty_hostname;
         return std::string(short_hostname(c.facts));
     }},
    {'s', false, [](const auto& c) -> Value { return c.facts.user.shell; }},
    {'S', false, [](const auto& c) -> Value { return c.facts.directories.state; }},
    {'t', false, [](const auto& c) -> Value { return c.facts.directories.runtime; }},
    {'T', false, [](const auto& c) -> Value { return c.facts.directories.temporary; }},
    {'u', true, [](const auto& c) -> Value { return c.facts.user.name; }},
    {'U', true, [](const auto& c) -> Value { return cat(c.facts.user.uid); }},
    {'v', true, [](const auto& c) -> Value { return c.facts.kernel_release; }},
    {'V', false, [](const auto& c) -> Value { return c.facts.directories.large_temporary; }},
    {'w', true, [](const auto& c) { return os_release(c, "VERSION_ID"); }},
    {'W', true, [](const auto& c) { return os_release(c, "VARIANT_ID"); }},
    {'y', false, [](const auto& c) { return fragment(c); }},
    {'Y', false,
     [](const auto& c) -> Value {
         auto path = fragment(c);
         if (!path) return path;
         return std::string(directory_of(*path));
     }},
};

const Specifier* find_specifier(char letter) {
    auto found = std::ranges::find(specifiers, letter, &Specifier::letter);
    return found == std::end(specifiers) ? nullptr : found;
}

// A letter or digit is reserved for specifiers.
bool could_be_specifier(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// `is_known` says which letters have a meaning; those of `as_written` are not even an error.
template <class Known>
Result<std::string> expand(std::string_view text, const SpecifierContext& context,
                           const Known& is_known, std::string_view as_written, size_t limit) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%' || i + 1 == text.size()) {
            auto plain = text.substr(i, std::max<size_t>(text.substr(i).find('%'), 1));
            out += plain;
            i += plain.size() - 1;
        } else if (text[++i] == '%') {
            out += '%';
        } else if (const auto* specifier = find_specifier(text[i]);
                   specifier && is_known(*specifier)) {
            auto value = specifier->value(context);
            if (!value) return value.error().during(cat('%', text[i]));
            out += *value;
        } else if (could_be_specifier(text[i]) &&
                   as_written.find(text[i]) == std::string_view::npos) {
            return Error{EBADSLT, cat("Unknown specifier: %", text[i]), {}};
        } else {
            out += '%';
            out += text[i];
        }
        if (out.size() > limit)
            return Error{ENAMETOOLONG, cat("Too long with its specifiers: ", text), {}};
    }
    return out;
}

} // namespace

Result<std::string> expand_specifiers(std::string_view text, const SpecifierContext& context,
                                      SpecifierSet set, size_t limit) {
    auto known = [set](const Specifier& specifier) {
        return set == SpecifierSet::All || specifier.in_names;
    };
    // Those of control groups stay as they are written.
    return expand(text, context, known, "crR", limit);
}

Result<std::string> expand_machine_specifiers(std::string_view text, const Facts& facts,
                                              std::string_view letters, size_t limit) {
    static const UnitName none;
    auto known = [letters](const Specifier& specifier) {
        return letters.find(specifier.letter) != std::string_view::npos;
    };
    return expand(text, SpecifierContext{none, facts}, known, {}, limit);
}

std::string escape_specifiers(std::string_view text) {
    std::string out;
    for (char c : text) {
        if (c == '%') out += '%';
        out += c;
    }
    return out;
}

} // namespace sctl
