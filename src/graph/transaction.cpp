#include "graph/transaction.hpp"

#include <cerrno>

#include "base/log.hpp"
#include "graph/plan.hpp"

namespace sctl {

namespace {

Result<void> check_mode(const UnitSummary& unit, JobType type, JobMode mode) {
    constexpr auto invalid = "org.freedesktop.DBus.Error.InvalidArgs";
    if (mode == JobMode::Isolate && type != JobType::Start)
        return Error{EINVAL, "Isolate is only valid for start.", invalid};
    if (mode == JobMode::Isolate && !unit.allow_isolate)
        return Error{EPERM, "Operation refused, unit may not be isolated.",
                     "org.freedesktop.systemd1.NoIsolation"};
    if (mode == JobMode::Triggering && type != JobType::Stop)
        return Error{EINVAL, "--job-mode=triggering is only valid for stop.", invalid};
    return {};
}

} // namespace

Result<Transaction> build_transaction(const DependencyGraph& graph, const UnitStates& view,
                                      JobType type, UnitId unit, JobMode mode) {
    UnitSummary summary = view.summary(unit);
    if (auto allowed = check_mode(summary, type, mode); !allowed) return allowed.error();

    Plan plan(graph, view);
    bool ignore_order = mode == JobMode::IgnoreDependencies;
    bool requirements = !ignore_order && mode != JobMode::IgnoreRequirements && !summary.skipped;
    auto added =
        plan.add_anchor(collapsed(type, summary.active_state), unit, requirements, ignore_order);
    if (!added) return added.error();
    if (mode == JobMode::Isolate) plan.stop_the_others();
    if (mode == JobMode::Triggering) plan.stop_triggers();

    plan.mark_what_matters();
    if (mode == JobMode::Fail) plan.minimize_impact();
    plan.drop_redundant();
    // The stops of an isolate are there because nothing pulls them in.
    bool keep_garbage = mode == JobMode::Isolate;
    if (auto ordered = plan.break_cycles(keep_garbage); !ordered) {
        log_warning("Requested transaction contains an unfixable cyclic ordering dependency: ",
                    ordered.error().text);
        return ordered.error();
    }
    if (auto merged = plan.merge_jobs(keep_garbage); !merged) {
        log_warning("Requested transaction contains unmergeable jobs: ", merged.error().text);
        return merged.error();
    }
    plan.drop_redundant();
    if (auto applicable = plan.check_destructive(mode); !applicable) {
        log(LogLevel::Notice,
            "Requested transaction contradicts existing jobs: ", applicable.error().text);
        return applicable.error();
    }
    return plan.result(mode);
}

} // namespace sctl
