// What a manager prepares before it can start anything. Nothing that is there is replaced: in a
// container the engine has made /proc, /dev and the like already. What cannot be done (a
// read-only root, no right to mount) is logged and gone without.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/files.hpp"
#include "base/result.hpp"

namespace sctl {

// All of it, in the right order: descriptors, what is mounted (as PID 1), our name, the orphans,
// our limit of descriptors, and the directories below `instance`. To be called before anything else
// is opened. The first Error.
Result<void> prepare_run(const Root& instance, bool as_pid1);

// The parts of prepare_run(), for those who need one alone.
//
// Descriptors 0, 1 and 2 are open afterwards (on /dev/null where they were not), so that no file of
// ours gets their numbers; all others are closed at exec, so that no service inherits what our
// caller had open.
void secure_descriptors() noexcept;

// For PID 1: mounts /proc, /sys, a small /dev and a tmpfs on /run, each only where it is missing.
void mount_missing();

// Makes /run/systemd below `instance`. The machine's must be root's or ours: where another user was
// first, as on a /run that all may write to, root puts his aside and goes on with a new one; others
// get EPERM. Of a /run that all may write to root takes the right to rename what is not theirs.
[[nodiscard]] Result<void> claim_run_directory(const Root& instance);

// claim_run_directory(), then makes /run/systemd/system (by which programs tell that systemd runs),
// /run/lock and what else lies there from the start, below `instance`. The first Error; the rest is
// made all the same.
Result<void> prepare_run_directory(const Root& instance);

// Where a manager of `user` has what belongs into /run/systemd when it may not write there (another
// user than root, a read-only root): a directory of his own in /dev/shm, or else in /tmp.
[[nodiscard]] std::vector<std::string> run_places_of(uid_t user);
// `instance`, whose /run/systemd has been claimed and can be written to, or, of the machine, with
// the first of run_places_of() for us that can be had.
[[nodiscard]] Result<Root> find_run_place(const Root& instance);

// Our own soft limit of descriptors becomes the hard one; services get theirs by their plan. One
// below 1024 was set on purpose: it stays, and is our services' as well.
void raise_descriptor_limit() noexcept;

// The name in /proc/PID/comm: "systemd" for PID 1, which Ansible, Puppet and vendor scripts look
// for.
void set_process_name(const std::string& name) noexcept;

// Orphans come to us although we are not PID 1.
[[nodiscard]] Result<void> become_subreaper();

} // namespace sctl
