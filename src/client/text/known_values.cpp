#include "client/text/known_values.hpp"

#include <csignal>
#include <initializer_list>

#include "base/text.hpp"
#include "unit/unit_kind.hpp"
#include "unit/values/signal_name.hpp"

namespace sctl {

namespace {

struct StateList {
    std::string_view title;
    std::initializer_list<std::string_view> states;
};

std::string unit_types_text() {
    std::string out = "Available unit types:\n";
    for (const UnitKind& kind : unit_kinds()) out += cat(kind.suffix, "\n");
    return out;
}

std::string unit_states_text() {
    static const StateList lists[] = {
        {"unit load states",
         {"stub", "loaded", "not-found", "bad-setting", "error", "merged", "masked"}},
        {"unit active states",
         {"active", "reloading", "inactive", "failed", "activating", "deactivating",
          "maintenance"}},
        {"unit file states",
         {"enabled", "enabled-runtime", "linked", "linked-runtime", "alias", "masked",
          "masked-runtime", "static", "disabled", "indirect", "generated", "transient", "bad"}},
        {"automount unit substates", {"dead", "waiting", "running", "failed"}},
        {"device unit substates", {"dead", "tentative", "plugged"}},
        {"mount unit substates",
         {"dead", "mounting", "mounting-done", "mounted", "remounting", "unmounting",
          "remounting-sigterm", "remounting-sigkill", "unmounting-sigterm", "unmounting-sigkill",
          "failed", "cleaning"}},
        {"path unit substates", {"dead", "waiting", "running", "failed"}},
        {"scope unit substates",
         {"dead", "start-chown", "running", "abandoned", "stop-sigterm", "stop-sigkill", "failed"}},
        {"service unit substates",
         {"dead", "condition", "start-pre", "start", "start-post", "running", "exited", "reload",
          "stop", "stop-watchdog", "stop-sigterm", "stop-sigkill", "stop-post", "final-watchdog",
          "final-sigterm", "final-sigkill", "failed", "auto-restart", "cleaning"}},
        {"slice unit substates", {"dead", "active"}},
        {"socket unit substates",
         {"dead", "start-pre", "start-chown", "start-post", "listening", "running", "stop-pre",
          "stop-pre-sigterm", "stop-pre-sigkill", "stop-post", "final-sigterm", "final-sigkill",
          "failed", "cleaning"}},
        {"swap unit substates",
         {"dead", "activating", "activating-done", "active", "deactivating", "deactivating-sigterm",
          "deactivating-sigkill", "failed", "cleaning"}},
        {"target unit substates", {"dead", "active"}},
        {"timer unit substates", {"dead", "waiting", "running", "elapsed", "failed"}},
    };
    std::string out;
    for (const auto& list : lists) {
        out += cat(out.empty() ? "" : "\n", "Available ", list.title, ":\n");
        for (auto state : list.states) out += cat(state, "\n");
    }
    return out;
}

// As --signal=help has them: a number where there is no name.
std::string signals_text() {
    std::string out;
    for (int signal = 0; signal <= SIGRTMAX; ++signal) {
        out += cat(signal_name(signal), "\n");
    }
    return out;
}

std::string lines_of(std::span<const std::string_view> words) {
    std::string out;
    for (auto word : words) out += cat(word, "\n");
    return out;
}

constexpr std::string_view preset_modes[] = {"full", "enable-only", "disable-only"};
constexpr std::string_view timestamp_styles[] = {"pretty", "us", "utc", "us+utc", "unix"};
constexpr std::string_view clean_types[] = {"runtime", "state", "cache", "logs", "configuration"};

} // namespace

std::span<const std::string_view> output_modes() {
    static constexpr std::string_view modes[] = {
        "short",         "short-full",      "short-iso",   "short-iso-precise",
        "short-precise", "short-monotonic", "short-delta", "short-unix",
        "verbose",       "export",          "json",        "json-pretty",
        "json-sse",      "json-seq",        "cat",         "with-unit"};
    return modes;
}

std::string known_values(Topic topic) {
    switch (topic) {
        case Topic::Types: return unit_types_text();
        case Topic::States: return unit_states_text();
        case Topic::Outputs: return lines_of(output_modes());
        case Topic::Signals: return signals_text();
        case Topic::PresetModes: return lines_of(preset_modes);
        case Topic::Timestamps: return lines_of(timestamp_styles);
        case Topic::CleanTypes: return lines_of(clean_types);
        default: return {};
    }
}

} // namespace sctl
