#include "client/text/status_text.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "base/files.hpp"
#include "base/json.hpp"
#include "client/calls/calls.hpp"
#include "client/calls/surroundings.hpp"
#include "client/text/format_property.hpp"
#include "client/text/glyphs.hpp"
#include "client/text/hyperlink.hpp"
#include "client/text/log_lines.hpp"
#include "client/text/process_tree.hpp"
#include "client/text/table.hpp"
#include "client/verbs/verb_table.hpp"
#include "os/process.hpp"
#include "unit/exit_status.hpp"
#include "unit/time_span.hpp"
#include "unit/timestamp.hpp"

namespace sctl {

namespace {

constexpr std::string_view indent = "             ";
constexpr uint64_t unset = UINT64_MAX;

// 1536 is "1.5K".
std::string bytes_text(uint64_t bytes) {
    if (bytes < 1024) return cat(bytes, "B");
    static constexpr std::string_view units = "KMGTPE";
    size_t unit = 0;
    uint64_t factor = 1024;
    while (unit + 1 < units.size() && bytes / factor >= 1024) {
        factor *= 1024;
        ++unit;
    }
    uint64_t tenth = bytes % factor * 10 / factor;
    return cat(bytes / factor, ".", tenth, units.substr(unit, 1));
}

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

class UnitStatus {
  public:
    UnitStatus(const Session& session, ClientConnection& manager, const Properties& unit)
        : request_(session.request),
          manager_(manager),
          unit_(unit),
          colors_(wants_colors()),
          id_(escape_unprintable(unit.text("Id"))),
          active_(unit.text("ActiveState")) {}

    std::string text() {
        add_title();
        add_loaded();
        add_drop_ins();
        add_active();
        add_triggers();
        add_condition();
        add_assert();
        add_places();
        add_processes();
        add_pids();
        add_notes();
        add_resources();
        add_control_group();
        add_log();
        return std::move(out_);
    }

  private:
    template <class... Parts>
    void print(const Parts&... parts) {
        out_ += cat(parts...);
    }
    std::string colored(std::string_view color, std::string_view text) const {
        return colors_ && !color.empty() ? cat(color, text, color_off) : std::string(text);
    }
    // Whatever a unit says of itself, without what a terminal would obey.
    std::string text_of(std::string_view property) const {
        return escape_unprintable(unit_.text(property));
    }
    std::vector<std::string> texts_of(std::string_view property) const {
        auto texts = unit_.texts(property);
        for (auto& text : texts) text = escape_unprintable(text);
        return texts;
    }
    std::string moment(std::string_view property) const {
        auto usec = unit_.number(property, 0);
        auto now = current_moment().realtime;
        return cat(format_timestamp(span_from_usec(usec),
                                    request_.timestamp_style.value_or(TimestampStyle::Pretty)),
                   "; ", format_timestamp_relative(span_from_usec(usec), now));
    }
    bool is_set(std::string_view property) const {
        auto usec = unit_.number(property, 0);
        return usec != 0 && usec != unset;
    }

    void add_title();
    void add_loaded();
    void add_drop_ins();
    void add_active();
    void add_duration();
    void add_triggers();
    void add_states(std::string_view title, std::string_view property, bool marks);
    void add_condition();
    void add_assert();
    void add_places();
    void add_processes();
    void add_pids();
    void add_notes();
    void add_resources();
    void add_memory();
    void add_control_group();
    void add_log();

    const ClientRequest& request_;
    ClientConnection& manager_;
    const Properties& unit_;
    bool colors_;
    std::string id_, active_;
    uint32_t main_pid_ = 0, control_pid_ = 0;
    std::string out_;
};

void UnitStatus::add_title() {
    print(colored(state_color(active_), state_glyph(active_)), " ", id_);
    auto description = text_of("Description");
    if (!description.empty() && description != id_) print(" - ", description);
    print('\n');
    auto following = text_of("Following");
    if (!following.empty()) print("    Follow: unit currently follows state of ", following, "\n");
}

void UnitStatus::add_loaded() {
    auto state = text_of("LoadState");
    bool bad = state == "error" || state == "not-found" || state == "bad-setting";
    print("     Loaded: ", colored(bad ? color_red : "", state));
    auto path = text_of("SourcePath");
    if (path.empty()) path = text_of("FragmentPath");
    std::string load_error;
    if (auto in = unit_.value("LoadError", "(ss)")) {
        std::string name;
        if (in->enter_struct()) (void)in->read(name, load_error).has_value();
    }
    auto file_state = text_of("UnitFileState");
    if (!load_error.empty()) {
        print(" (Reason: ", escape_unprintable(load_error), ")");
    } else if (!path.empty() && !file_state.empty()) {
        print(" (", file_hyperlink(path), "; ",
              colored(file_state.starts_with("enabled") ? color_green
                      : file_state == "disabled"        ? color_yellow()
                                                        : "",
                      file_state));
        auto preset = text_of("UnitFilePreset");
        bool shows_preset = file_state != "alias" && file_state != "static" &&
                            file_state != "generated" && file_state != "transient";
        if (shows_preset && !preset.empty()) {
            print("; preset: ",
                  colored(preset == "enabled" ? color_green : color_yellow(), preset));
        }
        print(")");
    } else if (!path.empty()) {
        print(" (", file_hyperlink(path), ")");
    }
    print('\n');
    if (unit_.boolean("Transient")) print("  Transient: yes\n");
}

void UnitStatus::add_drop_ins() {
    auto paths = texts_of("DropInPaths");
    std::string_view directory;
    for (size_t i = 0; i < paths.size(); ++i) {
        if (i == 0 || directory_of(paths[i]) != directory) {
            print(i == 0 ? "    Drop-In: " : indent);
            directory = directory_of(paths[i]);
            print(directory, "\n", indent, glyph(Glyph::Corner));
        }
        bool last = i + 1 == paths.size() || directory_of(paths[i + 1]) != directory;
        print(file_hyperlink(paths[i], base_name(paths[i])), last ? "\n" : ", ");
    }
}

void UnitStatus::add_active() {
    auto sub_state = text_of("SubState");
    std::string state = sub_state == active_ ? active_ : cat(active_, " (", sub_state, ")");
    print("     Active: ", colored(state_color(active_), state));
    auto result = text_of("Result");
    if (!result.empty() && result != "success") print(" (Result: ", result, ")");
    std::string_view since = "ActiveExitTimestamp";
    if (active_ == "active" || active_ == "reloading")
        since = "ActiveEnterTimestamp";
    else if (active_ == "inactive" || active_ == "failed")
        since = "InactiveEnterTimestamp";
    else if (active_ == "activating")
        since = "InactiveExitTimestamp";
    if (is_set(since)) print(" since ", moment(since));
    print('\n');
    add_duration();
}

void UnitStatus::add_duration() {
    auto enter = unit_.number("ActiveEnterTimestamp", 0);
    auto exit = unit_.number("ActiveExitTimestamp", 0);
    bool ended = active_ != "active" && active_ != "reloading" && active_ != "activating";
    if (ended && enter > 0 && exit > enter) {
        print("   Duration: ", format_span(span_from_usec(exit - enter), 1ms), "\n");
    }
    auto limit = unit_.number("RuntimeMaxUSec", unset);
    if ((active_ == "active" || active_ == "reloading") && limit != unset && limit > 0 &&
        enter > 0) {
        auto until = span_from_usec(enter + limit);
        print("      Until: ", format_timestamp(until), "; ",
              format_timestamp_relative(until, current_moment().realtime), "\n");
    }
}

// Other units with their states; what a unit triggers has the same mark in any state.
void UnitStatus::add_states(std::string_view title, std::string_view property, bool marks) {
    bool first = true;
    for (const auto& name : texts_of(property)) {
        auto state = get_active_state(manager_, name).value_or("");
        auto mark = marks ? state_glyph(state) : glyph(Glyph::BlackCircle);
        print(first ? title : indent, colored(state_color(state), mark), " ", name, "\n");
        first = false;
    }
}

void UnitStatus::add_triggers() {
    add_states("TriggeredBy: ", "TriggeredBy", true);
    if (id_.ends_with(".timer")) {
        uint64_t real = unit_.number("NextElapseUSecRealtime", 0);
        uint64_t monotonic = unit_.number("NextElapseUSecMonotonic", 0);
        auto now = current_moment();
        uint64_t next = real == unset ? 0 : real;
        if (monotonic > 0 && monotonic != unset) {
            uint64_t converted = to_usec(now.realtime) + monotonic - to_usec(now.monotonic);
            next = next == 0 ? converted : std::min(next, converted);
        }
        print("    Trigger: ");
        if (next == 0)
            print("n/a\n");
        else
            print(format_timestamp(span_from_usec(next)), "; ",
                  format_timestamp_relative(span_from_usec(next), now.realtime), "\n");
    }
    add_states("   Triggers: ", "Triggers", false);
}

void UnitStatus::add_condition() {
    if (unit_.boolean("ConditionResult", true) || !is_set("ConditionTimestamp")) return;
    print("  Condition: start ", colored(color_yellow(), "condition failed"), " at ",
          moment("ConditionTimestamp"), "\n");
    std::vector<std::string> failed;
    if (auto in = unit_.value("Conditions", "a(sbbsi)")) {
        (void)in->enter_array().has_value();
        while (!in->at_end()) {
            std::string name, parameter;
            bool trigger = false, negate = false;
            int32_t result = 0;
            (void)in->enter_struct().has_value();
            (void)in->read(name, trigger, negate, parameter, result).has_value();
            (void)in->exit_struct().has_value();
            if (result < 0)
                failed.push_back(cat(name, "=", trigger ? "|" : "", negate ? "!" : "",
                                     escape_unprintable(parameter)));
        }
    }
    for (size_t i = 0; i < failed.size(); ++i) {
        auto branch = glyph(i + 1 < failed.size() ? Glyph::Branch : Glyph::Corner);
        print(indent, branch, " ", failed[i], " was not met\n");
    }
}

void UnitStatus::add_assert() {
    if (unit_.boolean("AssertResult", true) || !is_set("AssertTimestamp")) return;
    print("     Assert: start ", colored(color_red, "assertion failed"), " at ",
          moment("AssertTimestamp"), "\n");
    auto in = unit_.value("Asserts", "a(sbbsi)");
    if (!in) return;
    bool any_trigger = false;
    std::string failed;
    (void)in->enter_array().has_value();
    while (!in->at_end()) {
        std::string name, parameter;
        bool trigger = false, negate = false;
        int32_t result = 0;
        (void)in->enter_struct().has_value();
        (void)in->read(name, trigger, negate, parameter, result).has_value();
        (void)in->exit_struct().has_value();
        if (result >= 0) continue;
        if (trigger)
            any_trigger = true;
        else if (failed.empty())
            failed = cat(name, "=", negate ? "!" : "", escape_unprintable(parameter));
    }
    if (!failed.empty())
        print(indent, failed, " was not met\n");
    else if (any_trigger)
        print(indent, "none of the trigger assertions were met\n");
}

// Where it is, where it says more about itself, where it listens.
void UnitStatus::add_places() {
    auto add = [&](std::string_view title, std::string_view property) {
        auto text = text_of(property);
        if (!text.empty()) print(title, text, "\n");
    };
    add("     Device: ", "SysFSPath");
    add("      Where: ", "Where");
    add("       What: ", "What");
    bool first = true;
    for (const auto& page : texts_of("Documentation")) {
        print(first ? "       Docs: " : indent, hyperlink(page, page), "\n");
        first = false;
    }
    if (auto in = unit_.value("Listen", "a(ss)")) {
        first = true;
        (void)in->enter_array().has_value();
        while (!in->at_end()) {
            std::string type, path;
            (void)in->enter_struct().has_value();
            (void)in->read(type, path).has_value();
            (void)in->exit_struct().has_value();
            print(first ? "     Listen: " : indent, escape_unprintable(path), " (", type, ")\n");
            first = false;
        }
    }
    if (unit_.boolean("Accept")) {
        print("   Accepted: ", unit_.number("NAccepted", 0),
              "; Connected: ", unit_.number("NConnections", 0));
        auto refused = unit_.number("NRefused", 0);
        if (refused > 0) print("; Refused: ", refused);
        print("\n");
    }
}

// The commands that ran and ended; the main process, too, once it has.
void UnitStatus::add_processes() {
    main_pid_ = static_cast<uint32_t>(unit_.number("MainPID", 0));
    bool running = main_pid_ > 0;
    if (!running) main_pid_ = static_cast<uint32_t>(unit_.number("ExecMainPID", 0));
    control_pid_ = static_cast<uint32_t>(unit_.number("ControlPID", 0));
    for (auto name : unit_.names()) {
        static constexpr std::string_view commands[] = {
            "ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost",
            "ExecReload",    "ExecStopPre",  "ExecStop",  "ExecStopPost"};
        if (std::ranges::find(commands, name) == std::end(commands)) continue;
        auto in = unit_.value(name, "a(sasbttttuii)");
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
            print("    Process: ", pid, " ", name, "=", escape_unprintable(join(*arguments, " ")),
                  " ",
                  colored(ended_well(code, status) ? ""
                          : ignored                ? color_yellow()
                                                   : color_red,
                          end),
                  "\n");
            if (pid == main_pid_ && start == unit_.number("ExecMainStartTimestamp", 0) &&
                start == unit_.number("ExecMainExitTimestamp", 0)) {
                main_pid_ = 0;
            }
            if (pid == control_pid_) control_pid_ = 0;
        }
    }
}

void UnitStatus::add_pids() {
    if (main_pid_ == 0 && control_pid_ == 0) return;
    auto name_of = [](uint32_t pid) {
        auto name = escape_unprintable(read_process_name(static_cast<pid_t>(pid)));
        return name.empty() ? name : cat(" (", name, ")");
    };
    if (main_pid_ > 0) {
        print("   Main PID: ", main_pid_);
        auto code = static_cast<int32_t>(unit_.number("ExecMainCode", 0));
        auto status = static_cast<int32_t>(unit_.number("ExecMainStatus", 0));
        if (unit_.number("MainPID", 0) > 0)
            print(name_of(main_pid_));
        else if (code > 0)
            print(" (", end_text(code, status), ")");
    }
    if (control_pid_ > 0) {
        print(main_pid_ > 0 ? "; Control PID: " : "  Cntrl PID: ", control_pid_,
              name_of(control_pid_));
    }
    print("\n");
}

void UnitStatus::add_notes() {
    auto text = text_of("StatusText");
    if (!text.empty()) print("     Status: \"", text, "\"\n");
    auto code = static_cast<int>(unit_.number("StatusErrno", 0));
    if (code > 0) print("      Error: ", code, " (", std::strerror(code), ")\n");
}

void UnitStatus::add_resources() {
    auto in = unit_.number("IPIngressBytes", unset), out = unit_.number("IPEgressBytes", unset);
    if (in != unset && out != unset) {
        print("         IP: ", bytes_text(in), " in, ", bytes_text(out), " out\n");
    }
    auto read = unit_.number("IOReadBytes", unset), written = unit_.number("IOWriteBytes", unset);
    if (read != unset && written != unset) {
        print("         IO: ", bytes_text(read), " read, ", bytes_text(written), " written\n");
    }
    auto tasks = unit_.number("TasksCurrent", unset), most = unit_.number("TasksMax", unset);
    if (tasks != unset) {
        print("      Tasks: ", tasks);
        if (most != unset) print(" (limit: ", most, ")");
        print("\n");
    }
    add_memory();
    auto cpu = unit_.number("CPUUsageNSec", unset);
    if (cpu != unset) print("        CPU: ", format_span(span_from_usec(cpu / 1000), 1ms), "\n");
}

void UnitStatus::add_memory() {
    auto current = unit_.number("MemoryCurrent", unset);
    if (current == unset) return;
    static constexpr struct {
        std::string_view property, word;
        uint64_t nothing; // the value that is no limit
    } rows[] = {{"MemoryMin", "min: ", 0},
                {"MemoryLow", "low: ", 0},
                {"MemoryHigh", "high: ", unset},
                {"MemoryMax", "max: ", unset},
                {"MemorySwapMax", "swap max: ", unset},
                {"MemoryLimit", "limit: ", unset},
                {"MemoryAvailable", "available: ", unset}};
    std::string limits;
    for (const auto& row : rows) {
        auto value = unit_.number(row.property, row.nothing);
        if (value != row.nothing)
            limits += cat(limits.empty() ? "" : " ", row.word, bytes_text(value));
    }
    print("     Memory: ", bytes_text(current));
    if (!limits.empty()) print(" (", limits, ")");
    print("\n");
}

void UnitStatus::add_control_group() {
    auto group = text_of("ControlGroup");
    if (!group.empty()) print("     CGroup: ", group, "\n");
    // Where there are no control groups, a service's processes are known all the same.
    bool may_have_some = active_ != "inactive" && id_.ends_with(".service");
    if (group.empty() && !may_have_some) return;
    auto processes = get_unit_processes(manager_, id_);
    if (!processes || processes->empty()) return;
    if (group.empty()) print("  Processes: ", processes->size(), "\n");
    print(process_tree(
        *processes, group,
        {.prefix = indent, .width = request_.full ? SIZE_MAX : print_width(), .colors = colors_}));
}

void UnitStatus::add_log() {
    auto since = span_from_usec(unit_.number("InactiveExitTimestamp", 0));
    // Who waits for a restart has left "inactive", too; what matters is why the last run ended.
    auto began = span_from_usec(unit_.number("ExecMainStartTimestamp", 0));
    bool waits = text_of("SubState") == "auto-restart" && began.count() > 0;
    if (waits) since = std::min(since, began);
    // What never ran may have been complained of.
    if (since.count() == 0) since = first_process_start().value_or(Span{});
    auto lines = last_log_lines(id_, request_.lines, since, request_.output);
    if (lines.empty()) return;
    print("\n");
    bool is_whole = request_.full || request_.output == "cat" ||
                    json_output_from(request_.output) != JsonOutput::None;
    for (const auto& line : lines) {
        print(is_whole ? line : cut_to(line, print_width()), "\n");
    }
}

} // namespace

std::string unit_status_text(const Session& session, ClientConnection& manager,
                             const Properties& unit) {
    return UnitStatus(session, manager, unit).text();
}

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
