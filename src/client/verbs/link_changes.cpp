#include "client/verbs/link_changes.hpp"

#include <algorithm>
#include <array>

#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/unit_names.hpp"
#include "client/text/output_style.hpp"
#include "client/verbs/verb_table.hpp"
#include "install/messages.hpp"

namespace sctl {

namespace {

std::string_view arrow() {
    return has_utf8() ? "\u2192" : "->";
}

} // namespace

PresetMode preset_mode(const ClientRequest& request) {
    if (request.preset_mode == "enable-only") return PresetMode::EnableOnly;
    if (request.preset_mode == "disable-only") return PresetMode::DisableOnly;
    return PresetMode::Full;
}

InstallFlags install_flags(const ClientRequest& request) {
    return {.runtime = request.runtime, .force = request.force > 0};
}

std::string mangle_file_name(const Session& session, const std::string& typed) {
    return mangle_or_complain(session, typed, ".service",
                              cat("Failed to mangle unit name or path '", typed, "'"));
}

void tell_changes(const Session& session, const InstallOutcome& outcome, std::string_view verb) {
    for (const auto& message : install_messages(outcome, verb, arrow())) {
        if (message.is_error)
            log_error(message.text);
        else if (!session.request.quiet)
            log_info(message.text);
    }
}

InstallOutcome read_changes(Reader& in) {
    static constexpr std::array kinds{
        InstallChange::Kind::Symlink,        InstallChange::Kind::Unlink,
        InstallChange::Kind::Masked,         InstallChange::Kind::MaskedByGenerator,
        InstallChange::Kind::Dangling,       InstallChange::Kind::DestinationNotPresent,
        InstallChange::Kind::AuxiliaryFailed};
    InstallOutcome outcome;
    (void)in.enter_array().has_value();
    while (!in.at_end()) {
        std::string kind, path, source;
        (void)in.enter_struct().has_value();
        (void)in.read(kind, path, source).has_value();
        (void)in.exit_struct().has_value();
        auto known =
            std::ranges::find_if(kinds, [&](auto each) { return to_string(each) == kind; });
        if (known != kinds.end()) outcome.changes.push_back({*known, path, source, 0});
    }
    (void)in.exit_array().has_value();
    return outcome;
}

bool reload_after_changes(Session& session) {
    return session.request.no_reload || verb_daemon_reload(session, {"daemon-reload"}) == exit_ok;
}

} // namespace sctl
