#include "init/preparation.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/glob.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "os/event_loop.hpp"
#include "os/reaper.hpp"
#include "os/signals.hpp"
#include "os/spawn.hpp"

namespace sctl {
namespace {

constexpr size_t longest_result = size_t{8} << 20;

bool is_there(const std::string& path) {
    struct stat info {};
    return lstat(path.c_str(), &info) == 0;
}

bool is_template(const std::string& word) {
    for (std::string_view sign : {"{{", "{%", "{#"})
        if (word.find(sign) != word.npos) return true;
    return false;
}

// Most images have nothing of all this: then no process is made for it.
bool has_work(const InitRequest& request) {
    if (std::ranges::any_of(request.command, is_template)) return true;
    const char* skips = getenv("SKIP_ENTRYPOINT");
    if (skips && *skips != '\0') return false;
    const PreparationPlan& plan = request.preparation;
    return is_there(plan.variables) || is_there(plan.templates) || is_there(plan.hooks);
}

std::string milliseconds_text(Span span) {
    if (span == infinity) return "infinity";
    return cat(std::chrono::ceil<std::chrono::milliseconds>(span).count());
}

class PreparationRun {
  public:
    explicit PreparationRun(InitRequest& request) : request_(request) {}

    std::optional<int> run() {
        auto signals = open_signal_fd();
        auto started = signals ? start() : Result<void>(signals.error());
        if (!started) {
            log_error("Failed to prepare the image: ", started.error().text);
            return EXIT_FAILURE;
        }
        auto watch = loop_.watch(signals->get(), EPOLLIN, [&](uint32_t) {
            read_signals(signals->get(), [this](const ReceivedSignal& got) { handle(got.number); });
        });
        auto reading = loop_.watch(result_.get(), EPOLLIN, [&](uint32_t) { read_result(); });
        if (!watch || !reading) {
            log_error("Failed to prepare the image: ", (watch ? reading : watch).error().text);
            kill(pid_, SIGKILL);
            return EXIT_FAILURE;
        }
        result_watch_ = std::move(*reading);
        handle(SIGCHLD); // it may have ended before the signal was watched
        while (pid_ != 0 || result_) loop_.run_once();
        if (status_ != 0) return status_;
        take_result();
        return std::nullopt;
    }

  private:
    Result<void> start() {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) < 0) return errno_error("pipe");
        result_.reset(ends[0]);
        UniqueFd write_end(ends[1]);
        if (fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0) return errno_error("pipe");
        const PreparationPlan& wanted = request_.preparation;
        ExecPlan plan;
        plan.executables = {"/proc/self/exe"};
        plan.arguments = {"sctl-prepare",
                          wanted.variables,
                          wanted.templates,
                          wanted.output,
                          wanted.jinja,
                          wanted.hooks,
                          milliseconds_text(wanted.hooks_timeout),
                          milliseconds_text(grace()),
                          request_.policy.verbosity < 0 ? "quiet" : "usual"};
        plan.arguments.insert(plan.arguments.end(), request_.command.begin(),
                              request_.command.end());
        for (char** variable = environ; *variable; ++variable)
            plan.environment.emplace_back(*variable);
        plan.working_directory.clear();
        plan.standard_output.kind = plan.standard_error.kind = StdioPlan::Kind::Inherit;
        plan.extra_descriptors = {write_end.get()};
        plan.leads = Leads::Group;
        plan.ignore_sigpipe = false;
        auto spawned = spawn(std::move(plan));
        if (!spawned) return spawned.error();
        pid_ = spawned->pid;
        return {};
    }

    // Of a hook that is told to end: most of what the engine gives us, where we know that.
    [[nodiscard]] Span grace() const {
        constexpr Span usual = std::chrono::seconds(5);
        const auto& engines = request_.options.stop_grace;
        return engines && *engines != infinity ? *engines * 4 / 5 : usual;
    }

    void handle(int signal) {
        if (signal == SIGTERM || signal == SIGINT || signal == SIGQUIT) {
            // The kernel's SIGINT of a terminal does not reach its group.
            if (pid_ != 0) kill(pid_, signal == SIGQUIT ? SIGTERM : signal);
        }
        if (signal != SIGCHLD) return;
        while (reap_exited([this](const ProcessExit& exit) { ended(exit); }) == Reaping::More)
            continue;
    }

    void ended(const ProcessExit& exit) {
        if (exit.pid != pid_) return;
        pid_ = 0;
        status_ = exit.code == CLD_EXITED ? exit.status : 128 + exit.status;
    }

    void read_result() {
        char buffer[16384];
        ssize_t count = read(result_.get(), buffer, sizeof buffer);
        if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
        if (count > 0) text_.append(buffer, static_cast<size_t>(count));
        if (count > 0 && text_.size() <= longest_result) return;
        if (count > 0) {
            log_error("The command has become too long.");
            if (pid_ != 0) kill(pid_, SIGKILL);
        }
        result_watch_.stop();
        result_.reset();
    }

    void take_result() {
        std::vector<std::string> words;
        for (std::string_view rest = text_; !rest.empty();) {
            size_t end = std::min(rest.find('\0'), rest.size());
            std::string record(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
            if (record.starts_with('w')) {
                words.push_back(record.substr(1));
            } else if (record.starts_with('=')) {
                size_t equals = record.find('=', 1);
                if (equals == record.npos) continue;
                setenv(record.substr(1, equals - 1).c_str(), record.c_str() + equals + 1, 1);
            } else if (record.starts_with('-')) {
                unsetenv(record.c_str() + 1);
            }
        }
        if (words.size() == request_.command.size()) request_.command = std::move(words);
    }

    InitRequest& request_;
    EventLoop loop_;
    UniqueFd result_;
    Watch result_watch_;
    std::string text_;
    pid_t pid_ = 0;
    int status_ = 0;
};

} // namespace

std::optional<int> prepare(InitRequest& request) {
    if (!request.preparation.wanted || !has_work(request)) return std::nullopt;
    return PreparationRun(request).run();
}

} // namespace sctl
