// Who manages an instance (the machine, or the directory of --instance=): whoever holds the lock on
// /run/systemd/sctl.lock. It is held for life, and goes with its process however that ends, so that
// a socket, a lock file or a directory that a dead manager or an image's layer has left behind
// misleads nobody; only the holder removes and makes the sockets.
#pragma once

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sctl {

// The lock; EBUSY, with a text that names the process, where there is another manager, also one
// that knows no such lock (systemd). The directory of the lock is there.
[[nodiscard]] Result<UniqueFd> lock_instance(const Root& root);

// The same for PID 1. A manager in the background, which an earlier program of this process has
// launched (an image's entry script, which then executes us), is told to stop what it runs and to
// end, and is waited for so long; then it is killed.
[[nodiscard]] Result<UniqueFd> take_over_instance(const Root& root, Span patience);

} // namespace sctl
