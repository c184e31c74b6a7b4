// Where the manager's unit files lie, for room install.
#pragma once

#include "base/log.hpp"
#include "install/install.hpp"
#include "manager/manager.hpp"

namespace sctl {

// Refers to the manager's facts: for one call.
[[nodiscard]] inline InstallPlace unit_file_place(const Manager& manager) {
    return {.root = manager.options().root(),
            .paths = manager.index().search_path(),
            .facts = manager.facts(),
            .warn = [](std::string_view text) { log_warning(text); },
            .embedded = embedded_units(),
            .scope = InstallScope::System};
}

} // namespace sctl
