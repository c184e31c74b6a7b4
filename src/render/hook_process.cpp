#include "render/hook_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/log.hpp"
#include "base/text.hpp"
#include "os/process.hpp"
#include "os/spawn.hpp"
#include "render/output_file.hpp"

namespace sctl {
namespace {

constexpr size_t longest_answer = size_t{16} << 20;
constexpr size_t longest_line = 4096;

struct Pipe {
    UniqueFd read_end, write_end;
    // Ours does not block.
    bool open(bool we_read) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) < 0) return false;
        read_end.reset(ends[0]);
        write_end.reset(ends[1]);
        return fcntl(ends[we_read ? 0 : 1], F_SETFL, O_NONBLOCK) == 0;
    }
};

StdioPlan descriptor_plan(int fd) {
    StdioPlan plan;
    plan.kind = StdioPlan::Kind::Descriptor;
    plan.fd = fd;
    return plan;
}

std::vector<std::string> places_of(const std::string& program) {
    if (program.find('/') != program.npos) return {program};
    std::vector<std::string> places;
    const char* path = getenv("PATH");
    for (std::string_view directory : split(path ? path : "/usr/local/bin:/usr/bin:/bin", ":"))
        places.push_back(cat(directory, "/", program));
    return places;
}

// False at the end.
bool read_into(const UniqueFd& fd, std::string& text) {
    char buffer[16384];
    while (true) {
        ssize_t count = read(fd.get(), buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return errno == EAGAIN;
        if (count == 0) return false;
        text.append(buffer, static_cast<size_t>(count));
        if (text.size() > longest_answer) return true;
    }
}

} // namespace

HookProcess::~HookProcess() {
    input_.reset();
    if (pid_ == 0) return;
    kill(-pid_, SIGTERM);
    wait_until_it_ends();
    end(SIGKILL);
}

void HookProcess::wait_until_it_ends() noexcept {
    Span deadline = monotonic_now() + ending_grace();
    // Without a descriptor of the process, on an old kernel, by looking now and then.
    constexpr int longest_milliseconds = 50;
    for (Span now = monotonic_now(); now < deadline && !has_ended(); now = monotonic_now()) {
        pollfd waiting = {process_.get(), POLLIN, 0};
        auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now).count();
        poll(&waiting, 1, static_cast<int>(std::min<int64_t>(left, longest_milliseconds)));
    }
}

Result<void> HookProcess::start(const std::vector<std::string>& words, Answers answers) {
    answers_ = answers;
    Pipe input, output, errors;
    if (!input.open(false) || !output.open(true) || !errors.open(true)) return errno_error("pipe");
    ExecPlan plan;
    plan.executables = places_of(words.front());
    plan.arguments = words;
    plan.fall_back_to_shell = true;
    plan.working_directory.clear();
    for (char** variable = environ; *variable; ++variable) plan.environment.emplace_back(*variable);
    plan.standard_input = descriptor_plan(input.read_end.get());
    plan.standard_error = descriptor_plan(errors.write_end.get());
    if (answers == Answers::Output) {
        plan.standard_output = descriptor_plan(output.write_end.get());
    } else {
        plan.standard_output.kind = StdioPlan::Kind::Inherit;
        plan.extra_descriptors = {output.write_end.get()};
    }
    plan.leads = Leads::Group;
    plan.ignore_sigpipe = false;
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    auto spawned = spawn(std::move(plan));
    if (spawned) {
        pid_ = spawned->pid;
        end_with_us(pid_);
        await_spawn_report(*spawned, infinity);
    }
    sigprocmask(SIG_SETMASK, &before, nullptr);
    if (!spawned) return spawned.error();
    if (auto process = open_pidfd(pid_)) process_ = std::move(*process);
    if (spawned->report.failure) {
        int code = spawned->report.failure->code;
        end(SIGKILL);
        return errno_error(words.front(), code);
    }
    input_ = std::move(input.write_end);
    output_ = std::move(output.read_end);
    errors_ = std::move(errors.read_end);
    return {};
}

void HookProcess::end(int signal) noexcept {
    kill(-pid_, signal);
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
    status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    pid_ = 0;
    end_with_us(0);
}

bool HookProcess::has_ended() noexcept {
    siginfo_t info{};
    return waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == pid_;
}

// A whole line for each line; what is too long is broken. They are
// said where only errors are, too.
void HookProcess::take_lines(const std::string& name, bool is_last) {
    while (true) {
        size_t end = std::min(lines_.find('\n'), longest_line);
        if (end > lines_.size()) break;
        if (end == longest_line && lines_.size() <= longest_line) break;
        log_error(name, ": ", std::string_view(lines_).substr(0, end));
        lines_.erase(0, lines_[end] == '\n' ? end + 1 : end);
    }
    if (!is_last || lines_.empty()) return;
    log_error(name, ": ", lines_);
    lines_.clear();
}

void HookProcess::give(std::string_view& input) {
    ssize_t written = write(input_.get(), input.data(), input.size());
    if (written > 0) input.remove_prefix(static_cast<size_t>(written));
    // One that does not read what it is given has all that it wants.
    if (written < 0 && errno != EAGAIN && errno != EINTR) input = {};
    if (input.empty() && answers_ == Answers::Output) input_.reset();
}

bool HookProcess::has_answer() const {
    return answers_ == Answers::Descriptor3 && answer_.find('\n') != answer_.npos;
}

Result<std::string> HookProcess::ask(std::string_view input, const std::string& name,
                                     Span at_most) {
    Span deadline = at_most == infinity ? infinity : monotonic_now() + at_most;
    answer_.clear();
    bool ended = false;
    while (!ended && !has_answer()) {
        pollfd waiting[] = {{input.empty() ? -1 : input_.get(), POLLOUT, 0},
                            {output_.get(), POLLIN, 0},
                            {errors_.get(), POLLIN, 0},
                            {process_.get(), POLLIN, 0}};
        Span left = deadline == infinity ? infinity : deadline - monotonic_now();
        if (left <= Span(0)) {
            end(SIGKILL);
            take_lines(name, true);
            return Error{ETIMEDOUT, "has not ended in time", {}};
        }
        auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(left).count();
        poll(waiting, std::size(waiting),
             left == infinity ? -1 : static_cast<int>(std::min<int64_t>(milliseconds, 1 << 30)));
        ended = has_ended();
        if (waiting[0].revents != 0) give(input);
        if (output_ && (waiting[1].revents != 0 || ended) && !read_into(output_, answer_))
            output_.reset();
        if (errors_ && (waiting[2].revents != 0 || ended) && !read_into(errors_, lines_))
            errors_.reset();
        take_lines(name, ended);
        if (answer_.size() > longest_answer) {
            end(SIGKILL);
            return Error{EMSGSIZE, "has answered too much", {}};
        }
    }
    if (ended) {
        int status = 0;
        while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
        status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        pid_ = 0;
        end_with_us(0);
        if (answers_ == Answers::Descriptor3 && !has_answer())
            return Error{EPIPE, cat("has ended with status ", status_), {}};
    }
    return std::move(answer_);
}

} // namespace sctl
