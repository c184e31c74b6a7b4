#include "client/calls/job_watch.hpp"

#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/manager_calls.hpp"
#include "unit/syntax/escape.hpp"

namespace sctl {

namespace {

void explain_service(const Session& session, std::string_view name, std::string_view result) {
    static constexpr struct {
        std::string_view result, because;
    } rows[] = {
        {"resources", "of unavailable resources or another system error"},
        {"protocol", "the service did not take the steps required by its unit configuration"},
        {"timeout", "a timeout was exceeded"},
        {"exit-code", "the control process exited with error code"},
        {"signal", "a fatal signal was delivered to the control process"},
        {"core-dump", "a fatal signal was delivered causing the control process to dump core"},
        {"watchdog", "the service failed to send watchdog ping"},
        {"start-limit-hit", "start of the service was attempted too often"},
    };
    std::string reason;
    for (const auto& row : rows) {
        if (row.result == result) reason = cat(" because ", row.because);
    }
    auto scope = session.scope_option();
    auto quoted = shell_maybe_quote(name);
    log_error("Job for ", name, " failed", reason, ".\nSee \"systemctl", scope, " status ", quoted,
              "\" and \"journalctl", scope, " -xeu ", quoted, "\" for details.");
    if (result == "start-limit-hit") {
        log_info("To force a start use \"systemctl", scope, " reset-failed ", quoted,
                 "\"\nfollowed by \"systemctl", scope, " start ", quoted, "\" again.");
    }
}

void explain_failure(const Session& session, ClientConnection& manager, const std::string& unit,
                     std::string_view result) {
    if (result == "canceled")
        log_error("Job for ", unit, " canceled.");
    else if (result == "timeout")
        log_error("Job for ", unit, " timed out.");
    else if (result == "dependency") {
        log_error("A dependency job for ", unit, " failed. See 'journalctl", session.scope_option(),
                  " -xe' for details.");
    } else if (result == "invalid")
        log_error(unit, " is not active, cannot reload.");
    else if (result == "assert")
        log_error("Assertion failed on job for ", unit, ".");
    else if (result == "unsupported") {
        log_error("Operation on or unit type of ", unit, " not supported on this system.");
    } else if (result == "collected")
        log_error("Queued job for ", unit, " was garbage collected.");
    else if (result == "once") {
        log_error("Unit ", unit, " was started already once and can't be started again.");
    } else if (unit.ends_with(".service")) {
        auto service_result =
            get_text(manager, unit_object_path(unit), "org.freedesktop.systemd1.Service", "Result");
        explain_service(session, unit, service_result.value_or(""));
    } else {
        log_error("Job failed. See \"journalctl", session.scope_option(), " -xe\" for details.");
    }
    // Our own manager knows why; systemd has forgotten it by now.
    auto cause = get_text(manager, unit_object_path(unit), "org.sctl.Unit1", "Cause");
    if (cause && !cause->empty()) log_error("Reason: ", *cause);
}

} // namespace

bool JobWatch::wait(Session& session, ClientConnection& manager) {
    bool all_well = true;
    while (!jobs_.empty()) {
        uint32_t id = 0;
        std::string job, unit, result;
        auto removed = manager.wait_signal([&](const Message& signal) {
            if (!signal.is_signal(manager_interface, "JobRemoved")) return false;
            Reader in(signal);
            return in.read(id, job, unit, result) && jobs_.contains(job);
        });
        if (!removed) {
            log_error("Failed to wait for response: ", words_of(removed.error()));
            return false;
        }
        jobs_.erase(job);
        if (result == "done" || result == "skipped") continue;
        all_well = false;
        if (!session.request.quiet) explain_failure(session, manager, unit, result);
    }
    return all_well;
}

} // namespace sctl
