// What a verb on unit files tells its user, in systemctl's words: one place for the client, who
// says it, and for the bus, whose errors the client repeats.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "install/install.hpp"

namespace sctl {

struct InstallMessage {
    bool is_error = false; // what --quiet does not silence
    std::string text;      // one line
};

// The lines for `outcome`. `verb` stands in "Failed to VERB unit, ...": the verb's own name, but
// "add dependency on" for add-wants and add-requires, "set default" for set-default and
// "preset" for preset-all. `arrow` is
// "→", or "->" where the locale has no such character.
[[nodiscard]] std::vector<InstallMessage> install_messages(const InstallOutcome& outcome,
                                                           std::string_view verb,
                                                           std::string_view arrow = "→");

// The exit status of a verb that worked on files by itself.
[[nodiscard]] int install_exit_status(const InstallOutcome& outcome);

// What the bus answers with in place of changes: where something failed and nothing was done. Else
// nothing, and the changes are the answer, those of kind Failed left out.
[[nodiscard]] std::optional<Error> install_bus_error(const InstallOutcome& outcome);

// Why enable and reenable did nothing: for an outcome without an error that carries no install
// info.
[[nodiscard]] std::string_view no_install_info_text();

} // namespace sctl
