#include "init/engine.hpp"

#include <algorithm>
#include <cerrno>

#include "base/log.hpp"
#include "entry/launch.hpp"
#include "init/instance_lock.hpp"
#include "os/identity.hpp"
#include "os/run_dir.hpp"

namespace sctl {
namespace {

// Of PID 1 for a manager in the background that is to end.
constexpr Span usual_wait = 10s, longest_wait = 90s;

CaptureClient* log_output = nullptr; // a log sink has no other way to know it

} // namespace

Result<UniqueFd> claim_instance(ManagerOptions& options) {
    bool is_machines = options.is_pid1 && options.instance.empty();
    auto prepared = prepare_run(options.root(), is_machines);
    if (auto place = find_run_place(options.root()); place && !place->run_place().empty()) {
        options.run_place = place->run_place();
        prepared = prepare_run_directory(*place);
    }
    Root root = options.root();
    if (!prepared) log_warning("Failed to prepare /run: ", prepared.error().text);
    auto lock = options.is_pid1
                    ? take_over_instance(
                          root, std::min(options.stop_grace.value_or(usual_wait), longest_wait))
                    : lock_instance(root);
    if (!lock && lock.error().code == EBUSY) {
        log_error("Failed to start the manager: ", lock.error().text);
        return lock;
    }
    if (!lock) log_warning("Without a lock: ", lock.error().text);
    if (is_machines) set_up_identity(root);
    return lock ? std::move(*lock) : UniqueFd();
}

void hint_at_commands(Manager& manager, const std::vector<std::string>& units) {
    for (const auto& name : units) {
        const Unit* unit = manager.find(name);
        if (unit && unit->loaded.load_state != LoadState::NotFound) continue;
        std::string_view program = name;
        if (program.ends_with(".service")) program.remove_suffix(8);
        if (!is_program(program)) continue;
        log_error("Is ", program, " a command? It is run by: systemctl init -- ", program);
        return;
    }
}

Engine::Engine(EventLoop& loop, const ManagerOptions& options,
               const std::function<void(Manager&)>& introduce)
    : output_(loop, options.root()), manager_(loop, output_, options), bus_(manager_) {
    auto capture = output_.start();
    if (!capture) log_warning("Output of services is not captured: ", capture.error().text);
    log_output = &output_;
    set_log_sink(
        [](LogLevel level, std::string_view text) { log_output->manager_line(level, {}, text); });
    if (introduce) introduce(manager_);
    manager_.set_up();
}

Engine::~Engine() {
    set_log_sink(nullptr);
    output_.finish();
}

Result<void> Engine::serve(UniqueFd listener) {
    auto listening = listener ? bus_.open(std::move(listener)) : bus_.open();
    if (!listening) log_error("systemctl will not reach us: ", listening.error().text);
    return listening;
}

} // namespace sctl
