#include <algorithm>

#include "unit/settings/settable/lines.hpp"
#include "unit/syntax/parse_value.hpp"
#include "unit/syntax/specifiers.hpp"
#include "unit/syntax/time_span.hpp"
#include "unit/values/cgroup_controllers.hpp"

namespace sctl {
namespace {

constexpr std::string_view blanks = " \t";

// --- words ---------------------------------------------------------------------------------------

SettableValue parse_text(const Directive&, std::string_view text) {
    return PropertyValue(std::string(text));
}
SettableLines word_lines(const Directive& row, const PropertyValue& value) {
    const auto& word = std::get<std::string>(value);
    auto known = split(row.settable.kind->words, " ");
    if (std::ranges::find(known, word) == known.end())
        return refused(cat("Invalid ", row.property, " setting: ", word));
    return assignment(row, word);
}

SettableLines description_lines(const Directive& row, const PropertyValue& value) {
    const auto& text = std::get<std::string>(value);
    if (text.find('\n') != text.npos) return errno_error(row.property, EINVAL);
    return assignment(row, escape_specifiers(text));
}

SettableValue parse_words(const Directive&, std::string_view text) {
    Strings words;
    for (auto word : split(text, blanks)) words.emplace_back(word);
    return PropertyValue(std::move(words));
}
SettableLines controllers_lines(const Directive& row, const PropertyValue& value) {
    const auto& names = std::get<Strings>(value);
    for (const auto& name : names) {
        if (!is_cgroup_controller(name))
            return refused(cat("Unknown cgroup controller '", name, "'"));
    }
    return assignment(row, join(names, " "));
}

// --- processors and memory nodes -----------------------------------------------------------------

// "0-3 7" or "0-3,7" as bits, the lowest first.
SettableValue parse_number_set(const Directive&, std::string_view text) {
    constexpr unsigned most = 8192;
    Bytes bits;
    for (auto word : split(text, " \t,")) {
        auto dash = word.find('-');
        auto first = parse_number<unsigned>(word.substr(0, dash));
        auto last = dash == word.npos ? first : parse_number<unsigned>(word.substr(dash + 1));
        if (!first || !last) return unreadable(EINVAL);
        if (*last >= most) return unreadable(ERANGE);
        for (unsigned i = *first; i <= *last; ++i) {
            if (bits.size() <= i / 8) bits.resize(i / 8 + 1);
            bits[i / 8] |= static_cast<uint8_t>(1u << (i % 8));
        }
    }
    return PropertyValue(std::move(bits));
}
SettableLines number_set_lines(const Directive& row, const PropertyValue& value) {
    const auto& bits = std::get<Bytes>(value);
    auto has = [&](size_t number) {
        return number / 8 < bits.size() && (bits[number / 8] >> number % 8 & 1);
    };
    std::string text;
    for (size_t first = 0; first < bits.size() * 8; ++first) {
        if (!has(first)) continue;
        size_t last = first;
        while (has(last + 1)) ++last;
        text += cat(text.empty() ? "" : " ", first);
        if (last > first) text += cat("-", last);
        first = last;
    }
    return cat(row.name, "=\n", assignment(row, text));
}

// --- devices -------------------------------------------------------------------------------------

std::pair<std::string_view, std::string_view> two_words(std::string_view text) {
    auto words = split(text, blanks);
    if (words.empty()) return {};
    return {words[0], words.size() > 1 ? words[1] : std::string_view()};
}

SettableValue parse_device_rule(const Directive&, std::string_view text) {
    auto [device, access] = two_words(text);
    StringPairs rules;
    if (!device.empty()) rules.emplace_back(device, access.empty() ? "rwm" : access);
    return PropertyValue(std::move(rules));
}
SettableLines device_rule_lines(const Directive& row, const PropertyValue& value) {
    return lines_of<StringPairs>(row, value, [&](const auto& rule) -> SettableLines {
        const auto& [device, access] = rule;
        bool known = device.starts_with("/dev/") || device.starts_with("block-") ||
                     device.starts_with("char-");
        if (!known || !is_one_word(device))
            return refused(cat(row.property, "= requires device node or pattern"));
        if (access.find_first_not_of("rwm") != access.npos)
            return refused(cat(row.property, "= requires combination of rwm flags"));
        return cat(device, " ", access.empty() ? "rwm" : access);
    });
}

// A device with a number: none for an empty text, which takes all back.
template <auto Parse>
SettableValue parse_device_number(const Directive& row, std::string_view text) {
    auto [device, number_text] = two_words(text);
    NumberedPaths devices;
    if (!device.empty()) {
        auto number = Parse(number_text);
        if (number_text.empty() || !number) return unreadable(EINVAL);
        if (!row.settable.holds(*number)) return unreadable(ERANGE);
        devices.emplace_back(device, *number);
    }
    return PropertyValue(std::move(devices));
}
template <auto Format>
SettableLines device_number_lines(const Directive& row, const PropertyValue& value) {
    return lines_of<NumberedPaths>(row, value, [&](const auto& entry) -> SettableLines {
        const auto& [device, number] = entry;
        if (!is_one_word(device) || device.front() != '/') return bad_word(row);
        if (!row.settable.holds(number)) return outside_bounds(row.property);
        if (number == UINT64_MAX) return std::string(); // no limit needs no line
        return cat(device, " ", Format(number));
    });
}

Result<uint64_t> parse_weight_number(std::string_view text) {
    auto number = parse_number<uint64_t>(text);
    return number ? Result<uint64_t>(*number) : unreadable(EINVAL);
}
Result<uint64_t> parse_thousands(std::string_view text) {
    return text == "infinity" ? Result<uint64_t>(UINT64_MAX) : parse_size(text, SizeBase::Decimal);
}
Result<uint64_t> parse_span_number(std::string_view text) {
    auto span = parse_span(text);
    return span ? Result<uint64_t>(to_usec(*span)) : span.error();
}
std::string plain_number(uint64_t number) {
    return cat(number);
}
std::string span_number(uint64_t usec) {
    return format_span(span_from_usec(usec), 1us);
}

// --- several lines of a unit file ----------------------------------------------------------------

void add_numbers(PropertyValue& value, const PropertyValue* before) {
    if (!before) return;
    auto& bits = std::get<Bytes>(value);
    const auto& old = std::get<Bytes>(*before);
    bits.resize(std::max(bits.size(), old.size()));
    for (size_t i = 0; i < old.size(); ++i) bits[i] |= old[i];
}

// systemd has the newest rule first.
void add_rules(PropertyValue& value, const PropertyValue* before) {
    if (before) append_to(std::get<StringPairs>(value), std::get<StringPairs>(*before));
}

void add_devices(PropertyValue& value, const PropertyValue* before) {
    auto all = before ? std::get<NumberedPaths>(*before) : NumberedPaths();
    append_to(all, std::get<NumberedPaths>(value));
    value = std::move(all);
}

// A device has one limit: the last that is said, which may be none.
void add_limits(PropertyValue& value, const PropertyValue* before) {
    auto all = before ? std::get<NumberedPaths>(*before) : NumberedPaths();
    for (const auto& [device, limit] : std::get<NumberedPaths>(value)) {
        auto same = std::ranges::find(all, device, &NumberedPaths::value_type::first);
        if (same == all.end())
            all.emplace_back(device, limit);
        else
            same->second = limit;
    }
    std::erase_if(all, [](const auto& each) { return each.second == UINT64_MAX; });
    value = std::move(all);
}

// --- set while the unit is loaded
// -----------------------------------------------------------------

// Those that are there already are changed where they stand; new ones come last, or first.
template <class List, bool NewestFirst>
void join_pairs(PropertyValue& value, const PropertyValue* before) {
    auto all = before ? std::get<List>(*before) : List();
    for (auto& entry : std::get<List>(value)) {
        auto same = std::ranges::find(all, entry.first, &List::value_type::first);
        if (same != all.end())
            same->second = std::move(entry.second);
        else
            all.insert(NewestFirst ? all.begin() : all.end(), std::move(entry));
    }
    value = std::move(all);
}

// A set, in an order of its own.
void join_controllers(PropertyValue& value, const PropertyValue* before) {
    auto named = std::get<Strings>(value);
    if (before) append_to(named, std::get<Strings>(*before));
    Strings all;
    for (auto controller : cgroup_controllers)
        if (std::ranges::find(named, controller) != named.end()) all.emplace_back(controller);
    value = std::move(all);
}

} // namespace

const SettableKind settable_device_policy{
    .parse = parse_text, .lines = word_lines, .words = "auto closed strict"};
const SettableKind settable_oom_mode{
    .parse = parse_text, .lines = word_lines, .words = "auto kill"};
const SettableKind settable_oom_preference{
    .parse = parse_text, .lines = word_lines, .words = "none avoid omit"};
const SettableKind settable_description{.parse = parse_text, .lines = description_lines};
const SettableKind settable_controllers{.parse = parse_words,
                                        .lines = controllers_lines,
                                        .join = join_controllers,
                                        .writes_news = true};
const SettableKind settable_number_set{.parse = parse_number_set,
                                       .lines = number_set_lines,
                                       .add = add_numbers,
                                       .complaint = "Failed to parse CPU affinity '%'"};
const SettableKind settable_device_rules{
    .parse = parse_device_rule,
    .lines = device_rule_lines,
    .add = add_rules,
    .join = join_pairs<StringPairs, true>,
    .complaint = "Invalid device node path or rights '%', ignoring."};
const SettableKind settable_device_weights{
    .parse = parse_device_number<parse_weight_number>,
    .lines = device_number_lines<plain_number>,
    .add = add_devices,
    .join = join_pairs<NumberedPaths, false>,
    .complaint = "Invalid device path or weight specified in '%', ignoring."};
const SettableKind settable_device_amounts{
    .parse = parse_device_number<parse_thousands>,
    .lines = device_number_lines<plain_number>,
    .add = add_limits,
    .join = add_limits,
    .complaint = "Invalid device path or bandwidth specified in '%', ignoring."};
const SettableKind settable_device_spans{
    .parse = parse_device_number<parse_span_number>,
    .lines = device_number_lines<span_number>,
    .add = add_devices,
    .join = join_pairs<NumberedPaths, false>,
    .complaint = "Invalid device path or latency specified in '%', ignoring."};

} // namespace sctl
