#include "init/init.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <optional>

#include "base/log.hpp"
#include "base/text.hpp"
#include "entry/init_arguments.hpp"
#include "init/command_init.hpp"
#include "init/engine.hpp"
#include "init/instance_lock.hpp"
#include "init/preparation.hpp"
#include "manager/end_when_alone.hpp"
#include "os/detach.hpp"
#include "os/event_loop.hpp"
#include "os/identity.hpp"
#include "os/last_resort.hpp"
#include "os/run_dir.hpp"
#include "os/signals.hpp"
#include "run/notify.hpp"
#include "unit/syntax/time_span.hpp"
#include "unit/unit_name.hpp"

namespace sctl {
namespace {

// What a signal asks for (systemd(1), "Signals"), where it makes sense in a container.
class SignalHandler {
  public:
    explicit SignalHandler(Manager& manager) : manager_(manager) {}

    void handle(const ReceivedSignal& signal) {
        switch (signal.number) {
            case SIGCHLD: return manager_.reap_soon();
            case SIGTERM:
            case SIGINT: return manager_.shut_down(Objective::Halt, 0, true);
            case SIGHUP: return manager_.reload();
            case SIGWINCH:
                // The kernel's tells of the window's size; a container has no keyboard of its own.
                if (!signal.from_kernel) start("kbrequest.target", JobMode::Replace);
                return;
            case SIGPWR: return start("sigpwr.target", JobMode::Replace);
            default: handle_real_time(signal.number - SIGRTMIN);
        }
    }

  private:
    void handle_real_time(int offset) {
        switch (offset) {
            case 0: return start("default.target", JobMode::Isolate);
            case 1: return start("rescue.target", JobMode::Isolate);
            case 2: return start("emergency.target", JobMode::Isolate);
            case 3:
            case 13: return manager_.shut_down(Objective::Halt, 0, true);
            case 4:
            case 14: return manager_.shut_down(Objective::Poweroff, 0, true);
            case 5:
            case 6:
            case 15:
            case 16: return manager_.shut_down(Objective::Reboot, 0, true);
            case 20: return manager_.set_show_status(true);
            case 21: return manager_.set_show_status(false);
            case 22: return manager_.set_log_level(LogLevel::Debug);
            case 23: return manager_.set_log_level(std::nullopt);
            default: return; // blocked, and without meaning
        }
    }

    void start(std::string_view target, JobMode mode) {
        auto job = manager_.add_job(JobType::Start, target, mode, false);
        if (!job) log_warning("Failed to start ", target, ": ", job.error().text);
    }

    Manager& manager_;
};

// Tells a starter that waits for a manager in the background; nobody waits for any other.
class Starter {
  public:
    explicit Starter(std::optional<Readiness> readiness) : readiness_(std::move(readiness)) {}

    [[nodiscard]] bool waits() const noexcept { return readiness_.has_value(); }
    void tell_ready() {
        if (readiness_) readiness_->ready();
        readiness_.reset();
    }
    void tell_failed(std::string_view why) {
        if (readiness_) readiness_->failed(why);
        readiness_.reset();
    }

  private:
    std::optional<Readiness> readiness_;
};

// Runs until everything has stopped. All that is to be there before is: /run, the lock, our name.
int run_manager(const ManagerOptions& options, bool ends_alone, Starter starter) {
    EventLoop loop;
    auto signal_fd = open_signal_fd();
    if (!signal_fd) {
        log_error("Failed to read signals: ", signal_fd.error().text);
        return EXIT_FAILURE;
    }
    Engine engine(loop, options);
    Manager& manager = engine.manager();
    SignalHandler signals(manager);
    std::optional<EndWhenAlone> end_when_alone;
    if (ends_alone) end_when_alone.emplace(manager);
    auto watch = loop.watch(
        signal_fd->get(), EPOLLIN,
        [&](uint32_t) {
            read_signals(signal_fd->get(),
                         [&](const ReceivedSignal& signal) { signals.handle(signal); });
        },
        -6);
    if (!watch) log_error("Failed to watch signals: ", watch.error().text);
    auto listening = engine.serve();
    if (!listening && starter.waits()) {
        starter.tell_failed(listening.error().text);
        manager.shut_down(Objective::Exit, EXIT_FAILURE, false);
    }
    if (!options.is_pid1) {
        engine.output().manager_line(
            LogLevel::Notice, {},
            cat("Running as process ", getpid(),
                ", not as PID 1: services are stopped in order only while this process lives."));
    }
    manager.boot([&] {
        starter.tell_ready();
        hint_at_commands(manager, options.units);
    });
    // Children that a former program of this process left, some of them dead already.
    manager.reap();
    loop.run();
    return manager.exit_status();
}

int run_in_foreground(ManagerOptions options, bool ends_alone) {
    // The caller's directory is no business of ours, nor to be held.
    [[maybe_unused]] int changed = chdir("/");
    auto lock = claim_instance(options);
    return lock ? run_manager(options, ends_alone, Starter({})) : EXIT_FAILURE;
}

// Without a lock or a socket no client could reach it: such a manager is none.
int run_in_background(const ManagerOptions& options, bool ends_alone) {
    Root root = options.root();
    secure_descriptors();
    auto prepared = prepare_run_directory(root);
    auto lock = prepared ? lock_instance(root) : Result<UniqueFd>(prepared.error());
    if (!lock && lock.error().code == EBUSY) return EXIT_SUCCESS;
    auto detached = lock ? detach(root) : Result<std::optional<Readiness>>(lock.error());
    if (!detached) {
        log_error("Failed to start a manager in the background: ", detached.error().text);
        return EXIT_FAILURE;
    }
    if (!*detached) return EXIT_SUCCESS;
    Starter starter(std::move(*detached));
    prepared = prepare_run(root, false);
    if (!prepared) log_warning("Failed to prepare /run: ", prepared.error().text);
    set_process_name("systemctl"); // else "exe", the last part of what was executed
    if (root.is_machine()) write_container_name(root);
    return run_manager(options, ends_alone, std::move(starter));
}

} // namespace

int run_init(const std::vector<std::string>& arguments, const SignalState& signals) {
    ParsedRequest parsed = parse_init_arguments(arguments);
    if (!parsed.ends && parsed.request.options.background) {
        // Nothing of the caller's: what its environment asked for as well.
        reset_inherited(Root());
        parsed = parse_init_arguments(arguments);
    }
    if (parsed.request.debug) {
        set_log_level(LogLevel::Debug);
        parsed.request.options.log_level = LogLevel::Debug;
    }
    if (parsed.ends || parsed.request.has_show) return run_parsed(std::move(parsed), signals);
    ManagerOptions& options = parsed.request.options;
    options.is_pid1 = getpid() == 1;
    if (options.is_pid1) set_process_name("systemd");
    if (options.background && options.is_pid1) {
        log_error("systemctl init: PID 1 cannot go into the background.");
        return EXIT_FAILURE;
    }
    if (const char* outer = getenv("NOTIFY_SOCKET")) {
        options.notify_socket = outer;
        unsetenv("NOTIFY_SOCKET"); // it is ours, not our services'
    }
    bool leaves = options.background, ends_alone = parsed.request.ends_alone;
    options.background |= parsed.request.boots_nothing;
    try {
        if (!leaves) {
            if (auto ended = prepare(parsed.request)) return *ended;
        }
        return leaves ? run_in_background(options, ends_alone)
                      : run_in_foreground(options, ends_alone);
    } catch (const std::exception& error) {
        log_error("The manager cannot go on: ", error.what());
        if (getpid() != 1) return EXIT_FAILURE;
        last_resort();
    }
}

} // namespace sctl
