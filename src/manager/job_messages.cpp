#include "manager/job_messages.hpp"

#include "base/text.hpp"

namespace sctl {
namespace {

// "nginx.service - A web server", as systemd names a unit in its messages.
std::string title(const Unit& unit) {
    if (unit.loaded.unit.description.empty()) return unit.name().str();
    return cat(unit.name().str(), " - ", unit.loaded.unit.description);
}

std::string started(const Unit& unit) {
    if (unit.type() == UnitType::Target) return cat("Reached target ", title(unit), ".");
    bool is_oneshot = unit.service && unit.loaded.service->type == ServiceType::Oneshot;
    return cat(is_oneshot ? "Finished " : "Started ", title(unit), ".");
}

std::string start_failed(const Job& job, const Unit& unit) {
    switch (job.result) {
        case JobResult::Timeout: return cat("Timed out starting ", title(unit));
        case JobResult::Dependency: return cat("Dependency failed for ", title(unit));
        case JobResult::Assert: return cat("Assertion failed for ", title(unit));
        case JobResult::Unsupported: return cat("Starting of ", title(unit), " unsupported");
        case JobResult::Collected: return cat("Unnecessary job was removed for ", title(unit));
        case JobResult::Once:
            return cat("Unit ", title(unit),
                       " has been started before and cannot be started again");
        default: return cat("Failed to start ", title(unit));
    }
}

std::string because(const Job& job, const std::function<std::string(UnitId)>& name_of) {
    if (job.cause.text.empty()) return ".";
    if (job.cause.unit == no_unit || job.cause.unit == job.unit) return cat(": ", job.cause.text);
    return cat(": ", name_of(job.cause.unit), ": ", job.cause.text);
}

} // namespace

JobMessage job_message(const Job& job, const Unit& unit,
                       const std::function<std::string(UnitId)>& name_of) {
    bool quiet = job.result == JobResult::Canceled || job.result == JobResult::Skipped;
    if (quiet) return {};
    switch (job.type) {
        case JobType::Start:
            if (job.result != JobResult::Done) {
                return {LogLevel::Error, start_failed(job, unit) + because(job, name_of)};
            }
            // A condition that was not met has been told already.
            if (unit.is_inactive_or_failed() && !unit.condition_result) return {};
            return {LogLevel::Info, started(unit)};
        case JobType::Stop:
        case JobType::Restart: {
            std::string_view what =
                unit.type() == UnitType::Target ? "Stopped target " : "Stopped ";
            if (job.result == JobResult::Done) return {LogLevel::Info, cat(what, title(unit), ".")};
            return {LogLevel::Warning,
                    cat("Stopped (with error) ", title(unit)) + because(job, name_of)};
        }
        case JobType::Reload:
            if (job.result == JobResult::Done)
                return {LogLevel::Info, cat("Reloaded ", title(unit), ".")};
            return {LogLevel::Error,
                    cat("Reload failed for ", title(unit)) + because(job, name_of)};
        default: return {};
    }
}

} // namespace sctl
