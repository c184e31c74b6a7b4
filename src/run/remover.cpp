#include "run/remover.hpp"

#include <csignal>
#include <utility>

#include "base/log.hpp"
#include "os/spawn.hpp"

namespace sctl {
namespace {

constexpr size_t most_removals_at_once = 8;
constexpr Span longest_removal = 90s; // of a disk that does not answer, DefaultTimeoutStopSec=
constexpr Span pause_before_retry = 1s;
constexpr std::string_view remover_program = "sctl-remove";

} // namespace

Remover::Remover(EventLoop& loop, ServiceOutput& output, std::function<void(pid_t)> started)
    : loop_(loop), output_(output), started_(std::move(started)) {}

void Remover::remove(const std::string& unit, std::vector<std::string> paths,
                     std::function<void()> done) {
    waiting_.push_back({unit, std::move(paths), std::move(done), {}});
    start_some();
}

// One that cannot be started, for want of processes or memory, is tried again.
void Remover::start_some() {
    while (!waiting_.empty() && running_.size() < most_removals_at_once) {
        if (!start(waiting_.front())) return retry_.arm(monotonic_now() + pause_before_retry);
        waiting_.pop_front();
    }
}

bool Remover::start(Removal& removal) {
    ExecPlan plan;
    plan.executables = {"/proc/self/exe"};
    plan.arguments = {std::string(remover_program)};
    plan.arguments.insert(plan.arguments.end(), removal.paths.begin(), removal.paths.end());
    auto stream = output_.open_stream(removal.unit, remover_program, {});
    if (stream) {
        plan.standard_output.kind = StdioPlan::Kind::Descriptor;
        plan.standard_output.fd = stream->write_end.get();
        plan.standard_error.kind = StdioPlan::Kind::Stdout;
    }
    // All memory first: a process that is not noted would be forgotten.
    std::map<pid_t, Removal> entry;
    auto& kept = entry[0];
    auto spawned = spawn(plan);
    if (!spawned) return false;
    pid_t pid = spawned->pid;
    kept = std::move(removal);
    auto node = entry.extract(entry.begin());
    node.key() = pid;
    auto at = running_.insert(std::move(node)).position;
    run_insistently("noting a process that removes files", [&] {
        started_(pid);
        if (stream) output_.set_stream_pid(stream->id, pid);
        at->second.limit =
            loop_.arm(monotonic_now() + longest_removal, [this, pid] { give_up(pid); });
    });
    return true;
}

// A process stuck in the kernel survives SIGKILL; do not wait for it.
void Remover::give_up(pid_t pid) {
    auto found = running_.find(pid);
    if (found == running_.end()) return;
    log_warning(found->second.unit, ": Removing its files takes too long; going on.");
    kill(pid, SIGKILL);
    auto done = std::move(found->second.done);
    running_.erase(found);
    if (done) done();
    start_some();
}

bool Remover::process_exited(const ProcessExit& exit) {
    auto found = running_.find(exit.pid);
    if (found == running_.end()) return false;
    auto done = std::move(found->second.done);
    running_.erase(found);
    if (done) done();
    start_some();
    return true;
}

} // namespace sctl
