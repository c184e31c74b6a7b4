// ServiceRun's part that goes on with what a former manager has started. Its processes are no
// children of ours, unless we are PID 1, and orphans among them never will be: they are known by
// their mark (FormerRun), and looked for in all of /proc whenever it matters.
#include <sys/epoll.h>
#include <unistd.h>

#include "os/process.hpp"
#include "run/service/service_run.hpp"
#include "run/unit.hpp"

namespace sctl {

std::optional<FormerRun> ServiceRun::note() const {
    const ServiceStatus& now = status();
    if (now.main_pid == 0 && now.control_pid == 0 && !now.processes_left) return std::nullopt;
    FormerRun run;
    run.unit = unit_.name().str();
    run.invocation = unit_.invocation_id;
    bool is_oneshot = config().type == ServiceType::Oneshot;
    run.is_up = (now.main_pid > 0 && !is_oneshot) || now.state == ServiceState::Running;
    auto stat = now.main_pid > 0 ? means_.processes.stat(now.main_pid) : std::nullopt;
    if (stat) {
        run.main_pid = now.main_pid;
        run.start_ticks = stat->start_ticks;
    }
    if (former_) {
        run.tag = former_->tag;
        run.control_group = former_->control_group;
        return run;
    }
    run.control_group = means_.processes.control_group(owner());
    if (run.control_group.empty())
        run.tag = means_.processes.place(owner()).tag.value_or(ProcessTag{});
    return run;
}

bool ServiceRun::go_on_with(const FormerRun& run) {
    if (!run.is_up || loaded().load_state != LoadState::Loaded) return false;
    former_ = std::make_unique<FormerRun>(run);
    auto stat = run.main_pid > 0 ? means_.processes.stat(run.main_pid) : std::nullopt;
    bool is_there = stat && !stat->dead() && stat->start_ticks == run.start_ticks;
    pid_t main = is_there ? run.main_pid : 0;
    // Where the main process has ended meanwhile, what is left is for an end, not for a service.
    if (run.main_pid > 0 && main == 0) {
        former_.reset();
        return false;
    }
    bool alien = is_there && stat->parent != getpid();
    if (main > 0) take_main_pid(main, alien);
    meet_former_processes();
    means_.host.post(unit_.id, event::FoundRunning{main, alien});
    return true;
}

void ServiceRun::meet_former_processes() {
    if (!former_) return;
    for (pid_t pid : processes_of(*former_)) {
        if (pid == main_pid() || pid == alien_pid_ || former_processes_.contains(pid)) continue;
        means_.processes.note_process(pid, owner());
        if (is_own_child(pid)) continue;
        auto pidfd = open_pidfd(pid);
        if (!pidfd) continue;
        FormerProcess& process = former_processes_[pid];
        process.pidfd = std::move(*pidfd);
        auto watch = means_.loop.watch(process.pidfd.get(), EPOLLIN,
                                       [this, pid](uint32_t) { former_ended(pid); });
        if (watch) process.watch = std::move(*watch);
    }
}

void ServiceRun::former_ended(pid_t pid) {
    means_.processes.forget_process(pid);
    former_processes_.erase(pid);
    meet_former_processes();
    tell_exits({});
}

Result<void> ServiceRun::kill(bool main, bool control, bool rest, int signal) {
    meet_former_processes();
    return ProcessRun::kill(main, control, rest, signal);
}

} // namespace sctl
