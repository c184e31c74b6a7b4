// The manager's parts without processes and without a loop that turns: units are files in a
// directory of the test's own, what would run them exists in the test's mind alone, and a turn is
// taken by hand. A test says what happens to a process, and looks at what becomes of all units.
#pragma once

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <functional>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "failing_memory.hpp"
#include "manager/turn.hpp"
#include "manager_world.hpp"
#include "os/machine.hpp"
#include "os/tracker.hpp"
#include "state/service/service.hpp"
#include "temporary_directory.hpp"

// What the runs of all units do, in order.
struct FakeProcesses {
    struct Started {
        std::string unit;
        pid_t pid;
    };
    std::vector<Started> started;
    std::vector<std::string> signalled; // names of units
    int starts_to_fail = 0;             // as fork() does with EAGAIN
    int actions_to_throw = 0;           // std::bad_alloc, at the next actions
    bool is_short_after_start = false;  // of memory, until `memory` is stopped
    std::optional<FailingMemory> memory;

    [[nodiscard]] pid_t pid_of(std::string_view unit) const {
        auto last = std::find_if(started.rbegin(), started.rend(),
                                 [&](const Started& entry) { return entry.unit == unit; });
        return last == started.rend() ? 0 : last->pid;
    }
    [[nodiscard]] std::vector<std::string> order() const {
        std::vector<std::string> names;
        for (const auto& entry : started) names.push_back(entry.unit);
        return names;
    }
};

class FakeRun : public sctl::UnitRun {
  public:
    FakeRun(const sctl::Unit& unit, FakeProcesses& processes)
        : unit_(unit), processes_(processes) {}

    [[nodiscard]] sctl::Answer execute(const sctl::UnitAction& action) override {
        using namespace sctl;
        if (processes_.actions_to_throw > 0) {
            --processes_.actions_to_throw;
            throw std::bad_alloc();
        }
        if (std::holds_alternative<action::Spawn>(action)) {
            if (processes_.starts_to_fail > 0) {
                --processes_.starts_to_fail;
                return event::SpawnFailed{"Resource temporarily unavailable"};
            }
            auto pid = static_cast<pid_t>(1000 + processes_.started.size());
            processes_.started.push_back({unit_.name().str(), pid});
            if (processes_.is_short_after_start) processes_.memory.emplace(1, SIZE_MAX);
            return event::Spawned{pid};
        }
        if (std::holds_alternative<action::SendSignal>(action)) {
            processes_.signalled.push_back(unit_.name().str());
            return event::SignalSent{true};
        }
        return {};
    }

  private:
    const sctl::Unit& unit_;
    FakeProcesses& processes_;
};

class PartsWorld {
  public:
    PartsWorld() {
        options.instance = files.path();
        known.scan();
    }

    void write(std::string_view name, std::string_view text) {
        files.write(std::string("/etc/systemd/system/") + std::string(name), text);
    }
    sctl::Unit& unit(std::string_view name) { return **store.load(name); }
    std::string sub_state(std::string_view name) { return std::string(unit(name).sub_state()); }
    bool knows(std::string_view name) { return units.find(name) != nullptr; }
    // Asks for a job and takes a turn; the Error's text, or "".
    std::string ask(sctl::JobType type, std::string_view name) {
        auto job = jobs.add(type, name, sctl::JobMode::Replace, false);
        turn.run();
        return job ? "" : job.error().text;
    }
    // The unit's main process ends.
    void exits(std::string_view name, int status = 0) { ends(name, {CLD_EXITED, status}); }
    void dies(std::string_view name) { ends(name, {CLD_KILLED, SIGTERM}); }
    // Something happens to the unit, and a turn is taken.
    void happens(std::string_view name, sctl::UnitEvent event) {
        events.post(unit(name).id, std::move(event));
        turn.run();
    }

    TemporaryDirectory files;
    CollectedOutput output;
    FakeProcesses processes;

    sctl::EventLoop loop; // that does not turn
    sctl::ManagerOptions options = [] {
        sctl::ManagerOptions made;
        made.background = true;
        return made;
    }();
    sctl::Facts facts = sctl::collect_facts(sctl::Root{files.path()});
    sctl::ManagerEnvironment environment{options};
    sctl::CurrentConfig config{options, facts, output, environment};
    sctl::NextTurn next{loop, [this] { turn.run(); }};
    sctl::UnitTable units;
    sctl::Observers observers{units, next};
    sctl::DependencyGraph graph;
    sctl::JobQueue queue{graph};
    sctl::Tracker tracker{{.use_cgroups = false, .use_children_files = false}};
    sctl::Owners owners{tracker, units};
    sctl::Generators generators{loop, output, tracker, sctl::Root{files.path()}};
    sctl::KnownUnitFiles known{sctl::Root{files.path()}, false, generators, output};
    sctl::Garbage garbage{units, graph, next};
    sctl::UnitStore store{{units, graph, known, owners, observers, garbage, next, output, facts,
                           config.values().units},
                          [this](sctl::Unit& unit) {
                              unit.machine = std::make_unique<sctl::ServiceMachine>();
                              unit.run = std::make_unique<FakeRun>(unit, processes);
                          }};
    sctl::Reload reload{{generators, known, observers, options, facts, environment},
                        [] {},
                        [this] { store.read_all_again(); }};
    sctl::Shutdown shutdown{
        {loop, options, output, units, owners, queue, next},
        {[this](std::string_view target) {
             return jobs.add(sctl::JobType::Start, target, sctl::JobMode::ReplaceIrreversibly,
                             false);
         },
         [this](const sctl::Unit& unit) { events.handle(unit.id, sctl::event::StopRequested{}); }}};
    sctl::Triggers triggers{units, graph, [this](sctl::UnitId unit, sctl::UnitEvent event) {
                                events.post(unit, std::move(event));
                            }};
    sctl::Jobs jobs{{loop, output, units, store, graph, queue, observers, garbage, shutdown,
                     triggers, next, config.values()}};
    sctl::FormerRuns former{{options, output, store, observers}};
    sctl::Boot boot{{loop, options, config, output, units, graph, store, queue, jobs, observers,
                     reload, former, shutdown, next}};
    sctl::Propagation propagation{units, graph, jobs, shutdown};
    sctl::StandingConditions conditions{{loop, output, units, graph, queue, jobs, shutdown, next}};
    sctl::StateChanges changes{
        {units, queue, jobs, propagation, conditions, observers, garbage, triggers, next}};
    sctl::IdleServices idle{
        loop, queue, [this](sctl::UnitId unit) { events.post(unit, sctl::event::IdleReached{}); }};
    sctl::UnitActions actions{jobs, changes, propagation, idle, output};
    sctl::UnitEvents events{
        {units, queue, actions, shutdown, observers, garbage, triggers, next, {}, 0}};
    sctl::JobRunner runner{{units, graph, queue, jobs, events, changes, observers, shutdown, output,
                            next, facts, options}};
    sctl::Turn turn{
        {next, events, changes, runner, conditions, idle, store, observers, boot, shutdown}};

  private:
    void ends(std::string_view name, sctl::ExitInfo info) {
        sctl::UnitId id = unit(name).id;
        events.post(id, sctl::event::ProcessExited{processes.pid_of(name), info, false});
        events.post(id, sctl::event::ProcessesGone{});
        turn.run();
    }
};
