// A real manager over a directory of a test's own: unit files are written into it, processes are
// real, the loop is turned by hand until a condition holds.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "manager/manager.hpp"
#include "os/event_loop.hpp"
#include "os/run_dir.hpp"
#include "run/service/service_run.hpp"
#include "temporary_directory.hpp"

// Output goes nowhere; the manager's own lines are kept.
class CollectedOutput : public sctl::ServiceOutput {
  public:
    sctl::Result<Stream> open_stream(std::string_view, std::string_view, Level) override {
        if (fail_with) return sctl::errno_error("pipe", fail_with);
        return Stream{sctl::UniqueFd(open("/dev/null", O_WRONLY | O_CLOEXEC)), 0};
    }
    void set_stream_pid(StreamId, pid_t) override {}
    void process_exited(pid_t) override {}
    pid_t process() const override { return 0; }
    void manager_line(sctl::LogLevel, std::string_view, std::string_view text) override {
        lines.emplace_back(text);
    }
    [[nodiscard]] bool said(std::string_view text) const {
        for (const auto& line : lines) {
            if (line.find(text) != std::string::npos) return true;
        }
        return false;
    }

    std::vector<std::string> lines;
    int fail_with = 0; // an errno value for the next streams
};

class ManagerWorld {
  public:
    // Signals are blocked as in the real program: spawn() relies on it. `introduce` may give the
    // manager transient units before it loads any.
    explicit ManagerWorld(std::function<void(sctl::Manager&)> introduce = {})
        : introduce_(std::move(introduce)) {
        sigset_t all;
        sigfillset(&all);
        sigprocmask(SIG_SETMASK, &all, &former_mask_);
        (void)!sctl::become_subreaper().has_value();
    }
    virtual ~ManagerWorld() {
        close();
        sigprocmask(SIG_SETMASK, &former_mask_, nullptr);
    }
    ManagerWorld(const ManagerWorld&) = delete;
    ManagerWorld& operator=(const ManagerWorld&) = delete;
    void stop_all() {
        manager_->shut_down(sctl::Objective::Exit, 0, false);
        run_until([] { return false; }, std::chrono::seconds(3));
    }

    void write(std::string_view name, std::string_view text) {
        files.write(std::string("/etc/systemd/system/") + std::string(name), text);
    }
    sctl::Manager& manager() {
        if (!manager_) {
            sctl::ManagerOptions options;
            options.instance = files.path();
            (void)!sctl::prepare_run_directory(options.root()).has_value();
            manager_ = std::make_unique<sctl::Manager>(loop, output, options, make_processes());
            if (introduce_) introduce_(*manager_);
            manager_->set_up();
        }
        return *manager_;
    }
    sctl::Unit& unit(std::string_view name) { return **manager().load(name); }
    // Whether it is in memory.
    bool knows(std::string_view name) { return manager().find(name) != nullptr; }
    sctl::ActiveState state(std::string_view name) { return unit(name).active; }
    void reload() {
        manager().reload();
        manager().run_events();
    }
    // Queues the job; its Error's text, or "".
    std::string ask(sctl::JobType type, std::string_view name,
                    sctl::JobMode mode = sctl::JobMode::Replace) {
        auto job = manager().add_job(type, unit(name).id, mode, true);
        return job ? "" : job.error().text;
    }
    // Until no job is left.
    bool settle() {
        return run_until([&] { return manager().jobs().empty(); });
    }
    bool start(std::string_view name) {
        return ask(sctl::JobType::Start, name).empty() && settle();
    }
    bool stop(std::string_view name) { return ask(sctl::JobType::Stop, name).empty() && settle(); }
    virtual bool run_until(const std::function<bool()>& holds,
                           sctl::Span patience = std::chrono::seconds(10)) {
        sctl::Span deadline = sctl::monotonic_now() + patience;
        while (!holds()) {
            if (sctl::monotonic_now() > deadline) return false;
            loop.run_once(std::chrono::milliseconds(5));
            manager().reap();
            if (has_ended()) return holds();
        }
        return true;
    }
    std::string sub_state(std::string_view name) { return std::string(unit(name).sub_state()); }

    TemporaryDirectory files;
    sctl::EventLoop loop;
    CollectedOutput output;

  protected:
    // Null for those of this machine.
    virtual std::unique_ptr<sctl::Processes> make_processes() { return {}; }
    [[nodiscard]] bool has_ended() const {
        return manager_->objective() != sctl::Objective::None && manager_->jobs().empty();
    }
    // Stops everything, and ends the manager.
    void close() {
        if (manager_) stop_all();
        manager_.reset();
    }

  private:
    std::function<void(sctl::Manager&)> introduce_;
    sigset_t former_mask_{};
    std::unique_ptr<sctl::Manager> manager_;
};
