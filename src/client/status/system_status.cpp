#include "client/status/system_status.hpp"

#include <unistd.h>

#include "base/text.hpp"
#include "client/status/process_tree.hpp"
#include "client/text/format_property.hpp"
#include "client/text/glyphs.hpp"
#include "client/text/output_style.hpp"
#include "unit/syntax/timestamp.hpp"

namespace sctl {

std::string system_status_text(const Session& session, ClientConnection& manager,
                               const Properties& properties) {
    auto state = properties.text("SystemState");
    std::string_view color = color_yellow();
    if (state == "running")
        color = color_green;
    else if (state == "degraded")
        color = color_red;
    bool colors = wants_colors();
    auto colored = [&](std::string_view shade, std::string_view text) {
        return colors && !shade.empty() ? cat(shade, text, color_off) : std::string(text);
    };
    char host[256] = "";
    (void)::gethostname(host, sizeof host - 1);
    auto failed = properties.number("NFailedUnits", 0);
    auto jobs = properties.number("NJobs", 0);
    auto since = span_from_usec(properties.number("UserspaceTimestamp", 0));
    auto group = properties.text("ControlGroup");
    std::string out = cat(
        colored(color, glyph(Glyph::BlackCircle)), " ", host,
        "\n    State: ", colored(color, state), "\n    Units: ", properties.number("NNames", 0),
        " loaded (incl. loaded aliases)", "\n     Jobs: ", jobs, " queued\n   Failed: ", failed,
        " units\n    Since: ",
        format_timestamp(since, session.request.timestamp_style.value_or(TimestampStyle::Pretty)),
        "; ", format_timestamp_relative(since, current_moment().realtime),
        "\n  systemd: ", properties.text("Version"), "\n");
    auto tainted = properties.text("Tainted");
    if (!tainted.empty()) out += cat("  Tainted: ", colored(color_yellow(), tainted), "\n");
    out += cat("   CGroup: ", group.empty() ? "/" : group, "\n");
    if (auto processes = get_unit_processes(manager, "-.slice")) {
        out += process_tree(*processes, group,
                            {.prefix = "           ",
                             .width = session.request.full ? SIZE_MAX : print_width(),
                             .colors = colors});
    }
    return out;
}

} // namespace sctl
