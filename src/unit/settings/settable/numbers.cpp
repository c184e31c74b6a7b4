#include <algorithm>

#include "unit/settings/settable/lines.hpp"
#include "unit/syntax/parse_value.hpp"
#include "unit/syntax/time_span.hpp"

namespace sctl {
namespace {

constexpr uint64_t no_limit = UINT64_MAX;

SettableLines number_line(const Directive& row, uint64_t number) {
    return assignment(row, cat(number));
}

// --- yes or no -----------------------------------------------------------------------------------

SettableValue parse_flag(const Directive&, std::string_view text) {
    auto flag = parse_boolean(text);
    if (!flag) return unreadable(EINVAL);
    return PropertyValue(*flag);
}
SettableLines flag_lines(const Directive& row, const PropertyValue& value) {
    return assignment(row, std::get<bool>(value) ? "yes" : "no");
}

// --- weights -------------------------------------------------------------------------------------

SettableValue parse_weight(const Directive& row, std::string_view text) {
    if (text.empty()) return PropertyValue(no_limit);
    auto number = parse_unsigned(text);
    if (!number) return unreadable(number.error().code);
    if (!row.settable.holds(*number)) return unreadable(ERANGE);
    return PropertyValue(*number);
}
SettableLines weight_lines(const Directive& row, const PropertyValue& value) {
    auto number = std::get<uint64_t>(value);
    if (number == no_limit) return assignment(row, "");
    if (!row.settable.holds(number)) return outside_bounds(row.property);
    return number_line(row, number);
}

SettableValue parse_weight_or_idle(const Directive& row, std::string_view text) {
    if (text == "idle") return PropertyValue(uint64_t{0});
    return parse_weight(row, text);
}
SettableLines weight_or_idle_lines(const Directive& row, const PropertyValue& value) {
    if (std::get<uint64_t>(value) == 0) return assignment(row, "idle");
    return weight_lines(row, value);
}

// --- amounts -------------------------------------------------------------------------------------

// A part in ten thousand, and as D-Bus has it: UINT32_MAX is all. Either way and back gives the
// same.
uint32_t scale_of(int permyriad) {
    return static_cast<uint32_t>((uint64_t{UINT32_MAX} * static_cast<uint64_t>(permyriad) + 9999) /
                                 10000);
}
SettableLines scale_line(const Directive& row, std::string_view property, uint32_t scale) {
    if (!row.settable.holds(scale)) return outside_bounds(property);
    uint64_t permyriad = permyriad_of_scale(scale);
    return assignment(
        row, cat(permyriad / 100, ".", permyriad % 100 < 10 ? "0" : "", permyriad % 100, "%"));
}

// Without a unit, "infinity", or a part of all.
template <uint64_t Empty, auto Parse>
SettableValue parse_amount(const Directive&, std::string_view text) {
    if (text.empty()) return PropertyValue(Empty);
    if (text == "infinity") return PropertyValue(no_limit);
    if (auto part = parse_permyriad(text)) return PropertyValue(scale_of(*part));
    auto number = Parse(text);
    if (!number) return unreadable(EINVAL);
    return PropertyValue(*number);
}
SettableLines amount_lines(const Directive& row, const PropertyValue& value) {
    if (const auto* scale = std::get_if<uint32_t>(&value))
        return scale_line(row, cat(row.property, "Scale"), *scale);
    auto number = std::get<uint64_t>(value);
    if (!row.settable.holds(number)) return outside_bounds(row.property);
    return number == no_limit ? assignment(row, "infinity") : number_line(row, number);
}
constexpr auto bytes = [](std::string_view text) { return parse_size(text); };
constexpr auto count = [](std::string_view text) { return parse_unsigned(text); };

SettableValue parse_share(const Directive&, std::string_view text) {
    auto part = parse_permyriad(text);
    if (!part) return unreadable(EINVAL);
    return PropertyValue(scale_of(*part));
}
SettableLines share_lines(const Directive& row, const PropertyValue& value) {
    return scale_line(row, row.property, std::get<uint32_t>(value));
}

// --- a processor's time --------------------------------------------------------------------------

SettableValue parse_quota(const Directive&, std::string_view text) {
    if (text.empty()) return PropertyValue(no_limit);
    auto part = parse_permyriad(text, true);
    if (!part || *part == 0) return unreadable(EINVAL);
    constexpr uint64_t usec_of_permyriad = 100;
    return PropertyValue(static_cast<uint64_t>(*part) * usec_of_permyriad);
}
SettableLines quota_lines(const Directive& row, const PropertyValue& value) {
    auto usec = std::get<uint64_t>(value);
    if (usec == 0) return refused(cat(row.property, " value out of range"));
    if (usec == no_limit) return assignment(row, "");
    constexpr uint64_t usec_of_percent = 10000;
    return assignment(row, cat((usec + usec_of_percent / 2) / usec_of_percent, "%"));
}

SettableValue parse_period(const Directive&, std::string_view text) {
    auto span = text.empty() ? Result<Span>(infinity) : parse_span(text);
    if (!span) return unreadable(EINVAL);
    return PropertyValue(to_usec(*span));
}
SettableLines period_lines(const Directive& row, const PropertyValue& value) {
    auto usec = std::get<uint64_t>(value);
    return assignment(row, usec == no_limit ? "" : format_span(span_from_usec(usec), 1us));
}

} // namespace

uint64_t permyriad_of_scale(uint32_t scale) {
    return (uint64_t{scale} * 10000 + UINT32_MAX / 2) / UINT32_MAX;
}

const SettableKind settable_flag{.parse = parse_flag, .lines = flag_lines};
const SettableKind settable_weight{
    .parse = parse_weight, .lines = weight_lines, .complaint = "Invalid weight, ignoring: %"};
const SettableKind settable_weight_or_idle{.parse = parse_weight_or_idle,
                                           .lines = weight_or_idle_lines,
                                           .complaint = "Invalid CPU weight, ignoring: %"};
const SettableKind settable_shares{
    .parse = parse_weight, .lines = weight_lines, .complaint = "Invalid CPU shares, ignoring: %"};
const SettableKind settable_block_weight{.parse = parse_weight,
                                         .lines = weight_lines,
                                         .complaint = "Invalid block IO weight, ignoring: %"};
const SettableKind settable_amount{
    .parse = parse_amount<no_limit, bytes>, .lines = amount_lines, .has_scale = true};
const SettableKind settable_protection{
    .parse = parse_amount<0, bytes>, .lines = amount_lines, .has_scale = true};
const SettableKind settable_count{
    .parse = parse_amount<no_limit, count>, .lines = amount_lines, .has_scale = true};
const SettableKind settable_share{
    .parse = parse_share,
    .lines = share_lines,
    .complaint = "Failed to parse memory pressure limit value, ignoring: %"};
const SettableKind settable_quota{
    .parse = parse_quota, .lines = quota_lines, .key_names_file = true};
const SettableKind settable_period{
    .parse = parse_period, .lines = period_lines, .key_names_file = true};

} // namespace sctl
