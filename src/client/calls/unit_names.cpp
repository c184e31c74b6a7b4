#include "client/calls/unit_names.hpp"

#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/unit_list.hpp"
#include "unit/unit_name.hpp"

namespace sctl {

std::string mangle_or_complain(const Session& session, std::string_view typed,
                               std::string_view suffix, std::string_view complaint) {
    auto name = unit_name_mangle(typed, true, suffix);
    if (!name) {
        log_error(complaint, ": ", words_of(Error{EINVAL, {}, {}}));
        return {};
    }
    // What was added behind the name, or the name of a path's unit, needs no mention.
    if (!session.request.quiet && !name->starts_with(typed) && !typed.starts_with('/')) {
        std::string_view escaped = *name;
        if (escaped.ends_with(suffix) && !typed.ends_with(suffix))
            escaped.remove_suffix(suffix.size());
        log_info("Invalid unit name \"", typed, "\" escaped as \"", escaped,
                 "\" (maybe you should use systemd-escape?).");
    }
    return *std::move(name);
}

namespace {

std::optional<ExpandedNames> expand(Session& session, ClientConnection& manager,
                                    const std::vector<std::string>& typed, std::string_view suffix,
                                    const ClientRequest& request) {
    ExpandedNames expanded;
    std::vector<std::string> patterns;
    for (const auto& each : typed) {
        auto name = mangle_or_complain(session, each, suffix);
        if (name.empty()) {
            log_error("Failed to expand names: ", words_of(Error{EINVAL, {}, {}}));
            return std::nullopt;
        }
        (is_glob(name) ? patterns : expanded.names).push_back(std::move(name));
    }
    if (patterns.empty()) return expanded;
    auto units = list_units(manager, request, patterns);
    if (!units) {
        log_error("Failed to list units: ", words_of(units.error()));
        return std::nullopt;
    }
    for (auto& unit : *units) expanded.names.push_back(std::move(unit.id));
    expanded.had_patterns = true;
    return expanded;
}

} // namespace

std::optional<ExpandedNames> expand_unit_names(Session& session, ClientConnection& manager,
                                               const std::vector<std::string>& typed,
                                               std::string_view suffix) {
    return expand(session, manager, typed, suffix, session.request);
}

std::optional<ExpandedNames> expand_all_unit_names(Session& session, ClientConnection& manager,
                                                   const std::vector<std::string>& typed) {
    ClientRequest request = session.request;
    if (request.states.empty()) request.all = true;
    return expand(session, manager, typed, ".service", request);
}

} // namespace sctl
