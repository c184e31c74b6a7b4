// Files and directories that are made with the mode and the owner of what they come from. What is
// there already is never changed, and a file is there with all of its text or not at all, also
// where a signal ends the program.
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace sctl {

// The process group that gets SIGTERM where a signal ends us; 0 for none. We end when its leader,
// a child of ours, has ended, or when the grace is over: who is left then gets SIGKILL.
void end_with_us(pid_t group) noexcept;
void set_ending_grace(Span grace) noexcept;
[[nodiscard]] Span ending_grace() noexcept;

// From now on SIGTERM, SIGINT and SIGHUP end the program with status 128 + the signal's number, but
// not while something is being written.
void end_on_signals() noexcept;

enum class MadeOutput : unsigned char { Made, Existed };

// `like` is what it comes from.
[[nodiscard]] Result<MadeOutput> make_output_directory(const std::string& path,
                                                       const struct stat& like);
[[nodiscard]] Result<MadeOutput> write_output_file(const std::string& path, std::string_view text,
                                                   const struct stat& like);

} // namespace sctl
