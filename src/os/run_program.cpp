#include "os/run_program.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "unit/syntax/environment.hpp"

namespace sctl {
namespace {

std::vector<char*> pointers_to(const std::vector<std::string>& words) {
    std::vector<char*> pointers;
    for (const auto& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
    pointers.push_back(nullptr);
    return pointers;
}

} // namespace

Result<int> run_program(const std::vector<std::string>& arguments, const RunOptions& options) {
    Environment environment;
    for (char** variable = environ; variable && *variable; ++variable) environment.set(*variable);
    environment.merge(options.assignments);
    auto argv = pointers_to(arguments);
    auto here = arguments.front().starts_with('/') ? arguments.front() : "./" + arguments.front();
    auto envp = pointers_to(environment.assignments());
    // Where SIGCHLD is ignored, as a caller may have left it, the kernel keeps no exit status.
    signal(SIGCHLD, SIG_DFL);
    // No handler runs before it can know the group.
    sigset_t all, mask;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &mask);
    volatile int code = 0; // of the child, which shares our memory
    pid_t pid = vfork();
    if (pid == 0) {
        if (options.group) setpgid(0, 0);
        sigprocmask(SIG_SETMASK, &mask, nullptr);
        execvpe(argv[0], argv.data(), envp.data());
        if (errno == ENOENT && options.also_here) execvpe(here.c_str(), argv.data(), envp.data());
        code = errno;
        _exit(127);
    }
    if (pid < 0) code = errno;
    if (options.group) *options.group = pid;
    sigprocmask(SIG_SETMASK, &mask, nullptr);
    if (pid < 0) return errno_error(arguments.front(), code);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) return errno_error("waitpid");
    }
    if (options.group) *options.group = 0;
    if (code != 0) return errno_error(arguments.front(), code);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace sctl
