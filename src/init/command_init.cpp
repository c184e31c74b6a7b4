#include "init/command_init.hpp"

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <memory>

#include "base/files.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "entry/command_mode.hpp"
#include "entry/launch.hpp"
#include "entry/notices.hpp"
#include "entry/wording.hpp"
#include "init/engine.hpp"
#include "init/instance_lock.hpp"
#include "init/preparation.hpp"
#include "os/last_resort.hpp"
#include "os/memory.hpp"
#include "os/run_dir.hpp"
#include "os/unix_socket.hpp"

namespace sctl {
namespace {

// The way of one init with a command, from its start to its status.
class CommandInit {
  public:
    explicit CommandInit(InitRequest request)
        : request_(std::move(request)), mode_(loop_, request_) {}

    int run() {
        bool has_units = !request_.options.units.empty();
        if (has_units) {
            if (!begin_with_units()) return EXIT_FAILURE;
        } else {
            mode_.start();
        }
        if (!mode_.over()) attend(has_units);
        write_termination_log("/dev/termination-log", termination_message(mode_.life()));
        return mode_.status();
    }

  private:
    // False where there is another manager.
    bool begin_with_units() {
        auto lock = claim_instance(request_.options);
        if (!lock) return false;
        lock_ = std::move(*lock);
        ManagerOptions options = request_.options;
        options.units_end = UnitsEnd::Never;
        options.notify_socket.clear(); // the command is not up yet when the units are
        mode_.let_go_of_terminal();
        make_engine(options);
        (void)engine_->serve();
        engine_->manager().boot([this] {
            hint_at_commands(engine_->manager(), request_.options.units);
            mode_.check_units();
        });
        // Children that a former program of this process has left, some of them dead already.
        engine_->manager().reap();
        return true;
    }

    void make_engine(const ManagerOptions& options) {
        engine_.emplace(loop_, options, [this](Manager& manager) { mode_.introduce(manager); });
    }

    void attend(bool has_units) {
        auto signals = open_signal_fd();
        if (!signals) return last_resort();
        auto watch = loop_.watch(
            signals->get(), EPOLLIN,
            [&](uint32_t) {
                read_signals(signals->get(),
                             [&](const ReceivedSignal& signal) { mode_.handle(signal); });
            },
            -6);
        if (!watch) return last_resort();
        if (!has_units && (request_.policy.serves_wire || getpid() == 1)) listen();
        // What idles for months need not hold what its start took.
        loop_.defer([] { release_idle_memory(); });
        loop_.run();
    }

    // There is no place for a socket, or another manager is there: then there are no verbs, and all
    // else goes on.
    void listen() {
        auto opened = try_twice([this] { return open_listener(); });
        if (!opened) return log_debug("No socket for systemctl: ", opened.error().text);
        auto watch = loop_.watch(listener_.get(), EPOLLIN, [this](uint32_t) {
            listener_watch_.stop();
            loop_.defer([this] { begin_to_serve(); });
        });
        if (watch) listener_watch_ = std::move(*watch);
    }

    Result<void> open_listener() {
        auto place = find_run_place(request_.options.root());
        if (!place) return place.error();
        request_.options.run_place = place->run_place();
        if (!lock_) {
            auto lock = lock_instance(*place);
            if (!lock) return lock.error();
            lock_ = std::move(*lock);
        }
        auto socket = bind_unix_socket(place->at("/run/systemd/private"), SOCK_STREAM, 0666);
        if (!socket) return socket.error();
        listener_ = std::move(*socket);
        return {};
    }

    // The first client is at the door.
    void begin_to_serve() {
        auto prepared = prepare_run_directory(request_.options.root());
        if (!prepared) log_warning("Failed to prepare /run: ", prepared.error().text);
        ManagerOptions options = request_.options;
        options.background = true;
        options.units_end = UnitsEnd::Never;
        options.show_status = false;
        options.notify_socket.clear();
        make_engine(options);
        engine_->manager().boot([this] {
            mode_.hand_over();
            // Once the units have their processes.
            loop_.defer([this] { (void)engine_->serve(std::move(listener_)); });
        });
    }

    EventLoop loop_;
    InitRequest request_;
    UniqueFd lock_, listener_;
    Watch listener_watch_;
    std::optional<Engine> engine_; // outlived by the mode, which lets go of it first
    CommandMode mode_;
};

// --no-init: as if we had never been.
int become_command(const InitRequest& request) {
    auto plan = plan_command(request, request.command, {});
    std::vector<char*> arguments;
    for (auto& word : plan.arguments) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    int code = ENOENT;
    for (const auto& path : plan.executables) {
        execve(path.c_str(), arguments.data(), environ);
        if (errno == EACCES)
            code = EACCES;
        else if (errno != ENOENT && errno != ENOTDIR)
            code = errno;
    }
    NoteValues values{.number = code, .text = request.command.front()};
    tell(request.policy, Note::ExecFailed, values);
    return code == ENOENT ? request.policy.not_found_status : request.policy.not_executable_status;
}

} // namespace

int run_command_init(InitRequest request) {
    const InitPolicy& policy = request.policy;
    bool is_first = getpid() == 1;
    request.options.is_pid1 = is_first;
    if (policy.must_be_first && !is_first) {
        tell(policy, Note::MustBeFirst, {});
        return EXIT_FAILURE;
    }
    if (request.replaces_us) {
        auto ended = prepare(request);
        return ended ? *ended : become_command(request);
    }
    if (const char* outer = getenv("NOTIFY_SOCKET")) {
        request.options.notify_socket = outer;
        unsetenv("NOTIFY_SOCKET");
    }
    int is_reaper = is_first;
    if (!is_first && policy.subreaper) is_reaper = become_subreaper().has_value();
    if (!is_reaper) prctl(PR_GET_CHILD_SUBREAPER, &is_reaper);
    if (!is_first && policy.subreaper) tell(policy, Note::Subreaper, {});
    if (!is_reaper) tell(policy, Note::NotFirst, {});
    if (policy.death_signal != 0) prctl(PR_SET_PDEATHSIG, policy.death_signal);
    try {
        if (auto ended = prepare(request)) return *ended;
        return CommandInit(std::move(request)).run();
    } catch (const std::exception& error) {
        log_error("The init cannot go on: ", error.what());
        if (!is_first) return EXIT_FAILURE;
        last_resort();
    }
}

int run_parsed(ParsedRequest parsed, const SignalState& signals) {
    print(parsed.out);
    (void)!write(STDERR_FILENO, parsed.err.data(), parsed.err.size());
    if (parsed.ends) return *parsed.ends;
    parsed.request.signals = signals;
    return run_command_init(std::move(parsed.request));
}

} // namespace sctl
