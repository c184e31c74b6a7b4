// What PID 1 does when nothing else can go on: it must not die, or the kernel takes the container
// with it, and it must still obey a stop.
#pragma once

namespace sctl {

// Reaps; at SIGTERM, SIGINT or SIGRTMIN+3/+4 signals everyone, waits until they are gone or ten
// seconds are over, and ends the process with status 1. All signals are blocked. Allocates nothing.
[[noreturn]] void last_resort() noexcept;

} // namespace sctl
