#include "client/calls/property_assignment.hpp"

#include <cerrno>
#include <cstring>

#include "base/text.hpp"
#include "unit/settings/directives.hpp"
#include "unit/unit_kind.hpp"
#include "unit/unit_name.hpp"
#include "wire/property_value.hpp"

namespace sctl {

namespace {

// What a unit file could say, but set-property not.
const Directive* find_other(UnitType type, std::string_view key) {
    const UnitKind& kind = kind_of(type);
    for (std::string_view section :
         {std::string_view("Unit"), kind.section, std::string_view("Install")}) {
        if (const auto* directive = find_directive(kind, section, key)) return directive;
    }
    return nullptr;
}

Error refusal(std::string text) {
    return Error{EINVAL, std::move(text), {}};
}

Error cannot_parse(std::string_view key, std::string_view value, int code) {
    if (code == 0) return refusal(cat("Failed to parse ", key));
    return refusal(cat("Failed to parse ", key, "=", value, ": ", std::strerror(code)));
}

void append(Writer& body, std::string_view property, const PropertyValue& value) {
    body.open_struct().string(property).open_variant(signature_of(value));
    write_value(body, value);
    body.close_variant().close_struct();
}

} // namespace

Result<void> append_assignment(Writer& body, std::string_view name, std::string_view assignment) {
    auto equals = assignment.find('=');
    if (equals == std::string_view::npos) return refusal(cat("Not an assignment: ", assignment));
    auto key = assignment.substr(0, equals), text = assignment.substr(equals + 1);
    auto unit = UnitName::parse(name);
    if (!unit) return refusal(cat("Not a unit name: ", name));
    if (const auto* row = find_settable(kind_of(unit->type()), key)) {
        auto value = row->settable.kind->parse(*row, text);
        if (!value) return cannot_parse(key, text, value.error().code);
        append(body, settable_name(*row, *value), *value);
    } else if (key == "Markers") { // of the manager, not of files
        Strings words;
        for (auto word : split(text, " \t")) words.emplace_back(word);
        append(body, key, std::move(words));
    } else if (const auto* other = find_other(unit->type(), key)) {
        append(body, other->property.empty() ? key : other->property, std::string(text));
    } else {
        return refusal(cat("Unknown assignment: ", assignment));
    }
    return {};
}

} // namespace sctl
