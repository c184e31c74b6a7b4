// Methods on the manager as a whole: its environment, reload, end, and which peers get signals.
#include "base/text.hpp"
#include "bus/methods/method.hpp"
#include "unit/syntax/environment.hpp"
#include "unit/syntax/parse_value.hpp"

namespace sctl {
namespace {

using namespace interface_name;

Result<void> subscribe(MethodCall& call) {
    call.peer.subscribed = true;
    return {};
}
Result<void> unsubscribe(MethodCall& call) {
    call.peer.subscribed = false;
    return {};
}

// systemd's reexecution keeps all state and changes the program; ours reads all unit files anew.
// The reply is due when all has been read: generators take their time.
Result<void> reload_all(MethodCall& call) {
    call.answers_itself = true;
    std::function<void()> done;
    if (call.message.wants_reply()) {
        done = [&server = call.server, number = call.peer.number,
                reply = method_return(call.message)] { server.answer(number, reply); };
    }
    call.manager.reload(std::move(done));
    return {};
}

Result<void> reset_failed(MethodCall& call) {
    call.manager.reset_failed_all();
    return {};
}

// --- the end
// -----------------------------------------------------------------------------------------

template <Objective Goal>
Result<void> end(MethodCall& call) {
    call.manager.end_at_once(Goal);
    return {};
}

Result<void> set_exit_code(MethodCall& call) {
    uint8_t code = 0;
    if (auto read = call.in.read(code); !read) return read;
    call.manager.set_exit_status(code);
    return {};
}

// "" is what is configured; systemd also knows ways in between, which show a line for a
// failure.
Result<void> set_show_status(MethodCall& call) {
    std::string_view mode;
    if (auto read = call.in.read(mode); !read) return read;
    auto wanted = parse_boolean(mode);
    bool between = mode == "auto" || mode == "error" || mode == "temporary";
    if (!mode.empty() && !wanted && !between)
        return error_named(bus_error::invalid_args, cat("Invalid show status '", mode, "'"));
    if (mode.empty())
        call.manager.set_show_status(std::nullopt);
    else
        call.manager.set_show_status(wanted ? *wanted : mode == "temporary");
    return {};
}

// --- the environment
// ---------------------------------------------------------------------------------

Result<Words> read_assignments(MethodCall& call) {
    auto words = call.in.strings();
    if (!words) return words.error();
    for (const auto& word : *words) {
        if (!environment_assignment_is_valid(word)) {
            return error_named(bus_error::invalid_args, "Invalid environment assignments");
        }
    }
    return words;
}

Result<Words> read_names(MethodCall& call) {
    auto words = call.in.strings();
    if (!words) return words.error();
    for (const auto& word : *words) {
        if (!environment_name_is_valid(word) && !environment_assignment_is_valid(word)) {
            return error_named(bus_error::invalid_args,
                               "Invalid environment variable names or assignments");
        }
    }
    return words;
}

// What is taken back shows the manager's own again.
void change_environment(Manager& manager, const Words& unset, const Words& set) {
    Environment environment(manager.client_environment());
    for (const auto& name : unset) environment.unset(name);
    environment.merge(set);
    manager.set_client_environment(environment.assignments());
}

Result<void> set_environment(MethodCall& call) {
    auto set = read_assignments(call);
    if (!set) return set.error();
    change_environment(call.manager, {}, *set);
    return {};
}

Result<void> unset_environment(MethodCall& call) {
    auto unset = read_names(call);
    if (!unset) return unset.error();
    change_environment(call.manager, *unset, {});
    return {};
}

Result<void> unset_and_set_environment(MethodCall& call) {
    auto unset = read_names(call);
    if (!unset) return unset.error();
    auto set = read_assignments(call);
    if (!set) return set.error();
    change_environment(call.manager, *unset, *set);
    return {};
}

constexpr Method system_rows[] = {
    {manager, "Subscribe", "", "", Access::Anyone, subscribe},
    {manager, "Unsubscribe", "", "", Access::Anyone, unsubscribe},
    {manager, "Reload", "", "", Access::Trusted, reload_all},
    {manager, "Reexecute", "", "", Access::Trusted, reload_all, "", Mark::NoReply},
    {manager, "ResetFailed", "", "", Access::Trusted, reset_failed},
    {manager, "Exit", "", "", Access::Trusted, end<Objective::Exit>, "", Mark::Privileged},
    {manager, "Reboot", "", "", Access::Trusted, end<Objective::Reboot>, "", Mark::Privileged},
    {manager, "PowerOff", "", "", Access::Trusted, end<Objective::Poweroff>, "", Mark::Privileged},
    {manager, "Halt", "", "", Access::Trusted, end<Objective::Halt>, "", Mark::Privileged},
    {manager, "KExec", "", "", Access::Trusted, end<Objective::Reboot>, "", Mark::Privileged},
    {manager, "SetShowStatus", "s", "", Access::Trusted, set_show_status, "mode"},
    {manager, "SetExitCode", "y", "", Access::Trusted, set_exit_code, "number"},
    {manager, "SetEnvironment", "as", "", Access::Trusted, set_environment, "assignments"},
    {manager, "UnsetEnvironment", "as", "", Access::Trusted, unset_environment, "names"},
    {manager, "UnsetAndSetEnvironment", "asas", "", Access::Trusted, unset_and_set_environment,
     "names assignments"},
};

} // namespace

std::span<const Method> system_methods() {
    return system_rows;
}

} // namespace sctl
