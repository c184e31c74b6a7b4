#include "manager/job_messages.hpp"

#include "base/text.hpp"
#include "unit/unit_kind.hpp"

namespace sctl {
namespace {

// "nginx.service - A web server", as systemd names a unit in its messages, or one of the two.
std::string title(const Unit& unit, StatusUnitFormat format) {
    const std::string& name = unit.name().str();
    const std::string& description = unit.loaded.unit.description;
    if (description.empty() || format == StatusUnitFormat::Name) return name;
    return format == StatusUnitFormat::Description ? description : cat(name, " - ", description);
}

const JobWords& words_of(const Unit& unit) {
    return kind_of(unit.type()).words;
}

std::string started(const Unit& unit, StatusUnitFormat format) {
    const UnitKind& kind = kind_of(unit.type());
    bool ends = kind.ends_with_start && kind.ends_with_start(unit.loaded);
    return cat(ends ? "Finished " : kind.words.started, title(unit, format), ".");
}

std::string skipped(const Unit& unit, StatusUnitFormat format) {
    if (unit.unmet.empty())
        return cat("Condition check resulted in ", title(unit, format), " being skipped.");
    return cat(title(unit, format), " was skipped because ", unit.unmet, ".");
}

JobMessage start_ended(JobResult result, const Unit& unit, StatusUnitFormat format) {
    switch (result) {
        case JobResult::Done:
            if (unit.is_inactive_or_failed() && !unit.condition_result)
                return {LogLevel::Info, skipped(unit, format)};
            return {LogLevel::Info, started(unit, format)};
        case JobResult::Timeout:
            return {LogLevel::Error, cat(words_of(unit).start_timed_out, title(unit, format), ".")};
        case JobResult::Failed:
            return {LogLevel::Error, cat(words_of(unit).start_failed, title(unit, format), ".")};
        case JobResult::Dependency:
            return {LogLevel::Warning, cat("Dependency failed for ", title(unit, format), ".")};
        case JobResult::Assert:
            return {LogLevel::Warning, cat("Assertion failed for ", title(unit, format), ".")};
        case JobResult::Unsupported:
            return {LogLevel::Warning, cat("Starting of ", title(unit, format), " unsupported.")};
        case JobResult::Collected:
            return {LogLevel::Info,
                    cat("Unnecessary job was removed for ", title(unit, format), ".")};
        case JobResult::Once:
            return {LogLevel::Error, cat("Unit ", title(unit, format),
                                         " has been started before and cannot be started again.")};
        case JobResult::Canceled:
        case JobResult::Skipped:
        case JobResult::Invalid: return {};
    }
    return {};
}

JobMessage stop_ended(JobResult result, const Unit& unit, StatusUnitFormat format) {
    switch (result) {
        case JobResult::Done:
            return {LogLevel::Info, cat(words_of(unit).stopped, title(unit, format), ".")};
        case JobResult::Failed:
            return {LogLevel::Error, cat(words_of(unit).stop_failed, title(unit, format), ".")};
        case JobResult::Timeout:
            return {LogLevel::Error, cat(words_of(unit).stop_timed_out, title(unit, format), ".")};
        default: return {};
    }
}

JobMessage reload_ended(JobResult result, const Unit& unit, StatusUnitFormat format) {
    switch (result) {
        case JobResult::Done: return {LogLevel::Info, cat("Reloaded ", title(unit, format), ".")};
        case JobResult::Failed:
            return {LogLevel::Error, cat("Reload failed for ", title(unit, format), ".")};
        case JobResult::Timeout:
            return {LogLevel::Error, cat("Timed out reloading ", title(unit, format), ".")};
        default: return {};
    }
}

} // namespace

JobMessage begin_message(JobType type, const Unit& unit, StatusUnitFormat format) {
    switch (type) {
        case JobType::Start:
            return {LogLevel::Info, cat(words_of(unit).starting, title(unit, format), "...")};
        case JobType::Stop:
        case JobType::Restart:
            return {LogLevel::Info, cat(words_of(unit).stopping, title(unit, format), "...")};
        case JobType::Reload:
            return {LogLevel::Info, cat("Reloading ", title(unit, format), "...")};
        default: return {};
    }
}

JobMessage end_message(const Job& job, const Unit& unit, StatusUnitFormat format) {
    switch (job.type) {
        case JobType::Start: return start_ended(job.result, unit, format);
        case JobType::Stop:
        case JobType::Restart: return stop_ended(job.result, unit, format);
        case JobType::Reload: return reload_ended(job.result, unit, format);
        case JobType::VerifyActive:
            if (job.result != JobResult::Skipped) return {};
            return {LogLevel::Notice, cat(title(unit, format), " is inactive.")};
        default: return {};
    }
}

} // namespace sctl
