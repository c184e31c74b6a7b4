// Methods that queue jobs, kill, clean, or refer to one unit. Most exist twice, as in systemd: on
// the manager, with the unit's name as first argument, and on the unit itself.
#include <csignal>

#include "base/text.hpp"
#include "bus/methods/method.hpp"
#include "graph/transaction.hpp"
#include "manager/manager.hpp"
#include "run/clean.hpp"
#include "unit/unit_kind.hpp"
#include "unit/values/enum_text.hpp"

namespace sctl {
namespace {

bool is_on_manager(const MethodCall& call) {
    return call.object.kind == BusObject::Kind::Manager;
}

using namespace interface_name;

// The unit of a method that needs its files to be there and right.
Result<Unit*> usable_unit(MethodCall& call) {
    auto unit = loaded_unit(call);
    if (!unit || !is_on_manager(call)) return unit;
    call.manager.may_be_garbage((*unit)->id);
    auto usable = check_load_state({.name = (*unit)->name().str(),
                                    .load_state = (*unit)->loaded.load_state,
                                    .load_error = &*(*unit)->loaded.load_error});
    if (!usable) return usable.error();
    return unit;
}

Result<void> queue_job(MethodCall& call, Unit& unit, JobType type, JobMode mode) {
    call.manager.may_be_garbage(unit.id);
    auto job = call.manager.add_job(type, unit.id, mode, true);
    if (!job) return job.error();
    call.out.object_path(job_object_path(*job));
    return {};
}

template <JobType Type, bool ReloadIfPossible = false>
Result<void> request(MethodCall& call) {
    auto unit = loaded_unit(call);
    if (!unit) return unit.error();
    auto mode = read_mode(call);
    if (!mode) return mode.error();
    bool reloads = ReloadIfPossible && can_reload(**unit);
    return queue_job(call, **unit, reloads ? reload_if_possible(Type) : Type, *mode);
}

Result<void> start_with_flags(MethodCall& call) {
    auto unit = loaded_unit(call);
    if (!unit) return unit.error();
    auto mode = read_mode(call);
    if (!mode) return mode.error();
    uint64_t flags = 0;
    if (auto read = call.in.read(flags); !read) return read;
    if (flags != 0)
        return error_named(bus_error::invalid_args, cat("Invalid 'flags' parameter '", flags, "'"));
    return queue_job(call, **unit, JobType::Start, *mode);
}

// Starts a unit in place of one whose start is queued.
Result<void> start_in_place(MethodCall& call) {
    std::string_view old;
    if (auto read = call.in.read(old); !read) return read;
    const Unit* before = call.manager.find(old);
    const Job* job = before && before->job ? call.manager.jobs().find(before->job) : nullptr;
    if (!job || job->type != JobType::Start)
        return error_named(bus_error::no_such_job, cat("No job queued for unit ", old));
    return request<JobType::Start>(call);
}

struct Request {
    JobType type;
    bool reload_if_possible = false;
};
std::optional<Request> request_from(std::string_view text) {
    if (text == "reload-or-restart") return Request{JobType::Restart, true};
    if (text == "reload-or-try-restart") return Request{JobType::TryRestart, true};
    auto type = job_type_from(text);
    if (!type) return std::nullopt;
    return Request{*type};
}

// Answers with the job and all that it brings along: id, object, unit, its object, type.
Result<void> enqueue_job(MethodCall& call) {
    auto unit = loaded_unit(call);
    if (!unit) return unit.error();
    std::string_view text;
    if (auto read = call.in.read(text); !read) return read;
    auto wanted = request_from(text);
    if (!wanted) return error_named(bus_error::invalid_args, cat("Job type ", text, " invalid"));
    auto mode = read_mode(call);
    if (!mode) return mode.error();
    JobType type = wanted->type;
    if (wanted->reload_if_possible && can_reload(**unit)) type = reload_if_possible(type);

    call.manager.may_be_garbage((*unit)->id);
    std::vector<JobId> new_jobs;
    call.record.new_jobs = &new_jobs;
    auto id = call.manager.add_job(type, (*unit)->id, *mode, true);
    call.record.new_jobs = nullptr;
    if (!id) return id.error();
    auto describe = [&](const Job& job) {
        const std::string& name = call.manager.unit(job.unit).name().str();
        call.out.uint32(job.id).object_path(job_object_path(job.id)).string(name);
        call.out.object_path(unit_object_path(name)).string(to_string(job.type));
    };
    describe(*call.manager.jobs().find(*id));
    call.out.open_array("(uosos)");
    for (JobId other : new_jobs) {
        const Job* job = other == *id ? nullptr : call.manager.jobs().find(other);
        if (!job) continue;
        call.out.open_struct();
        describe(*job);
        call.out.close_struct();
    }
    call.out.close_array();
    return {};
}

// --- kill, reset-failed, references
// ----------------------------------------------------------------

std::optional<Manager::KillWho> kill_who_from(std::string_view text) {
    using enum Manager::KillWho;
    constexpr std::pair<std::string_view, Manager::KillWho> words[] = {
        {"", All},
        {"all", All},
        {"main", Main},
        {"control", Control},
        {"all-fail", AllFail},
        {"main-fail", MainFail},
        {"control-fail", ControlFail}};
    for (const auto& [word, who] : words) {
        if (word == text) return who;
    }
    return std::nullopt;
}

Result<void> kill_unit(MethodCall& call) {
    auto unit = known_unit(call);
    if (!unit) return unit.error();
    std::string_view text;
    int32_t signal = 0;
    if (auto read = call.in.read(text, signal); !read) return read;
    auto who = kill_who_from(text);
    if (!who) return error_named(bus_error::invalid_args, cat("Invalid who argument ", text));
    if (signal <= 0 || signal >= NSIG)
        return error_named(bus_error::invalid_args, "Signal number out of range.");
    if (!kind_of((*unit)->loaded).can_be_killed())
        return error_named(bus_error::not_supported, "Operation not supported");
    return call.manager.kill_unit((*unit)->id, *who, signal);
}

Result<void> reset_failed_unit(MethodCall& call) {
    auto unit = known_unit(call);
    if (!unit) return unit.error();
    return call.manager.reset_failed((*unit)->id);
}

// Until it is given up or the peer goes, the unit stays in memory.
Result<void> reference_unit(MethodCall& call) {
    auto unit = usable_unit(call);
    if (!unit) return unit.error();
    call.peer.references.emplace((*unit)->id, UnitHold(call.manager, (*unit)->id));
    return {};
}

Result<void> unreference_unit(MethodCall& call) {
    auto unit = known_unit(call);
    if (!unit) return unit.error();
    auto found = call.peer.references.find((*unit)->id);
    if (found == call.peer.references.end()) {
        return error_named(bus_error::not_referenced, "Unit has not been referenced yet.");
    }
    call.peer.references.erase(found);
    return {};
}

Result<void> clean_unit(MethodCall& call) {
    auto unit = usable_unit(call);
    if (!unit) return unit.error();
    if (auto entered = call.in.enter_array(); !entered) return entered.error();
    std::vector<DirectoryType> types;
    while (!call.in.at_end()) {
        std::string_view text;
        if (auto read = call.in.read(text); !read) return read;
        if (text == "all") {
            for (size_t type = 0; type < directory_type_count; ++type)
                types.push_back(static_cast<DirectoryType>(type));
        } else if (auto type = directory_type_from(text)) {
            types.push_back(*type);
        } else {
            return error_named(bus_error::invalid_args, cat("Invalid resource type: ", text));
        }
    }
    return call.manager.clean_unit((*unit)->id, types);
}

// --- jobs
// ------------------------------------------------------------------------------------------

Result<void> cancel_own_job(MethodCall& call) {
    return call.manager.cancel_job(call.object.job->id);
}

constexpr auto start = request<JobType::Start>;
constexpr auto stop = request<JobType::Stop>;
constexpr auto reload = request<JobType::Reload>;
constexpr auto restart = request<JobType::Restart>;
constexpr auto try_restart = request<JobType::TryRestart>;
constexpr auto reload_or_restart = request<JobType::Restart, true>;
constexpr auto reload_or_try_restart = request<JobType::TryRestart, true>;

constexpr Method jobs_rows[] = {
    {manager, "StartUnit", "ss", "o", Access::Trusted, start, "name mode job"},
    {manager, "StartUnitWithFlags", "sst", "o", Access::Trusted, start_with_flags,
     "name mode flags job"},
    {manager, "StartUnitReplace", "sss", "o", Access::Trusted, start_in_place,
     "old_unit new_unit mode job"},
    {manager, "StopUnit", "ss", "o", Access::Trusted, stop, "name mode job"},
    {manager, "ReloadUnit", "ss", "o", Access::Trusted, reload, "name mode job"},
    {manager, "RestartUnit", "ss", "o", Access::Trusted, restart, "name mode job"},
    {manager, "TryRestartUnit", "ss", "o", Access::Trusted, try_restart, "name mode job"},
    {manager, "ReloadOrRestartUnit", "ss", "o", Access::Trusted, reload_or_restart,
     "name mode job"},
    {manager, "ReloadOrTryRestartUnit", "ss", "o", Access::Trusted, reload_or_try_restart,
     "name mode job"},
    {manager, "EnqueueUnitJob", "sss", "uososa(uosos)", Access::Trusted, enqueue_job,
     "name job_type job_mode job_id job_path unit_id unit_path job_type affected_jobs"},
    {manager, "KillUnit", "ssi", "", Access::Trusted, kill_unit, "name whom signal"},
    {manager, "CleanUnit", "sas", "", Access::Trusted, clean_unit, "name mask"},
    {manager, "ResetFailedUnit", "s", "", Access::Trusted, reset_failed_unit, "name"},
    {manager, "RefUnit", "s", "", Access::Trusted, reference_unit, "name"},
    {manager, "UnrefUnit", "s", "", Access::Trusted, unreference_unit, "name"},
    {unit, "Start", "s", "o", Access::Trusted, start, "mode job"},
    {unit, "Stop", "s", "o", Access::Trusted, stop, "mode job"},
    {unit, "Reload", "s", "o", Access::Trusted, reload, "mode job"},
    {unit, "Restart", "s", "o", Access::Trusted, restart, "mode job"},
    {unit, "TryRestart", "s", "o", Access::Trusted, try_restart, "mode job"},
    {unit, "ReloadOrRestart", "s", "o", Access::Trusted, reload_or_restart, "mode job"},
    {unit, "ReloadOrTryRestart", "s", "o", Access::Trusted, reload_or_try_restart, "mode job"},
    {unit, "EnqueueJob", "ss", "uososa(uosos)", Access::Trusted, enqueue_job,
     "job_type job_mode job_id job_path unit_id unit_path job_type affected_jobs"},
    {unit, "Kill", "si", "", Access::Trusted, kill_unit, "whom signal"},
    {unit, "ResetFailed", "", "", Access::Trusted, reset_failed_unit},
    {unit, "Ref", "", "", Access::Trusted, reference_unit},
    {unit, "Unref", "", "", Access::Trusted, unreference_unit},
    {unit, "Clean", "as", "", Access::Trusted, clean_unit, "mask"},
    {job, "Cancel", "", "", Access::Trusted, cancel_own_job},
};

} // namespace

Result<Unit*> loaded_unit(MethodCall& call) {
    if (!is_on_manager(call)) return call.object.unit;
    std::string_view name;
    if (auto read = call.in.read(name); !read) return read.error();
    return call.manager.load(name);
}

Result<Unit*> known_unit(MethodCall& call) {
    if (!is_on_manager(call)) return call.object.unit;
    std::string_view name;
    if (auto read = call.in.read(name); !read) return read.error();
    if (name.empty()) {
        if (Unit* own = call.manager.owner_of(call.peer.pid)) return own;
        return error_named(bus_error::no_such_unit, "Client not member of any unit.");
    }
    Unit* unit = call.manager.find(name);
    if (!unit) return error_named(bus_error::no_such_unit, cat("Unit ", name, " not loaded."));
    return unit;
}

Result<JobMode> read_mode(MethodCall& call) {
    std::string_view text;
    if (auto read = call.in.read(text); !read) return read.error();
    auto mode = from_text<JobMode>(text);
    if (!mode) return error_named(bus_error::invalid_args, cat("Job mode ", text, " invalid"));
    return *mode;
}

std::span<const Method> unit_job_methods() {
    return jobs_rows;
}

} // namespace sctl
