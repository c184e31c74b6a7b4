#include "os/last_resort.hpp"

#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <ctime>

namespace sctl {
namespace {

constexpr time_t patience = 10; // seconds between SIGTERM and SIGKILL

// True where no child is left.
bool reap_all() noexcept {
    while (true) {
        pid_t pid = waitpid(-1, nullptr, WNOHANG);
        if (pid == 0) return false;
        if (pid < 0) return true;
    }
}

bool is_stop(int signal) noexcept {
    return signal == SIGTERM || signal == SIGINT || signal == SIGRTMIN + 3 ||
           signal == SIGRTMIN + 4;
}

[[noreturn]] void stop_everyone(const sigset_t& all) noexcept {
    kill(-1, SIGTERM);
    kill(-1, SIGCONT);
    timespec begin{};
    clock_gettime(CLOCK_MONOTONIC, &begin);
    while (!reap_all()) {
        timespec now{};
        clock_gettime(CLOCK_MONOTONIC, &now);
        timespec left{patience - (now.tv_sec - begin.tv_sec), 0};
        if (left.tv_sec <= 0) break;
        sigtimedwait(&all, nullptr, &left);
    }
    kill(-1, SIGKILL);
    _exit(1);
}

} // namespace

void last_resort() noexcept {
    sigset_t all;
    sigfillset(&all);
    while (true) {
        reap_all();
        siginfo_t info{};
        int signal = sigwaitinfo(&all, &info);
        if (is_stop(signal)) stop_everyone(all);
    }
}

} // namespace sctl
