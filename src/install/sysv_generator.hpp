// Services of /etc/init.d: the scripts that have no unit become units in
// /run/systemd/generator.late, as systemd-sysv-generator(8) makes them. Used where the image has no
// such generator.
//
//   /etc/init.d/exim4          exim4.service
//   /etc/rc2.d/S01exim4        multi-user.target.wants/exim4.service; so rc3.d and rc4.d
//   /etc/rc5.d, /etc/rc1.d     graphical.target, rescue.target
//
// A unit of that name, a masked one too, wins over the script. Where one of two scripts has no LSB
// header, the numbers of their links decide which starts first.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/files.hpp"
#include "install/sysv_script.hpp"
#include "unit/search/embedded_units.hpp"

namespace sctl {

inline constexpr std::string_view sysv_script_directory = "/etc/init.d";

// Writes the units into `directory`, a path of this machine, which is there. An Error for one that
// cannot be written; the others are, all the same. `embedded` count as units.
[[nodiscard]] Result<void> make_sysv_units(const Root& root, const std::string& directory,
                                           const SysvWarning& warn,
                                           std::span<const EmbeddedUnit> embedded = {});

// The program sctl-sysv-generator, which the manager runs among the generators: NORMAL EARLY LATE.
[[nodiscard]] int run_sysv_generator(int count, char** arguments);

} // namespace sctl
