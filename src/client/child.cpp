#include "client/child.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace sctl {

int run_child_program(const std::vector<std::string>& arguments, volatile int* group) {
    std::vector<char*> words;
    for (const auto& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    // Where it is ignored, as a caller may have left it, nobody tells how a child has ended.
    signal(SIGCHLD, SIG_DFL);
    pid_t pid = fork();
    if (pid < 0) return 127;
    if (pid == 0) {
        setpgid(0, 0);
        execvp(words.front(), words.data());
        _exit(127);
    }
    setpgid(pid, pid);
    if (group) *group = pid;
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (group) *group = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace sctl
