// How a job brings along others, and what becomes of it where they cannot be had.
//
// The walk is depth first, with its own stack: a chain of ten thousand units must not overflow
// PID 1's.
#include <cerrno>
#include <cstring>

#include "base/log.hpp"
#include "base/text.hpp"
#include "graph/plan.hpp"

namespace sctl {

namespace {

Error systemd_error(int code, std::string text, std::string_view name) {
    return Error{code, std::move(text), cat("org.freedesktop.systemd1.", name)};
}

bool is_applicable(JobType type, const UnitSummary& unit) {
    switch (type) {
        // Also of units that only come up by themselves, as devices do: a job can wait for them.
        case JobType::Start:
        case JobType::VerifyActive:
        case JobType::Nop: return true;
        case JobType::Stop: return !unit.perpetual;
        case JobType::Restart:
        case JobType::TryRestart: return unit.can_stop && unit.can_start;
        case JobType::Reload:
        case JobType::TryReload: return unit.can_reload;
        case JobType::ReloadOrStart: return unit.can_reload && unit.can_start;
    }
    return false;
}

} // namespace

Result<void> check_load_state(const UnitSummary& unit) {
    switch (unit.load_state) {
        case LoadState::Loaded: return {};
        case LoadState::NotFound:
            return systemd_error(ENOENT, cat("Unit ", unit.name, " not found."), "NoSuchUnit");
        case LoadState::BadSetting:
            return systemd_error(ENOEXEC, cat("Unit ", unit.name, " has a bad unit file setting."),
                                 "BadUnitSetting");
        case LoadState::Masked:
            return systemd_error(ERFKILL, cat("Unit ", unit.name, " is masked."), "UnitMasked");
        case LoadState::Error: {
            int code = unit.load_error && unit.load_error->code ? unit.load_error->code : EIO;
            return Error{code,
                         cat("Unit ", unit.name,
                             " failed to load properly, please adjust/correct "
                             "and reload service manager: ",
                             std::strerror(code)),
                         unit.load_error ? unit.load_error->name : std::string()};
        }
        case LoadState::Stub:
        case LoadState::Merged:
            return systemd_error(EIO, cat("Unit ", unit.name, " is not loaded properly."),
                                 "LoadFailed");
    }
    return {};
}

Result<void> check_manual_request(const UnitStates& view, JobType type, UnitId id) {
    UnitSummary unit = view.summary(id);
    bool absent = unit.load_state == LoadState::NotFound || unit.load_state == LoadState::Error ||
                  unit.load_state == LoadState::BadSetting;
    if (type == JobType::Stop && absent && unit.active_state == ActiveState::Inactive)
        return systemd_error(ENOENT, cat("Unit ", unit.name, " not loaded."), "NoSuchUnit");

    bool starts =
        type == JobType::Start || type == JobType::Restart || type == JobType::TryRestart ||
        (type == JobType::ReloadOrStart && collapsed(type, unit.active_state) == JobType::Start);
    bool stops = type == JobType::Stop || type == JobType::Restart || type == JobType::TryRestart;
    if (!(starts && unit.refuse_manual_start) && !(stops && unit.refuse_manual_stop)) return {};
    return systemd_error(EINVAL,
                         cat("Operation refused, unit ", unit.name,
                             " may be requested by dependency only (it is configured to refuse "
                             "manual start/stop)."),
                         "OnlyByDependency");
}

Result<void> Plan::add_anchor(JobType type, UnitId unit, bool requirements, bool ignore_order) {
    return pull_in({type, unit, true, false, OnError::Fail}, none, requirements, ignore_order);
}

Result<uint32_t> Plan::add_job(const Request& request, uint32_t by, bool ignore_order,
                               bool& is_new) {
    UnitSummary unit = view_.summary(request.unit);
    bool complete = unit.load_state != LoadState::Stub && unit.load_state != LoadState::Merged;
    if (request.type != JobType::Stop || !complete)
        if (auto loaded = check_load_state(unit); !loaded) return loaded.error();
    if (!is_applicable(request.type, unit))
        return systemd_error(EBADR,
                             cat("Job type ", to_string(request.type),
                                 " is not applicable for unit ", unit.name, "."),
                             "JobTypeNotApplicable");

    uint32_t index = head(request.unit);
    while (index != none && items_[index].type != request.type) index = items_[index].next;
    is_new = index == none;
    if (is_new) {
        index = static_cast<uint32_t>(items_.size());
        items_.push_back(Item{.unit = request.unit, .type = request.type});
        items_[index].next = head(request.unit);
        heads_[place_of(request.unit)] = index;
    }
    items_[index].ignore_order |= ignore_order;
    if (by != none)
        link(by, index, request.matters, request.conflicts);
    else
        anchor_ = index;
    return index;
}

Result<void> Plan::pull_in(const Request& request, uint32_t by, bool requirements,
                           bool ignore_order) {
    bool is_new = false;
    auto first = add_job(request, by, ignore_order, is_new);
    if (!first) return first.error();
    if (!is_new || !requirements) return {};

    std::vector<Frame> path;
    path.push_back({*first, requests_of(items_[*first])});
    while (!path.empty()) {
        if (path.back().next == path.back().requests.size()) {
            path.pop_back();
            continue;
        }
        Request wanted = path.back().requests[path.back().next++];
        if (view_.summary(wanted.unit).skipped) continue;
        auto added = add_job(wanted, path.back().item, ignore_order, is_new);
        if (added) {
            if (is_new) path.push_back({*added, requests_of(items_[*added])});
            continue;
        }
        // The job that asked for it fails, and the one that asked for that, up to one that ignores
        // it. Jobs added so far stay, as in systemd 252.
        Error error = added.error();
        while (wanted.on_error == OnError::Fail) {
            if (error.code == EBADR) break;
            path.pop_back();
            if (path.empty()) return error;
            const Frame& asker = path.back();
            wanted = asker.requests[asker.next - 1];
        }
        if (wanted.on_error != OnError::Fail) report_ignored(wanted, error);
    }
    return {};
}

void Plan::report_ignored(const Request& request, const Error& error) const {
    bool quiet = request.on_error == OnError::IgnoreQuietly &&
                 (error.code == ERFKILL || error.code == EBADR || error.code == ENOENT);
    log(quiet ? LogLevel::Debug : LogLevel::Warning, name(request.unit), ": Cannot add dependency ",
        request.type == JobType::Reload ? "reload " : "", "job, ignoring: ", error.text);
}

std::vector<Plan::Request> Plan::requests_of(const Item& item) const {
    std::vector<Request> requests;
    if (item.type == JobType::Start || item.type == JobType::Restart)
        request_start(item.unit, requests);
    if (item.type == JobType::Stop || item.type == JobType::Restart)
        request_stop(item.unit, item.type, requests);
    if (item.type == JobType::Reload)
        graph_.for_each(item.unit, Dependency::PropagatesReloadTo, [&](UnitId other) {
            JobType type = collapsed(JobType::TryReload, view_.summary(other).active_state);
            if (type == JobType::Nop) return;
            requests.push_back({type, other, false, false, OnError::Warn});
        });
    return requests;
}

void Plan::request_start(UnitId unit, std::vector<Request>& requests) const {
    auto add = [&](Atom atom, JobType type, bool matters, bool conflicts, OnError on_error) {
        graph_.for_each(unit, atom, [&](UnitId other) {
            requests.push_back({type, other, matters, conflicts, on_error});
        });
    };
    add(Atom::PullInStart, JobType::Start, true, false, OnError::Fail);
    add(Atom::PullInStartIgnored, JobType::Start, false, false, OnError::IgnoreQuietly);
    add(Atom::PullInVerify, JobType::VerifyActive, true, false, OnError::Fail);
    add(Atom::PullInStop, JobType::Stop, true, true, OnError::Fail);
    add(Atom::PullInStopIgnored, JobType::Stop, false, false, OnError::Warn);
}

// A restart is propagated as try-restart, so that what is down stays down.
void Plan::request_stop(UnitId unit, JobType type, std::vector<Request>& requests) const {
    bool restart = type == JobType::Restart;
    Atom atom = restart ? Atom::PropagateRestart : Atom::PropagateStop;
    graph_.for_each(unit, atom, [&](UnitId other) {
        JobType nested = JobType::Stop;
        if (restart) nested = collapsed(JobType::TryRestart, view_.summary(other).active_state);
        if (nested == JobType::Nop) return;
        requests.push_back({nested, other, true, false, OnError::Fail});
    });
}

bool Plan::shall_stop_on_isolate(UnitId unit) const {
    return !view_.summary(unit).ignore_on_isolate && head(unit) == none;
}

void Plan::stop_the_others() {
    for (uint32_t place = 0; place < heads_.size(); ++place) {
        UnitId id = view_.unit_in(place);
        UnitSummary unit = view_.summary(id);
        if (unit.name.empty() || !shall_stop_on_isolate(id)) continue;
        if (is_inactive_or_failed(unit.active_state) && !view_.job(id)) continue;
        // What is triggered by a unit that stays may stay as well.
        bool keep = false;
        graph_.for_each(id, Dependency::TriggeredBy,
                        [&](UnitId other) { keep |= !shall_stop_on_isolate(other); });
        if (keep) continue;
        auto stopped =
            pull_in({JobType::Stop, id, true, false, OnError::Fail}, anchor_, true, false);
        if (!stopped)
            view_.tell(LogLevel::Warning, {id},
                       cat(unit.name, ": Cannot add isolate job, ignoring: ",
                           std::strerror(stopped.error().code)));
    }
}

void Plan::stop_triggers() {
    UnitId unit = items_[anchor_].unit;
    graph_.for_each(unit, Dependency::TriggeredBy, [&](UnitId trigger) {
        if (is_inactive_or_failed(view_.summary(trigger).active_state) && !view_.job(trigger))
            return;
        if (head(trigger) != none) return;
        auto stopped =
            pull_in({JobType::Stop, trigger, true, false, OnError::Fail}, anchor_, true, false);
        if (!stopped)
            view_.tell(LogLevel::Warning, {trigger},
                       cat(name(trigger), ": Cannot add triggered by job, ignoring: ",
                           std::strerror(stopped.error().code)));
    });
}

} // namespace sctl
