#include "manager/boot.hpp"

#include <algorithm>
#include <csignal>

#include "base/text.hpp"
#include "os/memory.hpp"
#include "run/notify.hpp"

namespace sctl {
namespace {

// After a boot the last processes still tell that they were started, so what that needs is not let
// go of at once.
constexpr Span settling_time = std::chrono::milliseconds(100);

int status_of_failure(const Unit& unit) {
    ExitInfo info = unit.machine ? unit.machine->main_exit() : ExitInfo{};
    if (info.code == CLD_EXITED && info.status != 0) return info.status;
    if (info.code == CLD_KILLED || info.code == CLD_DUMPED) return 128 + info.status;
    return EXIT_FAILURE;
}

} // namespace

Boot::Boot(const Parts& parts)
    : loop_(parts.loop),
      options_(parts.options),
      config_(parts.config),
      output_(parts.output),
      units_(parts.units),
      graph_(parts.graph),
      store_(parts.store),
      queue_(parts.queue),
      jobs_(parts.jobs),
      observers_(parts.observers),
      reload_(parts.reload),
      former_(parts.former),
      shutdown_(parts.shutdown),
      turn_(parts.turn) {
    observers_.add(this);
}

Boot::~Boot() {
    observers_.remove(this);
}

void Boot::run(std::function<void()> begun) {
    times_.generators_start = current_moment();
    reload_.generate_at_boot([this, begun = std::move(begun)] {
        times_.generators_finish = times_.units_load_start = current_moment();
        reload_.read_units();
        times_.units_load_finish = current_moment();
        // It may have been told to end before it began.
        if (!shutdown_.is_under_way()) begin();
        if (begun) begun();
    });
}

void Boot::begin() {
    former_.finish();
    if (options_.background && options_.units.empty()) return finish();
    booting_ = true;
    if (options_.units.empty()) {
        start_default();
    } else {
        for (const auto& name : options_.units) start_unit(name);
    }
    turn_.schedule();
}

// What systemd.unit= names, else default.target, else multi-user.target; where none can be had
// nothing will ever run.
void Boot::start_default() {
    Error last;
    const std::string& asked_for = config_.values().default_unit;
    for (std::string_view name : {std::string_view(asked_for), std::string_view("default.target"),
                                  std::string_view("multi-user.target")}) {
        if (name.empty()) continue;
        auto unit = store_.load(name);
        auto job = unit ? jobs_.add(JobType::Start, (*unit)->id, JobMode::Replace, false)
                        : Result<JobId>(unit.error());
        if (job) return;
        last = job.error();
        bool is_there = unit && (*unit)->loaded.load_state != LoadState::NotFound;
        if (is_there || name == asked_for) {
            log_error("Failed to start ", name, ": ", last.text);
        }
    }
    log_error("Failed to boot: ", last.text);
    shutdown_.set_exit_status(EXIT_FAILURE);
    shutdown_.begin(Objective::Exit);
}

void Boot::start_unit(const std::string& name) {
    auto unit = store_.load(name);
    auto job = unit ? jobs_.add(JobType::Start, (*unit)->id, JobMode::Replace, true)
                    : Result<JobId>(unit.error());
    // What it came to is asked for when it has ended.
    if (unit) store_.hold((*unit)->id);
    if (job) return;
    log_error("Failed to start ", name, ": ", job.error().text);
    if (unit) start_failed_.insert((*unit)->id);
}

void Boot::job_removed(const Job& job, const Unit& unit) {
    bool failed = job.type == JobType::Start && job.result != JobResult::Done &&
                  job.result != JobResult::Canceled;
    bool is_ours = failed && std::ranges::any_of(options_.units, [&](const auto& name) {
                       return units_.find(name) == &unit;
                   });
    if (is_ours) start_failed_.insert(unit.id);
}

void Boot::check() {
    if (!booting_ || !queue_.empty()) {
        if (booted_ && !options_.units.empty() && queue_.empty()) check_units_ended();
        return;
    }
    finish();
    tell_left_out();
    output_.manager_line(LogLevel::Info, {},
                         units_.failed_count() == 0
                             ? "Startup finished."
                             : cat("Startup finished, ", units_.failed_count(), " failed."));
    if (!options_.notify_socket.empty()) {
        ignore_error(notify_outer_manager(options_.notify_socket, "READY=1"));
    }
    if (!options_.units.empty()) check_units_ended();
}

void Boot::finish() {
    booting_ = false;
    booted_ = true;
    observers_.tell([](ManagerObserver& observer) { observer.startup_finished(); });
    settled_timer_ = loop_.arm(monotonic_now() + settling_time, [] { release_idle_memory(); });
}

// What a running unit wants and this boot has left out, in one line.
void Boot::tell_left_out() {
    std::vector<std::string> names;
    for (const auto& unit : units_.all()) {
        if (!unit || !unit->skipped || unit->loaded.load_state == LoadState::NotFound) continue;
        bool wanted = false;
        for (Dependency kind : {Dependency::WantedBy, Dependency::RequiredBy}) {
            graph_.for_each(unit->id, kind, [&](UnitId other) {
                wanted |= units_.unit(other).active == ActiveState::Active;
            });
        }
        if (wanted) names.push_back(unit->name().str());
    }
    if (!names.empty())
        output_.manager_line(LogLevel::Info, {},
                             cat("Left out of this boot: ", join(names, " "), "."));
}

// `init UNIT...` ends by itself when none of its units runs any more.
void Boot::check_units_ended() {
    if (options_.units_end == UnitsEnd::Never) return;
    bool any_ended = false, any_runs = false;
    for (const auto& name : options_.units) {
        const Unit* unit = units_.find(name);
        bool runs = unit && (!unit->is_inactive_or_failed() || unit->job != 0);
        (runs ? any_runs : any_ended) = true;
    }
    bool at_end = options_.units_end == UnitsEnd::Any ? any_ended : !any_runs;
    if (at_end) shutdown_.shut_down(Objective::Exit, status_of_units(), false);
}

int Boot::status_of_units() const {
    for (const auto& name : options_.units) {
        const Unit* unit = units_.find(name);
        if (!unit) return EXIT_FAILURE;
        if (!unit->is_inactive_or_failed() || unit->job != 0) continue;
        if (unit->active == ActiveState::Failed) return status_of_failure(*unit);
        if (start_failed_.contains(unit->id)) return EXIT_FAILURE;
    }
    return 0;
}

} // namespace sctl
