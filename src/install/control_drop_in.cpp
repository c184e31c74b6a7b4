#include "install/control_drop_in.hpp"

#include "base/files.hpp"
#include "base/text.hpp"

namespace sctl {

Result<void> write_control_drop_in(const InstallPlace& place, std::string_view unit,
                                   const ControlDropIn& drop_in, bool runtime) {
    const auto& top = runtime ? place.paths.runtime_control : place.paths.persistent_control;
    if (top.empty()) return errno_error("a place for drop-ins", ENXIO);
    auto directory = place.root.at(cat(top, "/", unit, ".d"));
    if (auto made = make_directories(directory); !made) return made;
    return write_file_atomically(
        cat(directory, "/50-", drop_in.name, ".conf"),
        cat("# This is a drop-in unit file extension, created via \"systemctl set-property\"\n"
            "# or an equivalent operation. Do not edit.\n[",
            drop_in.section, "]\n", drop_in.text, "\n"));
}

} // namespace sctl
