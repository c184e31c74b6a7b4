#include "manager/job_messages.hpp"

#include "base/text.hpp"
#include "unit/unit_kind.hpp"

namespace sctl {
namespace {

// "nginx.service - A web server", as systemd names a unit in its messages.
std::string title(const Unit& unit) {
    if (unit.loaded.unit.description.empty()) return unit.name().str();
    return cat(unit.name().str(), " - ", unit.loaded.unit.description);
}

std::string started(const Unit& unit) {
    const UnitKind& kind = kind_of(unit.type());
    bool ends = kind.ends_with_start && kind.ends_with_start(unit.loaded);
    return cat(ends ? "Finished " : kind.started, title(unit), ".");
}

std::string stopped(const Unit& unit) {
    return cat(kind_of(unit.type()).stopped, title(unit), ".");
}

std::string skipped(const Unit& unit) {
    if (unit.unmet.empty())
        return cat("Condition check resulted in ", title(unit), " being skipped.");
    return cat(title(unit), " was skipped because ", unit.unmet, ".");
}

JobMessage start_ended(JobResult result, const Unit& unit) {
    switch (result) {
        case JobResult::Done:
            if (unit.is_inactive_or_failed() && !unit.condition_result)
                return {LogLevel::Info, skipped(unit)};
            return {LogLevel::Info, started(unit)};
        case JobResult::Timeout:
            return {LogLevel::Error, cat("Timed out starting ", title(unit), ".")};
        case JobResult::Failed: return {LogLevel::Error, cat("Failed to start ", title(unit), ".")};
        case JobResult::Dependency:
            return {LogLevel::Warning, cat("Dependency failed for ", title(unit), ".")};
        case JobResult::Assert:
            return {LogLevel::Warning, cat("Assertion failed for ", title(unit), ".")};
        case JobResult::Unsupported:
            return {LogLevel::Warning, cat("Starting of ", title(unit), " unsupported.")};
        case JobResult::Collected:
            return {LogLevel::Info, cat("Unnecessary job was removed for ", title(unit), ".")};
        case JobResult::Once:
            return {LogLevel::Error, cat("Unit ", title(unit),
                                         " has been started before and cannot be started again.")};
        case JobResult::Canceled:
        case JobResult::Skipped:
        case JobResult::Invalid: return {};
    }
    return {};
}

JobMessage stop_ended(JobResult result, const Unit& unit) {
    switch (result) {
        case JobResult::Done: return {LogLevel::Info, stopped(unit)};
        case JobResult::Failed:
            return {LogLevel::Error, cat("Stopped (with error) ", title(unit), ".")};
        case JobResult::Timeout:
            return {LogLevel::Error, cat("Timed out stopping ", title(unit), ".")};
        default: return {};
    }
}

JobMessage reload_ended(JobResult result, const Unit& unit) {
    switch (result) {
        case JobResult::Done: return {LogLevel::Info, cat("Reloaded ", title(unit), ".")};
        case JobResult::Failed:
            return {LogLevel::Error, cat("Reload failed for ", title(unit), ".")};
        case JobResult::Timeout:
            return {LogLevel::Error, cat("Timed out reloading ", title(unit), ".")};
        default: return {};
    }
}

} // namespace

JobMessage begin_message(JobType type, const Unit& unit) {
    switch (type) {
        case JobType::Start: return {LogLevel::Info, cat("Starting ", title(unit), "...")};
        case JobType::Stop:
        case JobType::Restart: return {LogLevel::Info, cat("Stopping ", title(unit), "...")};
        case JobType::Reload: return {LogLevel::Info, cat("Reloading ", title(unit), "...")};
        default: return {};
    }
}

JobMessage end_message(const Job& job, const Unit& unit) {
    switch (job.type) {
        case JobType::Start: return start_ended(job.result, unit);
        case JobType::Stop:
        case JobType::Restart: return stop_ended(job.result, unit);
        case JobType::Reload: return reload_ended(job.result, unit);
        case JobType::VerifyActive:
            if (job.result != JobResult::Skipped) return {};
            return {LogLevel::Notice, cat(title(unit), " is inactive.")};
        default: return {};
    }
}

} // namespace sctl
