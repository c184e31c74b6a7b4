// The last lines of the unit's log.
#include <algorithm>

#include "base/json.hpp"
#include "client/status/log_lines.hpp"
#include "client/status/status_sections.hpp"
#include "client/text/format_property.hpp"
#include "client/text/output_style.hpp"
#include "client/text/table.hpp"
#include "os/process.hpp"

namespace sctl {

void add_log(StatusPage& page) {
    auto since = span_from_usec(page.unit.number("InactiveExitTimestamp", 0));
    // Who waits for a restart has left "inactive", too; what matters is why the last run ended.
    auto began = span_from_usec(page.unit.number("ExecMainStartTimestamp", 0));
    bool waits = page.text_of("SubState") == "auto-restart" && began.count() > 0;
    if (waits) since = std::min(since, began);
    // What never ran may have been complained of.
    if (since.count() == 0) since = pid1_start().value_or(Span{});
    auto lines = last_log_lines(page.id, page.request.lines, since, page.request.output);
    if (lines.empty()) return;
    page.print("\n");
    bool is_whole = page.request.full || page.request.output == "cat" ||
                    json_output_from(page.request.output) != JsonOutput::None;
    for (const auto& line : lines) {
        page.print(is_whole ? line : cut_to(line, print_width()), "\n");
    }
}

} // namespace sctl
