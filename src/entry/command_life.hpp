// The life of the commands that an init runs, as a function of what happens to them: it decides, by
// the policy, who hears a signal, when the whole ends, what is done about those that are left then,
// and with what status we end. It knows no process and no clock: events come in by the methods,
// what is to be done goes out as actions, in their order.
//
//   Running ──(the policy's end, or a signal that ends it)──► Ending ──(alone, or out of time)──►
//   Over
//
// With units around the commands their stop jobs do the ending; this only keeps the account.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "entry/policy.hpp"
#include "entry/signal_rules.hpp"
#include "state/unit_event.hpp"

namespace sctl {

// COMMAND, or one of the files of --run.
struct EntryCommand {
    enum class State : uint8_t { Waiting, Running, Ended };
    std::string name;        // of its unit
    bool is_command = false; // COMMAND, whose status is ours
    State state = State::Waiting;
    pid_t pid = 0; // the last one: it still names the group
    ExitInfo exit;
    bool set_aside = false; // stopped by a verb: that does not end the whole
};

namespace life_action {
struct Send {
    size_t command;
    SignalTarget target;
    int signal;
};
struct EndSessions {};   // TERM to all in the sessions and groups of the commands
struct EndEveryone {};   // TERM to all but us
struct AwaitSessions {}; // alone() when the commands' sessions are empty
struct AwaitEveryone {}; // alone() when we have no child any more
struct KillAwaited {};   // SIGKILL to whom we wait for
struct StopUnits {
    int signal;
}; // and the commands with them; the signal a person sent, or 0
struct RunTrap {
    int signal;
};
struct SuspendSelf {};
struct ArmClock {
    Span span;
}; // out_of_time() after it
struct Tell {
    Note note;
    pid_t pid = 0;
    int number = 0, other = 0;
    std::string text{};
};
struct Finish {}; // status() is final
} // namespace life_action

using LifeAction =
    std::variant<life_action::Send, life_action::EndSessions, life_action::EndEveryone,
                 life_action::AwaitSessions, life_action::AwaitEveryone, life_action::KillAwaited,
                 life_action::StopUnits, life_action::RunTrap, life_action::SuspendSelf,
                 life_action::ArmClock, life_action::Tell, life_action::Finish>;

class CommandLife {
  public:
    // `commands` are still to be started. `has_units`: a manager runs units around them.
    CommandLife(const InitPolicy& policy, std::vector<EntryCommand> commands, bool has_units);

    // Signals that giving our terminal away makes the kernel send us.
    void expect_hand_off(SignalSet signals) { hand_offs_ |= signals; }

    // Whether units run that are to be stopped in order at the end.
    void set_has_units(bool has_units) { has_units_ = has_units; }

    void started(size_t command, pid_t pid);
    // It could not be executed; no process is left of it.
    void not_started(size_t command, int error, const std::string& program);
    // Any process of ours; `by_verb` where a stop or restart was asked for by a client.
    void exited(pid_t pid, ExitInfo exit, bool by_verb);
    void received(int signal);
    // After exited() was called for all that had ended.
    void reaped_all(bool has_children);
    void alone();
    void out_of_time();
    // Nothing is to be started, or all is: whether all is over before it began.
    void all_started();
    // It ends with this status, before anything of it was started.
    void give_up(int status);

    [[nodiscard]] std::vector<LifeAction> take_actions() { return std::exchange(actions_, {}); }
    [[nodiscard]] int status() const;
    // Whether any command or program was started and has not ended.
    [[nodiscard]] bool any_running() const;
    [[nodiscard]] bool over() const noexcept { return phase_ == Phase::Over; }
    [[nodiscard]] bool ending() const noexcept { return phase_ != Phase::Running; }
    // By a signal that has been received, whether or not it was handed on.
    [[nodiscard]] bool asked_to_stop() const noexcept { return asked_to_stop_ != 0; }
    [[nodiscard]] const std::vector<EntryCommand>& commands() const noexcept { return commands_; }

  private:
    enum class Phase : uint8_t { Running, Ending, Over };

    template <class Action>
    void act(Action action) {
        actions_.emplace_back(std::move(action));
    }
    void tell(Note note, int number = 0, int other = 0) {
        act(life_action::Tell{note, 0, number, other});
    }
    void forward(const SignalDecision& decision, int received);
    void ended(EntryCommand& command);
    [[nodiscard]] bool is_at_its_end() const;
    void begin_end(int signal);
    void end_sessions();
    void end_children();
    void finish();
    [[nodiscard]] int status_of(const ExitInfo& exit) const;

    const InitPolicy& policy_;
    std::vector<EntryCommand> commands_;
    bool has_units_;
    Phase phase_ = Phase::Running;
    SignalSet hand_offs_;
    int asked_to_stop_ = 0;            // by this signal
    std::optional<int> first_failure_; // in the order of death
    std::optional<int> forced_status_;
    bool killed_ = false;
    std::vector<LifeAction> actions_;
};

} // namespace sctl
