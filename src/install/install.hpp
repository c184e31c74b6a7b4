// The verbs on unit files: enable, disable, mask, preset and the like. All is work on files and
// links below a Root: no manager takes part. The client calls it for --root=, in a
// chroot and where nothing runs; the bus for EnableUnitFiles and its kin; both get the same list of
// changes.
//
//   [Install] of a.service   enable makes in /etc/systemd/system (--runtime: in /run)
//     Alias=b.service          b.service                       → the path of a.service
//     WantedBy=x.target        x.target.wants/a.service        → likewise
//     RequiredBy=y.service     y.service.requires/a.service    → likewise
//     Also=c.service           what c.service says, as well
//
// Every verb may be repeated: what is there already is no change. A link appears or is replaced as
// a whole. Names are complete unit names or absolute paths ("a.service"; the client mangles them).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.hpp"
#include "base/result.hpp"
#include "unit/facts.hpp"
#include "unit/search/embedded_units.hpp"
#include "unit/search/search_path.hpp"
#include "unit/syntax/ini_reader.hpp"

namespace sctl {

enum class InstallScope : uint8_t {
    System,
    User,  // one user's
    Global // all users': --global
};

// Where to work. `facts` is for specifiers in [Install], and outlives the place.
struct InstallPlace {
    Root root;
    SearchPath paths; // as seen inside `root`
    const Facts& facts;
    WarningSink warn = {};                       // what is wrong in unit and preset files
    std::span<const EmbeddedUnit> embedded = {}; // they count as lying in the last directory
    InstallScope scope = InstallScope::System;
};

// The directories that --global searches: a user's, without those of any one user.
[[nodiscard]] SearchPath global_search_path(const Variables& variables = environment_variable);

struct InstallChange {
    enum class Kind : uint8_t {
        Symlink, // path is now a link to source
        Unlink,  // path has gone
        Masked,  // the unit at path is masked and was left alone
        MaskedByGenerator,
        Dangling,              // path is an alias of a unit that is not there
        DestinationNotPresent, // source now hangs on the unit `path`, which is not there
        AuxiliaryFailed,       // the unit `path`, named by Also=, could not be enabled
        Failed                 // `error` says why; path and source what it is about
    };
    Kind kind;
    std::string path; // of this machine: with the root's prefix
    std::string source;
    int error = 0; // an errno value, for Failed

    bool operator==(const InstallChange&) const = default;
};

// The first member of a change on D-Bus: "symlink", "unlink", ...
[[nodiscard]] std::string_view to_string(InstallChange::Kind kind);

struct InstallOutcome {
    std::vector<InstallChange> changes; // in the order in which they were made
    int error = 0;                      // an errno value where the verb as a whole failed
    // Of enable and reenable: whether any unit says how it is to be enabled.
    bool carries_install_info = false;
};

struct InstallFlags {
    bool runtime = false;             // in /run, until the next boot
    bool force = false;               // replace links that lead elsewhere
    bool dry_run = false;             // of disable: only tell which links there are
    bool pass_over_templates = false; // without an instance to be enabled as: so do presets
};

using UnitNames = std::span<const std::string>;

[[nodiscard]] InstallOutcome enable_units(const InstallPlace& place, UnitNames names,
                                          InstallFlags flags = {});
// Removes every link to the units, also those that [Install] does not name or no longer names.
[[nodiscard]] InstallOutcome disable_units(const InstallPlace& place, UnitNames names,
                                           InstallFlags flags = {});
[[nodiscard]] InstallOutcome reenable_units(const InstallPlace& place, UnitNames names,
                                            InstallFlags flags = {});
// A unit need not exist to be masked.
[[nodiscard]] InstallOutcome mask_units(const InstallPlace& place, UnitNames names,
                                        InstallFlags flags = {});
[[nodiscard]] InstallOutcome unmask_units(const InstallPlace& place, UnitNames names,
                                          InstallFlags flags = {});

// Links unit files from outside of the search path into it. `files` are absolute paths.
[[nodiscard]] InstallOutcome link_units(const InstallPlace& place, UnitNames files,
                                        InstallFlags flags = {});
// Removes what the administrator laid over the vendor's files: drop-ins, copies, masks.
[[nodiscard]] InstallOutcome revert_units(const InstallPlace& place, UnitNames names);

enum class AddedDependency : uint8_t { Wants, Requires };
[[nodiscard]] InstallOutcome add_dependency(const InstallPlace& place, UnitNames names,
                                            std::string_view target, AddedDependency kind,
                                            InstallFlags flags = {});

// `systemctl set-default` always replaces the link: flags.force.
[[nodiscard]] InstallOutcome set_default_target(const InstallPlace& place, std::string_view name,
                                                InstallFlags flags = {.runtime = false,
                                                                      .force = true});
// Without a default.target it is the embedded multi-user.target, which is then booted. ENOENT:
// there is neither.
[[nodiscard]] Result<std::string> default_target(const InstallPlace& place);

enum class PresetMode : uint8_t { Full, EnableOnly, DisableOnly };
// Enables or disables as the preset files say (see presets.hpp).
[[nodiscard]] InstallOutcome preset_units(const InstallPlace& place, UnitNames names,
                                          PresetMode mode = PresetMode::Full,
                                          InstallFlags flags = {});
// The same for every unit file there is; what cannot be enabled is among the changes, and no error.
[[nodiscard]] InstallOutcome preset_all(const InstallPlace& place,
                                        PresetMode mode = PresetMode::Full,
                                        InstallFlags flags = {});

// The words of is-enabled and of list-unit-files.
enum class UnitFileState : uint8_t {
    Enabled,
    EnabledRuntime,
    Linked,
    LinkedRuntime,
    Alias,
    Masked,
    MaskedRuntime,
    Static,
    Disabled,
    Indirect,
    Generated,
    Transient,
    Bad
};
[[nodiscard]] std::string_view to_string(UnitFileState state);
// Whether is-enabled exits with 0 for it.
[[nodiscard]] bool counts_as_enabled(UnitFileState state);

// ENOENT where there is no such unit; another error where its file cannot be understood, as
// list-unit-files then shows "bad".
[[nodiscard]] Result<UnitFileState> unit_file_state(const InstallPlace& place,
                                                    std::string_view name);

} // namespace sctl
