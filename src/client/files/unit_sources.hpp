// The files that a unit is made of, for cat and edit.
#pragma once

#include <string>
#include <vector>

#include "client/calls/session.hpp"
#include "client/files/unit_files.hpp"
#include "unit/search/embedded_units.hpp"
#include "unit/search/unit_index.hpp"

namespace sctl {

struct UnitSources {
    enum class Kind { Found, NotFound, Masked, Unreadable } kind = Kind::Found;
    std::string fragment; // of a unit compiled in its name, or a path that was made up for it
    std::vector<std::string> drop_ins;
};

// As they lie on disk: where there is no manager, and of templates, which none has in memory.
[[nodiscard]] UnitSources look_up_sources(const UnitFiles& files, const UnitIndex& index,
                                          const std::string& name);
[[nodiscard]] UnitIndex scan(const UnitFiles& files);
// As the manager has loaded them; a template, or without a manager, as they lie on disk.
[[nodiscard]] UnitSources find_sources(const Session& session, ClientConnection* manager,
                                       const std::string& name);

// The unit compiled in whose text a fragment of the above stands for; nullptr: it is a file.
[[nodiscard]] const EmbeddedUnit* embedded_unit(const std::string& fragment);

} // namespace sctl
