#include "client/calls/launch.hpp"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/text.hpp"
#include "os/pid1.hpp"
#include "os/process.hpp"
#include "os/spawn.hpp"

namespace sctl {
namespace {

// spawn() wants every signal blocked.
class SignalsBlocked {
  public:
    SignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        sigprocmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

  private:
    sigset_t before_{};
};

// Where SIGCHLD is ignored, as a caller may have left it, nobody tells how a child has ended.
void want_exit_statuses() {
    struct sigaction initial {};
    initial.sa_handler = SIG_DFL;
    sigaction(SIGCHLD, &initial, nullptr);
}

Result<void> wait_for_exit(pid_t pid, Span timeout) {
    auto process = open_pidfd(pid);
    pollfd wait{process ? process->get() : -1, POLLIN, 0};
    if (process && poll(&wait, 1, static_cast<int>(timeout / 1ms)) == 0) {
        return errno_error("launching a manager", ETIMEDOUT);
    }
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) return errno_error("waitpid");
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    return errno_error("launching a manager", ECHILD);
}

} // namespace

bool is_unmanaged(const ClientRequest& request) {
    if (request.user || request.remote) return false;
    return !request.instance.empty() || !pid1_is_manager(Root());
}

bool may_launch(const ClientRequest& request) {
    return geteuid() == 0 || !request.instance.empty();
}

Result<void> launch_manager(const ClientRequest& request, Span timeout) {
    ExecPlan plan;
    plan.executables = {"/proc/self/exe"};
    plan.arguments = {"systemctl", "init", "--background"};
    if (!request.instance.empty()) plan.arguments.push_back(cat("--instance=", request.instance));
    plan.standard_error.kind = StdioPlan::Kind::Inherit;
    plan.ignore_sigpipe = false;
    want_exit_statuses();
    SignalsBlocked blocked;
    auto spawned = spawn(plan);
    if (!spawned) return spawned.error();
    return wait_for_exit(spawned->pid, timeout);
}

} // namespace sctl
