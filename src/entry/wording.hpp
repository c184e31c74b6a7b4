// The lines that `systemctl init` says about its commands, on stderr: by default only what went
// wrong.
#pragma once

#include <string>
#include <string_view>

#include "entry/policy.hpp"

namespace sctl {

// The one refusal of all that asks for files to be rendered.

[[nodiscard]] std::string own_wording(int verbosity, Note note, const NoteValues& values);
// The same without a name before it; `program` leads the lines of those that have no others.
[[nodiscard]] std::string plain_wording(int verbosity, Note note, const NoteValues& values);
[[nodiscard]] std::string wording_of(std::string_view program, int verbosity, Note note,
                                     const NoteValues& values);

// Says the note as the policy words it: one write to descriptor 2 (or 1), where that can be done
// without waiting for a reader.
void tell(const InitPolicy& policy, Note note, const NoteValues& values);

} // namespace sctl
