#include "os/run_program.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "unit/environment.hpp"

namespace sctl {
namespace {

std::vector<char*> pointers_to(const std::vector<std::string>& words) {
    std::vector<char*> pointers;
    for (const auto& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
    pointers.push_back(nullptr);
    return pointers;
}

} // namespace

Result<int> run_program(const std::vector<std::string>& arguments,
                        const std::vector<std::string>& assignments) {
    Environment environment;
    for (char** variable = environ; variable && *variable; ++variable) environment.set(*variable);
    environment.merge(assignments);
    auto argv = pointers_to(arguments);
    auto envp = pointers_to(environment.assignments());
    pid_t pid = 0;
    if (int code = posix_spawn(&pid, argv[0], nullptr, nullptr, argv.data(), envp.data())) {
        return errno_error(arguments.front(), code);
    }
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) return errno_error("waitpid");
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace sctl
