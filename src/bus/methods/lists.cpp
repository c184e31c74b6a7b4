// Methods that look for units and jobs.
#include <unistd.h>

#include <algorithm>

#include "base/hex.hpp"
#include "base/text.hpp"
#include "bus/methods/method.hpp"
#include "unit/values/enum_text.hpp"

namespace sctl {
namespace {

using namespace interface_name;

// (ssssssouso): name, description, load, active and sub state, the unit it follows, its object, and
// its job: id, type, object.
void write_unit(const MethodCall& call, const Unit& unit) {
    const Job* job = unit.job ? call.manager.jobs().find(unit.job) : nullptr;
    const std::string& name = unit.name().str();
    call.out.open_struct().string(name).string(unit.description());
    call.out.string(to_text(unit.loaded.load_state))
        .string(to_string(unit.active))
        .string(unit.sub_state());
    call.out.string("").object_path(unit_object_path(name)).uint32(job ? job->id : 0);
    call.out.string(job ? to_string(job->type) : "")
        .object_path(job ? job_object_path(job->id) : "/");
    call.out.close_struct();
}

bool passes(const Unit& unit, const Words& states, const Words& patterns) {
    auto is_one = [&](std::string_view state) {
        return std::ranges::find(states, state) != states.end();
    };
    if (!states.empty() && !is_one(to_text(unit.loaded.load_state)) &&
        !is_one(to_string(unit.active)) && !is_one(unit.sub_state())) {
        return false;
    }
    return patterns.empty() || std::ranges::any_of(patterns, [&](const auto& pattern) {
               return matches_glob(pattern, unit.name().str());
           });
}

Result<void> write_units(MethodCall& call, const Words& states, const Words& patterns) {
    call.out.open_array("(ssssssouso)");
    for (const auto& unit : call.manager.units()) {
        if (unit && passes(*unit, states, patterns)) write_unit(call, *unit);
    }
    call.out.close_array();
    return {};
}

Result<void> list_units(MethodCall& call) {
    return write_units(call, {}, {});
}

Result<void> list_units_filtered(MethodCall& call) {
    auto states = call.in.strings();
    if (!states) return states.error();
    return write_units(call, *states, {});
}

Result<void> list_units_by_patterns(MethodCall& call) {
    auto states = call.in.strings();
    if (!states) return states.error();
    auto patterns = call.in.strings();
    if (!patterns) return patterns.error();
    return write_units(call, *states, *patterns);
}

Result<void> list_units_by_names(MethodCall& call) {
    auto names = call.in.strings();
    if (!names) return names.error();
    // Any user may ask for thousands of units at once: root must not wait for that.
    constexpr size_t most_loaded_for_others = 1000, kept_at_once = 64;
    size_t loaded = 0;
    call.out.open_array("(ssssssouso)");
    for (const auto& name : *names) {
        if (!UnitName::parse(name)) continue;
        if (!call.manager.find(name)) ++loaded;
        if (loaded > most_loaded_for_others && !call.peer.trusted)
            return error_named(bus_error::limits_exceeded,
                               "Too many units that are not in memory.");
        if (loaded % kept_at_once == 0) call.manager.collect_garbage();
        auto unit = call.manager.load(name);
        if (!unit) return unit.error();
        call.manager.may_be_garbage((*unit)->id);
        write_unit(call, **unit);
    }
    call.out.close_array();
    return {};
}

// --- one unit
// --------------------------------------------------------------------------------------

Result<void> answer_with(MethodCall& call, const Unit& unit) {
    call.out.object_path(unit_object_path(unit.name().str()));
    return {};
}

Result<void> own_unit_of(MethodCall& call) {
    if (const Unit* own = call.manager.owner_of(call.peer.pid)) return answer_with(call, *own);
    return error_named(bus_error::no_such_unit, "Client not member of any unit.");
}

Result<void> get_unit(MethodCall& call) {
    std::string_view name;
    if (auto read = call.in.read(name); !read) return read;
    if (name.empty()) return own_unit_of(call);
    if (const Unit* unit = call.manager.find(name)) return answer_with(call, *unit);
    return error_named(bus_error::no_such_unit, cat("Unit ", name, " not loaded."));
}

Result<void> load_unit_by_name(MethodCall& call) {
    std::string_view name;
    if (auto read = call.in.read(name); !read) return read;
    if (name.empty()) return own_unit_of(call);
    auto unit = call.manager.load(name);
    if (!unit) return unit.error();
    call.manager.may_be_garbage((*unit)->id);
    return answer_with(call, **unit);
}

Result<void> get_unit_by_pid(MethodCall& call) {
    uint32_t number = 0;
    if (auto read = call.in.read(number); !read) return read;
    auto pid = number == 0 ? call.peer.pid : static_cast<pid_t>(number);
    const Unit* unit = pid == getpid() ? call.manager.find("init.scope")
                       : pid > 0       ? call.manager.owner_of(pid)
                                       : nullptr;
    if (unit) return answer_with(call, *unit);
    return error_named(bus_error::no_unit_for_pid,
                       cat("PID ", pid, " does not belong to any loaded unit."));
}

Result<void> get_unit_by_invocation_id(MethodCall& call) {
    std::array<uint8_t, 16> id{};
    size_t size = 0;
    if (auto entered = call.in.enter_array(); !entered) return entered;
    for (; !call.in.at_end(); ++size) {
        auto byte = call.in.byte();
        if (!byte) return byte.error();
        if (size < id.size()) id[size] = *byte;
    }
    if (size == 0) return own_unit_of(call);
    if (size != id.size()) return error_named(bus_error::invalid_args, "Invalid invocation ID");
    for (const auto& unit : call.manager.units()) {
        if (unit && unit->invocation_id == id) return answer_with(call, *unit);
    }
    return error_named(bus_error::no_unit_for_invocation_id,
                       cat("No unit with the specified invocation ID ", to_hex(id), " known."));
}

// --- jobs
// ------------------------------------------------------------------------------------------

// (usssoo): id, unit, type, state, the objects of job and unit.
void write_job(const MethodCall& call, const Job& job) {
    const std::string& name = call.manager.unit(job.unit).name().str();
    call.out.open_struct()
        .uint32(job.id)
        .string(name)
        .string(to_string(job.type))
        .string(to_string(job.state));
    call.out.object_path(job_object_path(job.id))
        .object_path(unit_object_path(name))
        .close_struct();
}

Result<void> list_jobs(MethodCall& call) {
    call.out.open_array("(usssoo)");
    call.manager.jobs().for_each([&](const Job& job) { write_job(call, job); });
    call.out.close_array();
    return {};
}

Result<const Job*> named_job(MethodCall& call) {
    if (call.object.job) return call.object.job;
    uint32_t id = 0;
    if (auto read = call.in.read(id); !read) return read.error();
    if (const Job* job = call.manager.jobs().find(id)) return job;
    return error_named(bus_error::no_such_job, cat("Job ", id, " does not exist."));
}

Result<void> get_job(MethodCall& call) {
    auto job = named_job(call);
    if (!job) return job.error();
    call.out.object_path(job_object_path((*job)->id));
    return {};
}

template <std::vector<JobId> (JobQueue::*Neighbours)(JobId) const>
Result<void> neighbouring_jobs(MethodCall& call) {
    auto job = named_job(call);
    if (!job) return job.error();
    call.out.open_array("(usssoo)");
    for (JobId id : (call.manager.jobs().*Neighbours)((*job)->id)) {
        if (const Job* other = call.manager.jobs().find(id)) write_job(call, *other);
    }
    call.out.close_array();
    return {};
}
// As systemctl(1) reads them: "Before" are those that it waits for, "After" those that wait for it.
constexpr auto jobs_after = neighbouring_jobs<&JobQueue::waited_for_by>;
constexpr auto jobs_before = neighbouring_jobs<&JobQueue::waits_for>;

Result<void> cancel_job(MethodCall& call) {
    auto job = named_job(call);
    if (!job) return job.error();
    return call.manager.cancel_job((*job)->id);
}

Result<void> clear_jobs(MethodCall& call) {
    std::vector<JobId> ids;
    call.manager.jobs().for_each([&](const Job& job) { ids.push_back(job.id); });
    // One may have ended with another.
    for (JobId id : ids) ignore_error(call.manager.cancel_job(id));
    return {};
}

constexpr Method lists_rows[] = {
    {manager, "GetUnit", "s", "o", Access::Anyone, get_unit, "name unit"},
    {manager, "GetUnitByPID", "u", "o", Access::Anyone, get_unit_by_pid, "pid unit"},
    {manager, "GetUnitByInvocationID", "ay", "o", Access::Anyone, get_unit_by_invocation_id,
     "invocation_id unit"},
    {manager, "LoadUnit", "s", "o", Access::Anyone, load_unit_by_name, "name unit"},
    {manager, "ListUnits", "", "a(ssssssouso)", Access::Anyone, list_units, "units"},
    {manager, "ListUnitsFiltered", "as", "a(ssssssouso)", Access::Anyone, list_units_filtered,
     "states units"},
    {manager, "ListUnitsByPatterns", "asas", "a(ssssssouso)", Access::Anyone,
     list_units_by_patterns, "states patterns units"},
    {manager, "ListUnitsByNames", "as", "a(ssssssouso)", Access::Anyone, list_units_by_names,
     "names units"},
    {manager, "GetJob", "u", "o", Access::Anyone, get_job, "id job"},
    {manager, "GetJobAfter", "u", "a(usssoo)", Access::Anyone, jobs_after, "id jobs"},
    {manager, "GetJobBefore", "u", "a(usssoo)", Access::Anyone, jobs_before, "id jobs"},
    {manager, "ListJobs", "", "a(usssoo)", Access::Anyone, list_jobs, "jobs"},
    {manager, "CancelJob", "u", "", Access::Trusted, cancel_job, "id"},
    {manager, "ClearJobs", "", "", Access::Trusted, clear_jobs},
    {job, "GetAfter", "", "a(usssoo)", Access::Anyone, jobs_after, "jobs"},
    {job, "GetBefore", "", "a(usssoo)", Access::Anyone, jobs_before, "jobs"},
};

} // namespace

std::span<const Method> list_methods() {
    return lists_rows;
}

} // namespace sctl
