#include "run/unit_run.hpp"

#include <variant>

namespace sctl {
namespace {

struct Worst {
    Answer operator()(const action::Spawn&) const { return event::SpawnFailed{"out of memory"}; }
    Answer operator()(const action::SpawnCleaner&) const {
        return event::SpawnFailed{"out of memory"};
    }
    Answer operator()(const action::SendSignal&) const { return event::SignalSent{true}; }
    Answer operator()(const action::ReadPidFile&) const {
        return event::PidFileRead{.pid = Error{ENOMEM, {}, {}}};
    }
    Answer operator()(const action::WatchPidFile&) const {
        return event::PidFileWatchFailed{"out of memory"};
    }
    Answer operator()(const action::GuessMainPid&) const { return event::MainPidGuessed{0, false}; }
    Answer operator()(const action::WaitIdle&) const { return event::IdleReached{}; }
    Answer operator()(const action::EnqueueRestartJob&) const {
        return event::RestartJobRefused{"out of memory", true};
    }
    Answer operator()(const action::OpenSockets&) const {
        return event::SocketsOpened{"out of memory"};
    }
    Answer operator()(const action::ChownSockets&) const { return event::SocketsChowned{1}; }
    Answer operator()(const action::WatchSockets&) const {
        return event::SocketsWatched{"out of memory"};
    }
    Answer operator()(const action::TakeConnection&) const {
        return event::ConnectionTaken{"out of memory"};
    }
    Answer operator()(const action::StartInstance&) const {
        return event::InstanceRefused{"out of memory"};
    }
    Answer operator()(const action::WatchPaths&) const {
        return event::PathsSeen{{}, "out of memory"};
    }
    Answer operator()(const action::ReadStamp&) const { return event::StampRead{}; }
    Answer operator()(const action::StartTriggered&) const {
        return event::TriggerRefused{"out of memory", "out of memory"};
    }
    template <class Other>
    Answer operator()(const Other&) const {
        return std::nullopt; // the machine does not wait
    }
};

} // namespace

Answer answer_without_memory(const UnitAction& action) noexcept {
    return std::visit(Worst{}, action);
}

Result<void> UnitRun::take_connection(UniqueFd, UnitId) {
    return errno_error("connection", EINVAL);
}

Result<void> UnitRun::kill(bool, bool, bool, int) {
    return errno_error("kill", ESRCH);
}

} // namespace sctl
