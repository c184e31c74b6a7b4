// The processes of the unit: commands that have ended, the main process, and all that run.
#include <algorithm>
#include <csignal>

#include "client/status/process_tree.hpp"
#include "client/status/status_sections.hpp"
#include "client/text/format_property.hpp"
#include "client/text/glyphs.hpp"
#include "client/text/output_style.hpp"
#include "os/process.hpp"
#include "unit/values/exit_status.hpp"

namespace sctl {

namespace {

// How a process ended: "code=exited, status=203/EXEC".
std::string end_text(int32_t code, int32_t status) {
    std::string text = cat("code=", child_code_name(code), ", ");
    if (code != CLD_EXITED) return cat(text, "signal=", signal_text(status));
    text += cat("status=", status);
    auto name = exit_status_name(static_cast<uint8_t>(status));
    return name.empty() ? text : cat(text, "/", name);
}

bool ended_well(int32_t code, int32_t status) {
    if (code == CLD_EXITED) return status == 0;
    return code == CLD_KILLED &&
           (status == SIGHUP || status == SIGINT || status == SIGTERM || status == SIGPIPE);
}

struct StatusPids {
    uint32_t main = 0, control = 0;
};

// The commands that ran and ended; the main process, too, once it has.
StatusPids add_ended_commands(StatusPage& page) {
    StatusPids pids;
    pids.main = static_cast<uint32_t>(page.unit.number("MainPID", 0));
    bool running = pids.main > 0;
    if (!running) pids.main = static_cast<uint32_t>(page.unit.number("ExecMainPID", 0));
    pids.control = static_cast<uint32_t>(page.unit.number("ControlPID", 0));
    for (auto name : page.unit.names()) {
        static constexpr std::string_view commands[] = {
            "ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost",
            "ExecReload",    "ExecStopPre",  "ExecStop",  "ExecStopPost"};
        if (std::ranges::find(commands, name) == std::end(commands)) continue;
        auto in = page.unit.value(name, "a(sasbttttuii)");
        if (!in) continue;
        (void)in->enter_array().has_value();
        while (!in->at_end()) {
            (void)in->enter_struct().has_value();
            (void)in->string().has_value();
            auto arguments = in->strings();
            bool ignored = false;
            uint64_t start = 0, start_monotonic = 0, stop = 0, stop_monotonic = 0;
            uint32_t pid = 0;
            int32_t code = 0, status = 0;
            (void)in->read(ignored, start, start_monotonic, stop, stop_monotonic, pid, code, status)
                .has_value();
            (void)in->exit_struct().has_value();
            if (!in->status() || code == 0) continue;
            auto end = cat("(", end_text(code, status), ")");
            page.print("    Process: ", pid, " ", name, "=",
                       escape_unprintable(join(*arguments, " ")), " ",
                       page.colored(ended_well(code, status) ? ""
                                    : ignored                ? color_yellow()
                                                             : color_red,
                                    end),
                       "\n");
            if (pid == pids.main && start == page.unit.number("ExecMainStartTimestamp", 0) &&
                start == page.unit.number("ExecMainExitTimestamp", 0)) {
                pids.main = 0;
            }
            if (pid == pids.control) pids.control = 0;
        }
    }
    return pids;
}

void add_pids(StatusPage& page, const StatusPids& pids) {
    if (pids.main == 0 && pids.control == 0) return;
    auto name_of = [](uint32_t pid) {
        auto name = escape_unprintable(read_process_name(static_cast<pid_t>(pid)));
        return name.empty() ? name : cat(" (", name, ")");
    };
    if (pids.main > 0) {
        page.print("   Main PID: ", pids.main);
        auto code = static_cast<int32_t>(page.unit.number("ExecMainCode", 0));
        auto status = static_cast<int32_t>(page.unit.number("ExecMainStatus", 0));
        if (page.unit.number("MainPID", 0) > 0)
            page.print(name_of(pids.main));
        else if (code > 0)
            page.print(" (", end_text(code, status), ")");
    }
    if (pids.control > 0) {
        page.print(pids.main > 0 ? "; Control PID: " : "  Cntrl PID: ", pids.control,
                   name_of(pids.control));
    }
    page.print("\n");
}

} // namespace

void add_processes(StatusPage& page) {
    add_pids(page, add_ended_commands(page));
}

void add_control_group(StatusPage& page) {
    auto group = page.text_of("ControlGroup");
    if (!group.empty()) page.print("     CGroup: ", group, "\n");
    // Where there are no control groups, a service's processes are known all the same.
    bool may_have_some = page.active != "inactive" && page.id.ends_with(".service");
    if (group.empty() && !may_have_some) return;
    auto processes = get_unit_processes(page.manager, page.id);
    if (!processes || processes->empty()) return;
    if (group.empty()) page.print("  Processes: ", processes->size(), "\n");
    page.print(process_tree(*processes, group,
                            {.prefix = status_indent,
                             .width = page.request.full ? SIZE_MAX : print_width(),
                             .colors = page.colors}));
}

} // namespace sctl
