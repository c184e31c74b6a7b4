#include "client/status/status_page.hpp"

#include "client/text/format_property.hpp"
#include "unit/syntax/timestamp.hpp"

namespace sctl {

std::string StatusPage::text_of(std::string_view property) const {
    return escape_unprintable(unit.text(property));
}

std::vector<std::string> StatusPage::texts_of(std::string_view property) const {
    auto texts = unit.texts(property);
    for (auto& text : texts) text = escape_unprintable(text);
    return texts;
}

std::string StatusPage::moment(std::string_view property) const {
    auto when = span_from_usec(unit.number(property, 0));
    auto style = request.timestamp_style.value_or(TimestampStyle::Pretty);
    return cat(format_timestamp(when, style), "; ",
               format_timestamp_relative(when, current_moment().realtime));
}

bool StatusPage::is_set(std::string_view property) const {
    auto usec = unit.number(property, 0);
    return usec != 0 && usec != unset_number;
}

} // namespace sctl
