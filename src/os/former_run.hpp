// What a manager in the background notes in /run of the units whose processes it runs, for the one
// that comes after it where it is killed: they outlive it, and must neither be started a second
// time nor live on unseen. A file a unit, in /run/systemd/running:
//
//     BOOT PID-NAMESPACE INVOCATION UP MAIN-PID ITS-START LOCKS RSS [CONTROL-GROUP]
//
// A note counts for the boot and the pid namespace that it was written in, and as long as a process
// of the unit runs: what an image's layer or an earlier container has left misleads nobody. Such a
// manager's tags begin at a number at random, so that no other's processes have them.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.hpp"
#include "base/result.hpp"
#include "os/process.hpp"

namespace sctl {

struct FormerRun {
    std::string unit;
    std::array<uint8_t, 16> invocation{};
    bool is_up = false;       // it can go on where it is: else what is left of it has to end
    pid_t main_pid = 0;       // 0: none is known
    uint64_t start_ticks = 0; // of that process
    ProcessTag tag;           // of all of them, or infinite
    std::string control_group;

    bool operator==(const FormerRun&) const = default;
};

[[nodiscard]] Result<void> note_run(const Root& root, const FormerRun& run);
void forget_run(const Root& root, std::string_view unit);
// Of those that are noted the ones that still have a process. All other notes are removed.
[[nodiscard]] std::vector<FormerRun> take_former_runs(const Root& root);
// Whether there are any; removes nothing.
[[nodiscard]] bool has_former_runs(const Root& root);

// All that run, by a look at all of /proc.
[[nodiscard]] std::vector<pid_t> processes_of(const FormerRun& run);
// SIGKILL to all of them. Waits for their ends, a second at most, where `waits`.
void end_processes(const FormerRun& run, bool waits);

} // namespace sctl
