// From a name to a unit: finds its files, reads the fragment and the drop-ins over it through the
// directive table, adds the dependencies of its .wants and .requires directories and those that
// systemd adds by itself, and checks what came of it. A unit always comes back: `load_state` and
// `load_error` say what is wrong with one that cannot be started, in the words that systemd has for
// it. What is bad in a line is told to `warn` and costs that line alone.
#pragma once

#include "unit/config.hpp"
#include "unit/facts.hpp"
#include "unit/manager_config/manager_config.hpp"
#include "unit/search/unit_index.hpp"
#include "unit/syntax/ini_reader.hpp"

namespace sctl {

// `name` is no template. Units of a type that is not built yet are loaded with [Unit] alone.
// `defaults`: of what its files do not say.
[[nodiscard]] LoadedUnit load_unit(const UnitIndex& index, const UnitName& name, const Facts& facts,
                                   const UnitDefaults& defaults, const WarningSink& warn);

// Makes it LoadState::Error, in systemd's words for this errno value.
void fail_loading(LoadedUnit& unit, int code);

// What the unit asks for and does not get here, as the one line that is due when it starts, without
// its name; "" where there is nothing. What would have protected the system is named as such.
[[nodiscard]] std::string unmet_wishes(const LoadedUnit& unit);

} // namespace sctl
