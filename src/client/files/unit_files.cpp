#include "client/files/unit_files.hpp"

#include <unistd.h>

#include <cerrno>

#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/surroundings.hpp"
#include "os/machine.hpp"

namespace sctl {

namespace {

InstallScope scope_of(const ClientRequest& request) {
    if (request.global) return InstallScope::Global;
    return request.user ? InstallScope::User : InstallScope::System;
}

Root root_of(const ClientRequest& request) {
    return request.root.empty() ? Root() : Root(request.root);
}

SearchPath paths_of(const ClientRequest& request) {
    switch (scope_of(request)) {
        case InstallScope::Global: return global_search_path();
        case InstallScope::User: return user_search_path();
        case InstallScope::System:
            return system_search_path(environment_variable, request.instance);
    }
    return {};
}

} // namespace

UnitFiles::UnitFiles(const Session& session)
    : facts_(collect_facts(root_of(session.request))),
      place_{.root = root_of(session.request),
             .paths = paths_of(session.request),
             .facts = facts_,
             .warn = [](std::string_view text) { log_warning(text); },
             .embedded = session.request.user || session.request.global
                             ? std::span<const EmbeddedUnit>{}
                             : embedded_units(),
             .scope = scope_of(session.request)} {
    facts_.user_manager = session.request.user;
}

bool works_on_files(Session& session) {
    const auto& request = session.request;
    return request.has_root || request.global || (request.instance.empty() && is_offline()) ||
           !session.manager_if_any();
}

bool root_is_there(const Session& session, std::string_view complaint) {
    const auto& request = session.request;
    if (!request.image.empty()) {
        log_error("Failed to dissect disk image '", request.image, "': images are not supported");
        return false;
    }
    if (request.root.empty() || ::access(request.root.c_str(), F_OK) == 0) return true;
    auto why = words_of(errno_error("access"));
    if (complaint.empty())
        log_error("Failed to initialize unit search paths for root directory ", request.root, ": ",
                  why);
    else
        log_error(complaint, ": ", why);
    return false;
}

bool shows_preset(std::string_view file_state) {
    // What nobody enables has no preset worth a look.
    return file_state != "alias" && file_state != "static" && file_state != "generated" &&
           file_state != "transient";
}

} // namespace sctl
