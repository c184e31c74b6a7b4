// What comes in at a socket: the service is started for it, or an instance for each connection.
#include <algorithm>
#include <array>
#include <csignal>

#include "state/service/exec_status.hpp"
#include "state/socket/step.hpp"

namespace sctl {
namespace {

constexpr int exit_status_of_chown = 235;

// Where a service is over, or so near its end that it takes nothing any more.
bool has_ended(std::string_view sub_state) {
    constexpr auto states = std::to_array<std::string_view>(
        {"dead", "failed", "final-sigterm", "final-sigkill", "auto-restart"});
    return std::ranges::find(states, sub_state) != states.end();
}

} // namespace

// --- opening -------------------------------------------------------------------------------------

void SocketStep::enter_start_chown() {
    ask(SocketAwaits::Open, action::OpenSockets{});
}

void SocketStep::on(const event::SocketsOpened& opened) {
    if (!take_answer(SocketAwaits::Open)) return;
    if (!opened.failure.empty()) {
        log(LogLevel::Warning, "Failed to listen on sockets: ", opened.failure);
        return enter_stop_pre(SocketResult::Resources, opened.failure);
    }
    if (config_.user.empty() && config_.group.empty()) return enter_start_post();
    set_state(SocketState::StartChown);
    ask(SocketAwaits::Chown, action::ChownSockets{});
}

// systemd has a process for this, whose end the log tells.
void SocketStep::on(const event::SocketsChowned& chowned) {
    if (!take_answer(SocketAwaits::Chown)) return;
    if (chowned.status == 0) return enter_start_post();
    auto end = describe_exit({CLD_EXITED, chowned.status});
    log(LogLevel::Notice, "Control process exited, ", end);
    enter_stop_pre(SocketResult::ExitCode, chowned.status == exit_status_of_chown
                                               ? "the owner could not be set"
                                               : "SocketUser= or SocketGroup= is not known");
}

void SocketStep::enter_listening() {
    ask(SocketAwaits::Watch, action::WatchSockets{!config_.accept && config_.flush_pending});
}

void SocketStep::on(const event::SocketsWatched& watched) {
    if (!take_answer(SocketAwaits::Watch)) return;
    if (watched.failure.empty()) return set_state(SocketState::Listening);
    log(LogLevel::Warning, "Failed to watch listening fds: ", watched.failure);
    log(LogLevel::Warning, "Failed to watch sockets: ", watched.failure);
    enter_stop_pre(SocketResult::Resources, watched.failure);
}

// --- traffic -------------------------------------------------------------------------------------

void SocketStep::on(const event::Incoming& incoming) {
    if (status_.state != SocketState::Listening) return;
    if (!incoming.trouble.empty()) {
        log(LogLevel::Error, incoming.trouble);
        return enter_stop_pre(SocketResult::Resources, incoming.trouble);
    }
    if (config_.accept)
        return ask(SocketAwaits::Connection, action::TakeConnection{incoming.place});
    if (context_.stop_job_pending) return emit(action::FlushSockets{});
    if (may_trigger()) enter_running();
}

bool SocketStep::may_trigger() {
    if (!status_.trigger_limit)
        status_.trigger_limit.emplace(config_.trigger_limit_interval, config_.trigger_limit_burst);
    if (status_.trigger_limit->allow(context_.now.monotonic)) return true;
    constexpr std::string_view text = "Trigger limit hit, refusing further activation.";
    log(LogLevel::Warning, text);
    enter_stop_pre(SocketResult::TriggerLimitHit, "it was triggered too often");
    return false;
}

void SocketStep::enter_running() {
    if (!context_.triggered) {
        constexpr std::string_view text = "Service to activate vanished, refusing activation.";
        log(LogLevel::Warning, text);
        return enter_stop_pre(SocketResult::Resources, text);
    }
    bool is_coming =
        is_active_or_activating(context_.triggered->active) || context_.triggered->has_job;
    if (!is_coming) emit(action::StartTriggered{.details = {}, .is_told = false});
    set_state(SocketState::Running);
}

void SocketStep::on(const event::TriggerRefused& refusal) {
    if (status_.state == SocketState::Running) startup_refused("non-template", refusal.cause);
}

void SocketStep::startup_refused(std::string_view kind, std::string_view text) {
    log(LogLevel::Warning,
        "Failed to queue service startup job (Maybe the service file is missing or not a ", kind,
        " unit?): ", text);
    enter_stop_pre(SocketResult::Resources, text);
}

// The service has gone to another state, or a job of it has ended: what waits is the socket's again
// as soon as the service is over.
void SocketStep::on(const event::TriggeredChanged&) {
    bool is_up = status_.state == SocketState::Running || status_.state == SocketState::Listening;
    if (!is_up || config_.accept || !context_.triggered) return;
    if (context_.triggered->start_limit_hit)
        return enter_stop_pre(SocketResult::ServiceStartLimitHit,
                              "its service was started too often");
    if (context_.triggered->has_job) return;
    if (has_ended(context_.triggered->sub_state)) {
        if (status_.state == SocketState::Running) enter_listening();
    } else if (context_.triggered->sub_state == "running" &&
               status_.state == SocketState::Listening) {
        set_state(SocketState::Running);
    }
}

// --- connections ---------------------------------------------------------------------------------

void SocketStep::on(const event::ConnectionTaken& taken) {
    if (!take_answer(SocketAwaits::Connection)) return;
    if (!taken.failure.empty()) {
        log(LogLevel::Error, "Failed to accept socket: ", taken.failure);
        return enter_stop_pre(SocketResult::Resources, taken.failure);
    }
    if (!taken.is_there) return; // it has gone again
    if (context_.stop_job_pending) return refuse_connection();
    if (!may_trigger()) return refuse_connection();
    if (taken.connections >= config_.max_connections) {
        log(LogLevel::Warning, "Too many incoming connections (", taken.connections,
            "), dropping connection.");
        return refuse_connection();
    }
    bool is_limited = config_.max_connections_per_source > 0 && !taken.source.empty();
    if (is_limited && taken.from_source >= config_.max_connections_per_source) {
        log(LogLevel::Warning, "Too many incoming connections (", taken.from_source + 1,
            ") from source ", taken.source, ", dropping connection.");
        return refuse_connection();
    }
    emit(action::StartInstance{status_.n_accepted});
    ++status_.n_accepted;
}

void SocketStep::refuse_connection() {
    ++status_.n_refused;
    emit(action::DropConnection{});
}

void SocketStep::on(const event::InstanceRefused& refusal) {
    if (!refusal.is_accepted && status_.n_accepted > 0) --status_.n_accepted;
    if (refusal.text.empty() || status_.state != SocketState::Listening) return;
    startup_refused("template", refusal.text);
}

} // namespace sctl
