// A manager in a world of its own: its processes exist in the test's mind alone, and its clock goes
// on when the test says so. Nothing is forked and nothing is waited for.
#pragma once

#include <cerrno>
#include <csignal>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "manager_world.hpp"
#include "os/processes.hpp"

class PretendedProcesses final : public sctl::Processes {
  public:
    struct Process {
        sctl::OwnerId owner = sctl::no_owner;
        std::string program;
        bool ignores_sigterm = false;
    };

    // --- what the test says ----------------------------------------------------------------------
    // So many of the next processes cannot be made, for this errno value.
    int spawn_failures = 0, spawn_error = EAGAIN;
    bool new_ones_ignore_sigterm = false;
    // That a process ends by itself.
    void exits(pid_t pid, int status) { end(pid, CLD_EXITED, status); }
    void is_killed(pid_t pid, int signal) { end(pid, CLD_KILLED, signal); }
    // That one of the unit's processes has made another.
    pid_t forks(pid_t parent) {
        alive.emplace(++last_pid_, alive.at(parent));
        return last_pid_;
    }

    // --- what the test sees ----------------------------------------------------------------------
    std::map<pid_t, Process> alive;
    std::vector<std::string> spawned;                // programs, in order
    std::vector<std::pair<pid_t, int>> signals_sent; // in order
    [[nodiscard]] int count(std::string_view program) const {
        int found = 0;
        for (const auto& [pid, process] : alive) found += process.program == program;
        return found;
    }

    // --- what the manager asks -------------------------------------------------------------------
    sctl::Result<sctl::Spawned> spawn(sctl::ExecPlan plan) override {
        if (spawn_failures > 0) {
            --spawn_failures;
            return sctl::errno_error("Failed to fork", spawn_error);
        }
        pid_t pid = ++last_pid_;
        const std::string& program = plan.executables.front();
        spawned.push_back(program);
        // As the last thing that may run out of memory.
        alive.emplace(pid, Process{static_cast<sctl::OwnerId>(plan.tag->locks), program,
                                   new_ones_ignore_sigterm});
        sctl::Spawned result;
        result.pid = pid;
        result.report.finished = true;
        return result;
    }
    sctl::Reaping reap(const std::function<void(const sctl::ProcessExit&)>& handle) override {
        while (!ended_.empty()) {
            handle(ended_.front().first);
            ended_.pop_front();
        }
        return sctl::Reaping::Done;
    }
    std::optional<sctl::ProcessStat> stat(pid_t pid) override {
        if (!alive.contains(pid)) return std::nullopt;
        return sctl::ProcessStat{.pid = pid, .parent = getpid(), .state = 'S', .threads = 1};
    }
    std::optional<uid_t> user_of(pid_t) override { return getuid(); }
    bool is_alive(pid_t pid) override { return alive.contains(pid); }

    sctl::OwnerId add_owner(const std::string&) override { return ++last_owner_; }
    void release(sctl::OwnerId owner) override { released.insert(owner); }
    sctl::Placement place(sctl::OwnerId owner) override {
        return {sctl::ProcessTag{.locks = owner, .rss = 0}, {}};
    }
    std::string control_group(sctl::OwnerId) const override { return {}; }
    std::string control_group_directory(sctl::OwnerId) const override { return {}; }
    void note_process(pid_t, sctl::OwnerId) override {}
    void forget_process(pid_t) override {}
    void forget_alien(pid_t, sctl::OwnerId) override {}
    sctl::OwnerId owner_of_ended(pid_t pid) const override {
        for (const auto& [exit, owner] : ended_)
            if (exit.pid == pid) return owner;
        return sctl::no_owner;
    }
    sctl::Identity identify(pid_t pid) override {
        auto found = alive.find(pid);
        if (found == alive.end()) return {};
        return {found->second.owner, sctl::Evidence::Started};
    }
    sctl::OwnerId owner_by_mark(const sctl::ProcessTag&, std::string_view) const override {
        return sctl::no_owner;
    }
    std::vector<pid_t> processes_of(sctl::OwnerId owner) override {
        std::vector<pid_t> found;
        for (const auto& [pid, process] : alive)
            if (process.owner == owner) found.push_back(pid);
        return found;
    }
    bool any_left(sctl::OwnerId owner) override { return !processes_of(owner).empty(); }
    const std::set<sctl::OwnerId>& undecided() const noexcept override { return undecided_; }
    void forget_undecided() noexcept override {}
    std::vector<pid_t> own_children_of(sctl::OwnerId owner) override { return processes_of(owner); }
    sctl::Result<void> signal_process(pid_t pid, int signal) override {
        auto found = alive.find(pid);
        if (found == alive.end()) return sctl::errno_error("kill", ESRCH);
        signals_sent.emplace_back(pid, signal);
        bool ends = signal == SIGKILL || (signal == SIGTERM && !found->second.ignores_sigterm);
        if (ends) is_killed(pid, signal);
        return {};
    }
    pid_t newest_process() override { return last_pid_; }
    bool signal_all(sctl::SignalRequest& request) override {
        for (pid_t pid : processes_of(request.owner)) {
            if (request.except.contains(pid) || !request.told.emplace(pid, 0).second) continue;
            request.found = true;
            (void)signal_process(pid, request.signal).has_value();
        }
        return true;
    }

    std::set<sctl::OwnerId> released;

  private:
    void end(pid_t pid, int code, int status) {
        auto found = alive.find(pid);
        if (found == alive.end()) return;
        ended_.emplace_back(sctl::ProcessExit{pid, code, status}, found->second.owner);
        alive.erase(found);
    }

    pid_t last_pid_ = 100'000'000; // of no process of this machine
    sctl::OwnerId last_owner_ = sctl::no_owner;
    std::deque<std::pair<sctl::ProcessExit, sctl::OwnerId>> ended_;
    std::set<sctl::OwnerId> undecided_;
};

class ProcessWorld : public ManagerWorld {
  public:
    ProcessWorld() {
        now_ = {.realtime = std::chrono::hours(500000), .monotonic = std::chrono::hours(1)};
        sctl::set_clock_source([] { return now_; });
    }
    ~ProcessWorld() override {
        processes.new_ones_ignore_sigterm = false;
        for (auto& [pid, process] : processes.alive) process.ignores_sigterm = false;
        close();
        sctl::set_clock_source(nullptr);
    }

    // What is due now happens.
    void turn() {
        loop.run_once(sctl::Span{});
        manager().reap();
    }
    // Time goes by in small steps.
    void advance(sctl::Span by) {
        for (sctl::Span end = now_.monotonic + by; now_.monotonic < end; turn()) step();
    }
    bool run_until(const std::function<bool()>& holds,
                   sctl::Span = std::chrono::minutes(10)) override {
        constexpr sctl::Span patience = std::chrono::minutes(10); // which costs a moment
        for (sctl::Span end = now_.monotonic + patience; !holds(); turn()) {
            if (now_.monotonic > end) return false;
            if (has_ended()) return holds();
            step();
        }
        return true;
    }
    // At once, however long it is.
    void leap(sctl::Span by) {
        now_.monotonic += by;
        now_.realtime += by;
        turn();
        turn(); // what was armed for the first is due in the second
        manager().run_events();
    }
    // As date(1) sets it.
    void set_realtime(sctl::Span realtime) {
        now_.realtime = realtime;
        manager().elapses().clock_was_set();
        turn();
    }
    [[nodiscard]] sctl::Span now() const { return now_.monotonic; }
    [[nodiscard]] pid_t main_pid(std::string_view name) { return unit(name).machine->main_pid(); }

    PretendedProcesses& processes = *new PretendedProcesses; // the manager's, once there is one

  protected:
    std::unique_ptr<sctl::Processes> make_processes() override {
        return std::unique_ptr<sctl::Processes>(&processes);
    }

  private:
    static void step() {
        now_.monotonic += std::chrono::milliseconds(50);
        now_.realtime += std::chrono::milliseconds(50);
    }

    static inline sctl::Moment now_;
};
