#include "client/files/unit_files.hpp"

#include <unistd.h>

#include <cerrno>

#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/surroundings.hpp"
#include "os/machine.hpp"

namespace sctl {

namespace {

InstallScope scope_of(const Options& options) {
    if (options.global) return InstallScope::Global;
    return options.user ? InstallScope::User : InstallScope::System;
}

Root root_of(const Options& options) {
    return options.root.empty() ? Root() : Root(options.root);
}

SearchPath paths_of(const Options& options) {
    switch (scope_of(options)) {
        case InstallScope::Global: return global_search_path();
        case InstallScope::User: return user_search_path();
        case InstallScope::System:
            return system_search_path(environment_variable, options.instance);
    }
    return {};
}

} // namespace

UnitFiles::UnitFiles(const Session& session)
    : facts_(collect_facts(root_of(session.options))),
      place_{.root = root_of(session.options),
             .paths = paths_of(session.options),
             .facts = facts_,
             .warn = [](std::string_view text) { log_warning(text); },
             .embedded = session.options.user || session.options.global
                             ? std::span<const EmbeddedUnit>{}
                             : embedded_units(),
             .scope = scope_of(session.options)} {
    facts_.user_manager = session.options.user;
}

bool works_on_files(Session& session) {
    const auto& options = session.options;
    return options.has_root || options.global || (options.instance.empty() && is_offline()) ||
           !session.manager_if_any();
}

bool root_is_there(const Session& session, std::string_view complaint) {
    const auto& options = session.options;
    if (!options.image.empty()) {
        log_error("Failed to dissect disk image '", options.image, "': images are not supported");
        return false;
    }
    if (options.root.empty() || ::access(options.root.c_str(), F_OK) == 0) return true;
    auto why = words_of(errno_error("access"));
    if (complaint.empty())
        log_error("Failed to initialize unit search paths for root directory ", options.root, ": ",
                  why);
    else
        log_error(complaint, ": ", why);
    return false;
}

} // namespace sctl
