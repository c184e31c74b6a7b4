#include "manager/manager.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "os/command_lines.hpp"
#include "os/machine.hpp"
#include "os/name_lookup.hpp"
#include "os/process.hpp"
#include "os/random.hpp"
#include "os/tracker.hpp"
#include "run/notify.hpp"
#include "run/remover.hpp"
#include "unit/unit_kind.hpp"
#include "unit/values/siphash.hpp"
#include "unit/without_file.hpp"

namespace sctl {

std::string_view to_string(SystemState state) {
    switch (state) {
        case SystemState::Initializing: return "initializing";
        case SystemState::Starting: return "starting";
        case SystemState::Running: return "running";
        case SystemState::Degraded: return "degraded";
        case SystemState::Maintenance: return "maintenance";
        case SystemState::Stopping: return "stopping";
    }
    return {};
}

namespace {

// What a manager in the background leaves behind when it is killed is known by its tags: the next
// one's begin elsewhere.
std::unique_ptr<Processes> processes_for(const ManagerOptions& options) {
    constexpr OwnerId most_before = 1u << 29; // tags are counted in 2^32 of 2^62
    Tracker::Options how;
    if (options.background && !options.is_pid1)
        how.owners_before = static_cast<OwnerId>(random_number() % most_before);
    return std::make_unique<Tracker>(how);
}

// A number of a machine's own, made of an id of it.
uint64_t number_of(const std::optional<std::string>& id) {
    return id ? siphash24(*id, SipKey{}) : 0;
}
// Where in a minute this machine's timers are put together.
Span place_in_minute(const Facts& facts) {
    constexpr Span minute = 60s;
    return Span(
        static_cast<int64_t>(number_of(facts.boot_id) % static_cast<uint64_t>(minute.count())));
}

} // namespace

// Each part gets what it needs, and stands below whoever needs it. Where one has to call back, it
// is given a function.
Manager::Manager(EventLoop& loop, ServiceOutput& output, ManagerOptions options,
                 std::unique_ptr<Processes> processes)
    : loop_(loop),
      output_(output),
      options_(std::move(options)),
      facts_(collect_facts(options_.root())),
      environment_(options_),
      config_(options_, facts_, output, environment_),
      next_turn_(loop, [this] { turn_.run(); }),
      elapses_(loop, options_.root(), place_in_minute(facts_),
               [this](UnitId unit, UnitEvent event) { post(unit, std::move(event)); }),
      watched_files_(loop),
      mounts_(loop, [this](const auto& points) { mount_units_.changed(points); }),
      observers_(units_, next_turn_),
      queue_(graph_),
      processes_(processes ? std::move(processes) : processes_for(options_)),
      owners_(*processes_, units_),
      generators_(loop, output, *processes_, options_.root()),
      files_(options_.root(), options_.is_pid1, generators_, output),
      garbage_(units_, graph_, next_turn_),
      store_({units_, graph_, files_, owners_, observers_, garbage_, next_turn_, output, facts_,
              config_.values().units},
             [this](Unit& unit) { make_run(unit); }),
      former_({options_, output, store_, observers_}),
      reload_(
          {generators_, files_, observers_, options_, facts_, environment_},
          [this] { read_config(); }, [this] { read_units(); }),
      shutdown_({loop, options_, output, units_, owners_, queue_, next_turn_},
                {[this](std::string_view target) {
                     return add_job(JobType::Start, target, JobMode::ReplaceIrreversibly, false);
                 },
                 [this](const Unit& unit) { events_.handle(unit.id, event::StopRequested{}); }}),
      triggers_(units_, graph_,
                [this](UnitId unit, UnitEvent event) { post(unit, std::move(event)); }),
      mount_units_(units_, store_, mounts_,
                   [this](UnitId unit, UnitEvent event) { post(unit, std::move(event)); }),
      jobs_({loop, output, units_, store_, graph_, queue_, observers_, garbage_, shutdown_,
             triggers_, next_turn_, config_.values()}),
      boot_({loop, options_, config_, output, units_, graph_, store_, queue_, jobs_, observers_,
             reload_, former_, shutdown_, next_turn_}),
      propagation_(units_, graph_, jobs_, shutdown_),
      conditions_({loop, output, units_, graph_, queue_, jobs_, shutdown_, next_turn_}),
      changes_({units_, queue_, jobs_, propagation_, conditions_, observers_, garbage_, triggers_,
                next_turn_}),
      names_(std::make_unique<NameLookup>(loop, [this](pid_t pid) { own_helper(pid); })),
      remover_(std::make_unique<Remover>(loop, output, [this](pid_t pid) { own_helper(pid); })),
      command_lines_(std::make_unique<CommandLines>(loop, [this](pid_t pid) { own_helper(pid); })),
      notify_(std::make_unique<NotifySocket>(loop,
                                             [this](pid_t sender, uid_t uid, std::string_view text,
                                                    std::vector<UniqueFd>& descriptors) {
                                                 notified(sender, uid, text, descriptors);
                                             })),
      means_{.host = *this,
             .loop = loop,
             .processes = *processes_,
             .output = output,
             .names = *names_,
             .dynamic_users = dynamic_users_,
             .remover = *remover_,
             .elapses = elapses_,
             .files = watched_files_,
             .mounts = mounts_,
             .root = options_.root(),
             .deferred_signals = deferred_signals_,
             .reports = spawn_reports_},
      deferred_signals_(means_),
      spawn_reports_(*this),
      idle_(loop, queue_, [this](UnitId unit) { post(unit, event::IdleReached{}); }),
      actions_(jobs_, changes_, propagation_, idle_, output),
      events_({units_, queue_, actions_, shutdown_, observers_, garbage_, triggers_, next_turn_,
               start_, number_of(facts_.machine_id)}),
      job_runner_({units_, graph_, queue_, jobs_, events_, changes_, observers_, shutdown_, output,
                   next_turn_, facts_, options_}),
      exits_({loop, output, units_, *processes_, owners_, generators_, *remover_, *notify_,
              observers_},
             [this] { turn_.run(); }),
      turn_({next_turn_, events_, changes_, job_runner_, conditions_, idle_, store_, observers_,
             boot_, shutdown_}) {
    facts_.mount_at = [this](std::string_view point) { return mount_units_.seen_at(point); };
}

Manager::~Manager() {
    output_.set_hooks({});
}

void Manager::set_up() {
    run_guarded("reading the configuration", [&] { config_.read_at_start(); });
    take_config();
    auto path = options_.root().at("/run/systemd/notify");
    auto opened = try_twice([&] { return notify_->open(path); });
    output_.set_hooks({[this](pid_t pid) { own_helper(pid); },
                       [this](const LogSender& sender) { return owners_.name_of(sender); }});
    // Without it services of Type=notify fail; all others run.
    if (!opened) log_error("Services cannot notify us: ", opened.error().text);
    generators_.flush();
    files_.scan();
    begin_perpetual_units();
    // Without it what is mounted is what units of ours have mounted.
    if (options_.root().is_machine()) ignore_error(mounts_.open());
    run_guarded("going on with what runs", [&] { former_.begin(); });
}

// They were there before the first unit file was read.
void Manager::begin_perpetual_units() {
    for (const auto& perpetual : perpetual_units()) {
        auto unit = load(perpetual.name);
        if (unit) events_.handle((*unit)->id, event::StartRequested{});
    }
    observers_.tell_changes();
}

void Manager::make_run(Unit& unit) {
    unit.run = kind_of(unit.loaded).run(unit, means_, owners_.add(unit));
    if (starter_of(unit)) ++unit.holds;
}

void Manager::add_transient(const std::string& name, std::string_view text,
                            ProcessStarter starter) {
    owners_.add_transient(name, std::move(starter));
    std::string directory = options_.root().at("/run/systemd/transient");
    auto written = try_twice([&] {
        auto made = make_directories(directory);
        return made ? write_file_atomically(cat(directory, "/", name), text) : made;
    });
    if (!written) log_warning("Failed to make ", name, ": ", written.error().text);
}

void Manager::read_config() {
    config_.read_again();
    take_config();
}

void Manager::take_config() {
    service_watchdogs_ = config().service_watchdogs.value_or(true);
}

// What their limits have counted is forgotten, and whatever the former dependencies have led to is
// asked again of the new ones.
void Manager::read_units() {
    for (const auto& unit : units_.all()) {
        if (!unit) continue;
        unit->start_limit.reset();
        unit->self_limit.reset();
    }
    store_.read_all_again();
    queue_.wake_all();
    for (const auto& unit : units_.all()) {
        if (!unit) continue;
        conditions_.examine(*unit);
        if (kind_of(unit->type()).triggers) post(unit->id, event::SettingsRead{});
    }
    next_turn_.schedule();
}

const std::string& Manager::notify_path() const {
    return notify_->path();
}

void Manager::notified(pid_t sender, uid_t uid, std::string_view text,
                       std::vector<UniqueFd>& descriptors) {
    Unit* owner = owner_of(sender);
    if (!owner || !owner->run) {
        log_warning("Cannot find unit for notify message of PID ", sender, ", ignoring.");
        return;
    }
    owner->run->notified(sender, uid, text, descriptors);
}

bool Manager::is_to_start(UnitId id) const {
    const Job* job = queue_.of_unit(id);
    return job && job->type == JobType::Start;
}

Unit* Manager::find_unit(UnitId id) noexcept {
    return exists(id) ? &unit(id) : nullptr;
}

// Null where more than one could.
const Unit* Manager::triggering_unit(const Unit& of) const {
    const Unit* found = nullptr;
    bool several = false;
    for (Dependency kind : {Dependency::OnFailureOf, Dependency::OnSuccessOf}) {
        graph_.for_each(of.id, kind, [&](UnitId other) {
            if (!exists(other) || !unit(other).run) return;
            several |= found && found->id != other;
            found = &unit(other);
        });
    }
    return several ? nullptr : found;
}

void Manager::for_each_trigger(UnitId of, const std::function<void(const Unit&)>& call) const {
    graph_.for_each(of, Dependency::TriggeredBy, [&](UnitId trigger) {
        if (exists(trigger)) call(unit(trigger));
    });
}

// The dependency is the triggered unit's: it does not keep that one in memory.
Result<Unit*> Manager::load_triggered(UnitId trigger, std::string_view name) {
    auto loaded = store_.load(name);
    if (!loaded) return loaded;
    graph_.add((*loaded)->id, Dependency::TriggeredBy, trigger, Origin::Runtime);
    graph_.add((*loaded)->id, Dependency::After, trigger, Origin::Runtime);
    return loaded;
}

Result<void> Manager::start(UnitId id) {
    auto job = jobs_.add(JobType::Start, id, JobMode::Replace, false);
    return job ? Result<void>{} : job.error();
}

Result<void> Manager::kill_unit(UnitId id, KillWho who, int signal) {
    Unit& unit = this->unit(id);
    auto not_loaded = [&] {
        return Error{ESRCH, cat("Unit ", unit.name().str(), " not loaded."),
                     "org.freedesktop.systemd1.NoSuchUnit"};
    };
    if (!unit.run) return not_loaded();
    bool main = who == KillWho::Main || who == KillWho::MainFail,
         all = who == KillWho::All || who == KillWho::AllFail;
    bool must = who == KillWho::MainFail || who == KillWho::ControlFail || who == KillWho::AllFail;
    if (main && unit.machine->main_pid() <= 0) {
        return Error{ESRCH, "No main process to kill", "org.freedesktop.systemd1.NoSuchProcess"};
    }
    if (!main && !all && unit.machine->control_pid() <= 0) {
        return Error{ESRCH, "No control process to kill", "org.freedesktop.systemd1.NoSuchProcess"};
    }
    auto killed = unit.run->kill(main || all, !main, all, signal);
    if (!killed && killed.error().code == ESRCH && !must) return {};
    return killed;
}

Result<void> Manager::reset_failed(UnitId id) {
    Unit& unit = this->unit(id);
    if (unit.start_limit) unit.start_limit->reset();
    events_.handle(id, event::ResetFailed{});
    next_turn_.schedule();
    return {};
}

void Manager::reset_failed_all() {
    // Also of those that have not failed: their start limits count from new.
    for (const auto& unit : units_.all()) {
        if (unit) ignore_error(reset_failed(unit->id));
    }
}

SystemState Manager::state() const {
    if (shutdown_.is_under_way()) return SystemState::Stopping;
    if (!boot_.is_over())
        return boot_.is_under_way() ? SystemState::Starting : SystemState::Initializing;
    auto active = [&](std::string_view name) {
        const Unit* unit = units_.find(name);
        return unit && unit->active == ActiveState::Active;
    };
    if (active("rescue.target") || active("emergency.target")) return SystemState::Maintenance;
    return units_.failed_count() > 0 ? SystemState::Degraded : SystemState::Running;
}

} // namespace sctl
