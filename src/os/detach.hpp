// Going into the background, for a manager that somebody's command has launched: nothing of that
// somebody may stay with it, neither what would keep others waiting (a pipe held open makes
// `$(systemctl start x)` hang) nor what would reach the services (a umask, a limit, a session).
#pragma once

#include <optional>
#include <string_view>

#include "base/files.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sctl {

// Takes back what a caller may have set for its children: limits, nice level, scheduling, CPUs and
// OOM score are PID 1's again, and so is the environment; umask, groups and current directory are
// those of a process that nobody has set up. Of a PID 1 that is neither root's nor our own user's
// nothing is taken: limits, CPUs and OOM score stay. What may not be taken back stays as well.
// Signals and descriptors are block_all_signals()'s and secure_descriptors()'s.
void reset_inherited(const Root& root);

// The child's end of detach(): how its starter learns what has become of it.
class Readiness {
  public:
    explicit Readiness(UniqueFd pipe) : pipe_(std::move(pipe)) {}
    // To be called once; without a call the end of the process tells that it has failed.
    void ready() noexcept;
    void failed(std::string_view why) noexcept;

  private:
    UniqueFd pipe_;
};

// Forks. The child gets a Readiness, and has a session of its own and no descriptor of the caller:
// 0 and 1 are /dev/null, and so is 2 unless `root` is the machine's and a PID 1 that can be trusted
// writes its errors into a pipe, as in a container: then its lines go there, to the engine's log.
// The parent gets nothing, once the child is ready; an Error where it has failed, in the child's
// words.
[[nodiscard]] Result<std::optional<Readiness>> detach(const Root& root);

} // namespace sctl
