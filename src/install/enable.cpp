#include <cerrno>

#include "base/text.hpp"
#include "install/apply.hpp"
#include "install/links.hpp"

namespace sctl {
namespace {

void enable_into(const InstallPlace& place, UnitNames names, InstallFlags flags,
                 InstallOutcome& outcome) {
    if (config_directory(place, flags).empty()) {
        outcome.error = ENXIO;
        return;
    }
    InstallContext context(place);
    for (const auto& name : names) {
        auto unit = context.discover_and_check(name, load_following, outcome);
        if (!unit) {
            outcome.error = unit.error().code;
            return;
        }
    }
    auto applied = apply_units(context, flags, {.load = true}, outcome);
    outcome.error = applied.error;
    outcome.carries_install_info = applied.links > 0;
}

void disable_into(const InstallPlace& place, UnitNames names, InstallFlags flags,
                  InstallOutcome& outcome) {
    InstallContext context(place);
    for (const auto& name : names) {
        if (UnitName::parse(name) && context.add(name)) continue; // a path is no name
        add_failure(outcome, EUCLEAN, name);
        outcome.error = EUCLEAN;
        return;
    }
    auto to_remove = names_to_remove(context, outcome);
    outcome.error =
        remove_links(place, to_remove, config_directory(place, flags), outcome, flags.dry_run);
}

} // namespace

InstallOutcome enable_units(const InstallPlace& place, UnitNames names, InstallFlags flags) {
    InstallOutcome outcome;
    enable_into(place, names, flags, outcome);
    return outcome;
}

InstallOutcome disable_units(const InstallPlace& place, UnitNames names, InstallFlags flags) {
    InstallOutcome outcome;
    disable_into(place, names, flags, outcome);
    return outcome;
}

InstallOutcome reenable_units(const InstallPlace& place, UnitNames names, InstallFlags flags) {
    std::vector<std::string> bare;
    for (const auto& name : names) bare.emplace_back(base_name(name));
    auto outcome = disable_units(place, bare, flags);
    if (outcome.error == 0) enable_into(place, names, flags, outcome);
    return outcome;
}

InstallOutcome mask_units(const InstallPlace& place, UnitNames names, InstallFlags flags) {
    InstallOutcome outcome;
    const auto& directory = config_directory(place, flags);
    if (directory.empty()) outcome.error = ENXIO;
    for (const auto& name : names) {
        if (directory.empty()) break;
        int error = UnitName::parse(name) ? make_link(place, "/dev/null", cat(directory, "/", name),
                                                      flags.force, outcome)
                                          : EINVAL;
        if (outcome.error == 0) outcome.error = error;
    }
    return outcome;
}

InstallOutcome unmask_units(const InstallPlace& place, UnitNames names, InstallFlags flags) {
    InstallOutcome outcome;
    const auto& directory = config_directory(place, flags);
    std::set<std::string> removed;
    for (const auto& name : names) {
        if (!UnitName::parse(name)) {
            outcome.error = EINVAL;
            return outcome;
        }
        auto path = cat(directory, "/", name);
        if (removed.contains(path) || !is_mask(place, path)) continue;
        auto error = remove_file(place, path, outcome);
        if (error == 0)
            removed.insert(path);
        else if (outcome.error == 0)
            outcome.error = error;
    }
    int error = remove_links(place, removed, directory, outcome);
    if (outcome.error == 0) outcome.error = error;
    return outcome;
}

} // namespace sctl
