#include "install/control_drop_in.hpp"

#include <unistd.h>

#include <cerrno>

#include "base/files.hpp"
#include "base/text.hpp"

namespace sctl {

Result<void> write_control_drop_in(const InstallPlace& place, std::string_view unit,
                                   const ControlDropIn& drop_in, bool runtime) {
    const auto& top = runtime ? place.paths.runtime_control : place.paths.persistent_control;
    if (top.empty()) return errno_error("a place for drop-ins", ENXIO);
    auto directory = place.root.at(cat(top, "/", unit, ".d"));
    if (auto made = make_directories(directory); !made) return made;
    auto path = [&](std::string_view name) { return cat(directory, "/50-", name, ".conf"); };
    auto written = write_file_atomically(
        path(drop_in.name),
        cat("# This is a drop-in unit file extension, created via \"systemctl set-property\"\n"
            "# or an equivalent operation. Do not edit.\n[",
            drop_in.section, "]\n", drop_in.text, "\n"));
    if (!written || drop_in.twin.empty()) return written;
    if (unlink(path(drop_in.twin).c_str()) == 0 || errno == ENOENT) return {};
    return errno_error(path(drop_in.twin));
}

} // namespace sctl
