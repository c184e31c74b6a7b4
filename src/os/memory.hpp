// Memory that was needed for a while: a manager that idles for months need not hold what its boot
// took.
#pragma once

namespace sctl {

// Gives the free heap back to the kernel, and lets go of the program's own pages; those that are
// still needed come back from the page cache, some microseconds for each 64 KiB. What the next
// signal will need (src/resident.ld) is brought back at once.
void release_idle_memory() noexcept;

// A little memory that is kept for the moment when there is none: what ran out of it may be tried
// again with that. Taken (again) where it is not there.
void take_memory_reserve() noexcept;
void give_memory_reserve() noexcept;

} // namespace sctl
