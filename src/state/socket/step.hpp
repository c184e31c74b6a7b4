// The inside of socket_step(): one object for one step. on() takes an event, enter_*() goes on to a
// phase of the socket's life and may fall through to later ones.
#pragma once

#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "base/text.hpp"
#include "state/socket/socket.hpp"

namespace sctl {

class SocketStep {
  public:
    SocketStep(const SocketContext& context, SocketStatus& status, std::vector<UnitAction>& actions,
               Cause& cause)
        : context_(context),
          config_(context.config),
          status_(status),
          actions_(actions),
          cause_(cause) {}

    void on(const event::StartRequested&);
    void on(const event::StartLimitHit&);
    void on(const event::StopRequested&);
    void on(const event::CleanRequested& request);
    void on(const event::ResetFailed&);
    void on(const event::Spawned& spawned);
    void on(const event::SpawnFailed& failure);
    void on(const event::ProcessExited& exit);
    void on(const event::ProcessesGone&);
    void on(const event::SignalSent& answer);
    void on(const event::TimedOut&);
    // traffic.cpp
    void on(const event::SocketsOpened& opened);
    void on(const event::SocketsChowned& chowned);
    void on(const event::SocketsWatched& watched);
    void on(const event::Incoming& incoming);
    void on(const event::ConnectionTaken& taken);
    void on(const event::InstanceRefused& refusal);
    void on(const event::TriggeredChanged&);
    void on(const event::TriggerRefused& refusal);

  private:
    void set_state(SocketState state);
    // The first failure is the unit's result, what comes after it does not change it.
    void fail(SocketResult result, std::string_view why);
    void arm_timer();
    void disarm_timer();
    void ask(SocketAwaits answer, UnitAction action);
    // True once for the answer that was asked for.
    [[nodiscard]] bool take_answer(SocketAwaits answer);
    void emit(UnitAction action) { actions_.push_back(std::move(action)); }
    template <class... Parts>
    void log(LogLevel level, const Parts&... parts) {
        emit(action::Log{static_cast<int>(level), cat(parts...)});
    }
    [[nodiscard]] bool has(SocketExecCommand which) const {
        return !config_.commands(which).empty();
    }
    void spawn(SocketExecCommand which, size_t index);
    void control_ended(SocketResult result, std::string_view why);
    void sigkill_or(SocketState kill, std::string_view what);
    void cleaner_ended(SocketResult result);

    void enter_start_pre();
    void enter_start_chown();
    void enter_start_post();
    void enter_stop_pre(SocketResult result, std::string_view why);
    void enter_stop_post(SocketResult result, std::string_view why);
    void enter_signal(SocketState state, SocketResult result, std::string_view why);
    void enter_after_signal(SocketState state);
    void enter_dead(SocketResult result, std::string_view why);
    // traffic.cpp
    void enter_listening();
    void enter_running();
    void refuse_connection();
    [[nodiscard]] bool may_trigger();
    void startup_refused(std::string_view kind, std::string_view text);

    const SocketContext& context_;
    const SocketConfig& config_;
    SocketStatus& status_;
    std::vector<UnitAction>& actions_;
    Cause& cause_;
};

} // namespace sctl
