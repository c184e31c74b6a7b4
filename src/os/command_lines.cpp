#include "os/command_lines.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "base/files.hpp"
#include "base/text.hpp"
#include "os/process.hpp"
#include "os/spawn.hpp"

namespace sctl {
namespace {

constexpr Span most_time_to_read = 1s;
constexpr size_t most_readings = 4;
constexpr size_t most_text = 16u << 20;

CommandLines::Lines lines_in(std::string_view text) {
    CommandLines::Lines lines;
    while (true) {
        auto end = text.find('\0');
        if (end == std::string_view::npos) return lines;
        auto entry = text.substr(0, end);
        text.remove_prefix(end + 1);
        auto blank = entry.find(' ');
        auto pid = parse_number<pid_t>(entry.substr(0, blank));
        if (pid && blank != std::string_view::npos) lines[*pid] = entry.substr(blank + 1);
    }
}

} // namespace

CommandLines::CommandLines(EventLoop& loop, std::function<void(pid_t)> started)
    : loop_(loop), started_(std::move(started)) {}

void CommandLines::ask(const std::vector<pid_t>& pids, Answered answered) {
    std::list<Reading> one(1); // of ours when nothing can go wrong any more
    auto reading = one.begin();
    if (pids.empty() || readings_.size() >= most_readings || !start(pids, *reading))
        return answered({});
    auto watch = loop_.watch(reading->output.get(), EPOLLIN,
                             [this, reading](uint32_t) { read_output(reading); });
    if (!watch) return answered({});
    reading->watch = std::move(*watch);
    reading->limit =
        loop_.arm(monotonic_now() + most_time_to_read, [this, reading] { finish(reading); });
    reading->answered = std::move(answered);
    readings_.splice(readings_.end(), one);
}

bool CommandLines::start(const std::vector<pid_t>& pids, Reading& reading) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return false;
    reading.output.reset(ends[0]);
    UniqueFd write_end(ends[1]);
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0) return false;
    ExecPlan plan;
    plan.executables = {"/proc/self/exe"};
    plan.arguments = {"sctl-command-lines"};
    for (pid_t pid : pids) plan.arguments.push_back(cat(pid));
    plan.standard_output.kind = StdioPlan::Kind::Descriptor;
    plan.standard_output.fd = write_end.get();
    auto spawned = spawn(std::move(plan));
    if (!spawned) return false;
    started_(spawned->pid);
    if (auto process = open_pidfd(spawned->pid)) reading.process = std::move(*process);
    return true;
}

// Its output ends when it does.
void CommandLines::read_output(Place reading) {
    char buffer[16384];
    while (true) {
        ssize_t count = read(reading->output.get(), buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) return;
        if (count <= 0 || reading->text.size() > most_text) return finish(reading);
        reading->text.append(buffer, static_cast<size_t>(count));
    }
}

void CommandLines::finish(Place reading) {
    if (reading->process) ignore_error(signal_pidfd(reading->process.get(), SIGKILL));
    auto lines = lines_in(reading->text);
    auto answered = std::move(reading->answered);
    readings_.erase(reading);
    answered(lines);
}

int run_command_lines(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        auto pid = parse_number<pid_t>(argv[i]);
        if (!pid || !print(cat(argv[i], ' ', read_process_command_line(*pid), '\0')))
            return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

} // namespace sctl
