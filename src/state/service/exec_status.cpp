#include "state/service/exec_status.hpp"

#include <algorithm>
#include <csignal>

#include "base/text.hpp"
#include "unit/values/exit_status.hpp"
#include "unit/values/signal_name.hpp"

namespace sctl {
namespace {

bool holds(const std::vector<uint8_t>& sorted, int value) {
    return value >= 0 && value <= 255 &&
           std::binary_search(sorted.begin(), sorted.end(), static_cast<uint8_t>(value));
}

bool is_polite_signal(int signal) {
    return signal == SIGHUP || signal == SIGINT || signal == SIGTERM || signal == SIGPIPE;
}

} // namespace

ServiceResult judge_exit(ExitInfo info, ExitKind kind, const ExitStatusSet& success) {
    switch (info.code) {
        case CLD_EXITED:
            if (info.status == 0 || holds(success.statuses, info.status))
                return ServiceResult::Success;
            return ServiceResult::ExitCode;
        case CLD_KILLED:
            if (kind == ExitKind::Daemon && is_polite_signal(info.status))
                return ServiceResult::Success;
            if (holds(success.signals, info.status)) return ServiceResult::Success;
            return ServiceResult::Signal;
        case CLD_DUMPED: return ServiceResult::CoreDump;
        default: return ServiceResult::Success;
    }
}

bool contains(const ExitStatusSet& set, ExitInfo info) {
    if (info.code == CLD_EXITED) return holds(set.statuses, info.status);
    if (info.code == CLD_KILLED || info.code == CLD_DUMPED) return holds(set.signals, info.status);
    return false;
}

std::string describe_exit(ExitInfo info) {
    if (info.code == CLD_EXITED) {
        auto name = exit_status_name(static_cast<uint8_t>(info.status), ExitStatusNames::All);
        return cat("code=exited, status=", info.status, "/", name.empty() ? "n/a" : name);
    }
    return cat("code=", info.code == CLD_DUMPED ? "dumped" : "killed", ", status=", info.status,
               "/", signal_name(info.status));
}

} // namespace sctl
