#include "manager/end_when_alone.hpp"

#include <sys/epoll.h>

#include <algorithm>

#include "os/process.hpp"
#include "os/remaining_processes.hpp"

namespace sctl {

EndWhenAlone::EndWhenAlone(Manager& manager)
    : manager_(manager), turn_(manager.loop(), [this] { look(); }) {
    manager.add_observer(this);
}

EndWhenAlone::~EndWhenAlone() {
    manager_.remove_observer(this);
}

// Once for all that this turn brings.
void EndWhenAlone::look_soon() {
    if (!turn_.armed()) turn_.arm(Span{});
}

void EndWhenAlone::look() {
    if (awaits_processes()) return;
    pid_t capture = manager_.output().process();
    std::set<pid_t> own;
    if (capture > 0) own.insert(capture);
    // The end of a child of ours makes us look again.
    if (has_children_but(own)) return;
    auto outsiders = everyone_else(own);
    if (!outsiders.empty()) return await_outsider(outsiders.front());
    manager_.shut_down(Objective::Exit, manager_.status_of_units(), false);
}

bool EndWhenAlone::awaits_processes() const {
    auto state = manager_.state();
    if (state != SystemState::Running && state != SystemState::Degraded &&
        state != SystemState::Maintenance)
        return true;
    if (!manager_.jobs().empty()) return true;
    return std::ranges::any_of(manager_.units(), [](const auto& unit) {
        return unit && (unit->active == ActiveState::Activating ||
                        unit->active == ActiveState::Deactivating ||
                        unit->active == ActiveState::Reloading);
    });
}

void EndWhenAlone::await_outsider(pid_t pid) {
    auto& loop = manager_.loop();
    watch_.stop();
    auto pidfd = open_pidfd(pid);
    if (!pidfd) return look_soon();
    outsider_ = std::move(*pidfd);
    auto watch = loop.watch(outsider_.get(), EPOLLIN, [this](uint32_t) {
        watch_.stop();
        look_soon();
    });
    if (watch) watch_ = std::move(*watch);
}

} // namespace sctl
