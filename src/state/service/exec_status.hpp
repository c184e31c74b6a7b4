// How the end of a process is judged and worded.
#pragma once

#include <string>

#include "state/service/service.hpp"

namespace sctl {

// A daemon that dies of SIGHUP, SIGINT, SIGTERM or SIGPIPE did as it was told, a command did not.
enum class ExitKind : uint8_t { Command, Daemon };

// Success, ExitCode, Signal or CoreDump. An end nobody could observe (code 0) is a success.
[[nodiscard]] ServiceResult judge_exit(ExitInfo info, ExitKind kind, const ExitStatusSet& success);
// Whether the set names this exit status or signal.
[[nodiscard]] bool contains(const ExitStatusSet& set, ExitInfo info);
// "code=exited, status=203/EXEC", "code=killed, status=9/KILL"
[[nodiscard]] std::string describe_exit(ExitInfo info);

} // namespace sctl
