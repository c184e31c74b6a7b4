#include <ctime>

#include "base/text.hpp"
#include "unit/values/calendar.hpp"

namespace sctl {
namespace {

// A number with zeros before it until it has `digits`.
std::string padded(int value, size_t digits) {
    auto text = cat(value);
    return text.size() < digits ? cat(std::string(digits - text.size(), '0'), text) : text;
}

// A run of two is "Sat,Sun", a longer one "Mon..Wed".
std::string weekdays_text(uint8_t days) {
    std::string out;
    auto add = [&out](std::string_view separator, int day) {
        if (!out.empty()) out += separator;
        out += calendar_weekdays[day].substr(0, 3);
    };
    for (int first = 0; first < 7; ++first) {
        if (!(days >> first & 1)) continue;
        int last = first;
        while (last < 6 && days >> (last + 1) & 1) ++last;
        add(",", first);
        if (last > first) add(last > first + 1 ? ".." : ",", last);
        first = last;
    }
    return out;
}

std::string chain_text(const CalendarChain& chain, CalendarPart part) {
    bool seconds = part == CalendarPart::Second;
    int unit = seconds ? usec_per_second : 1;
    if (chain.empty()) return "*";
    // As systemd writes it, whatever else the list has.
    if (seconds && chain[0] == CalendarComponent{0, -1, unit}) return "*";

    auto value_text = [&](int value, size_t digits) {
        auto text = padded(value / unit, digits);
        if (value % unit > 0) text += cat('.', padded(value % unit, 6));
        return text;
    };
    size_t digits = part == CalendarPart::Year ? 4 : 2;
    std::string out;
    for (auto [start, stop, repeat] : chain) {
        if (!out.empty()) out += ',';
        out += value_text(start, digits);
        if (stop > 0) out += cat("..", value_text(stop, digits));
        if (repeat > 0 && !(stop > 0 && repeat == unit)) out += cat('/', value_text(repeat, 0));
    }
    return out;
}

} // namespace

std::string format_calendar(const CalendarSpec& spec) {
    using enum CalendarPart;
    std::string out;
    if (spec.weekdays != CalendarSpec::every_weekday) out = cat(weekdays_text(spec.weekdays), ' ');
    auto text = [&](CalendarPart part) { return chain_text(spec[part], part); };
    out += cat(text(Year), '-', text(Month), spec.end_of_month ? '~' : '-', text(Day), ' ',
               text(Hour), ':', text(Minute), ':', text(Second));
    if (spec.utc) return cat(out, " UTC");
    if (!spec.zone.empty()) return cat(out, ' ', spec.zone);
    if (spec.dst < 0) return out;
    tzset();
    std::string_view name = tzname[spec.dst];
    return name.empty() ? out : cat(out, ' ', name);
}

} // namespace sctl
