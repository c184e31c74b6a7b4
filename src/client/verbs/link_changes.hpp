// What the verbs share that make and remove links to unit files: their flags, what they say of
// changes, and the reload that comes after.
#pragma once

#include <string>

#include "client/calls/session.hpp"
#include "install/install.hpp"
#include "wire/message.hpp"

namespace sctl {

[[nodiscard]] PresetMode preset_mode(const ClientRequest& request);
[[nodiscard]] InstallFlags install_flags(const ClientRequest& request);
// A name as typed, made whole. Empty: refused aloud.
[[nodiscard]] std::string mangle_file_name(const Session& session, const std::string& typed);
void tell_changes(const Session& session, const InstallOutcome& outcome, std::string_view verb);
// The a(sss) of a manager's reply.
[[nodiscard]] InstallOutcome read_changes(Reader& in);
// Has the manager read the files anew, unless --no-reload. False where it could not, which was
// said.
[[nodiscard]] bool reload_after_changes(Session& session);

} // namespace sctl
