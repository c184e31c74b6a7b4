// How `show` prints a property: from its name and D-Bus signature alone, so that it serves a
// manager of any kind. What systemctl has no format for is left out, or "[unprintable]" where all
// was asked for.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "unit/syntax/timestamp.hpp"
#include "wire/message.hpp"

namespace sctl {

struct PropertyStyle {
    bool empty = false;      // also properties without a value: NAME=
    bool value_only = false; // no NAME= in front
    TimestampStyle timestamp = TimestampStyle::Pretty;
};

// Appends the lines of one property, most often one or none. `in` stands before the value, inside
// its variant, and after it when this returns; `type` is the variant's.
Result<void> append_property(std::string& out, const PropertyStyle& style, std::string_view name,
                             std::string_view type, Reader& in);

// The words for how a child of ours ended (CLD_EXITED, ...): "exited", "killed"; "" for others.
[[nodiscard]] std::string_view child_code_name(int32_t code);
// "SIGTERM" without "SIG", and "0" for none, as systemd has it in ExecStart= and `status`.
[[nodiscard]] std::string signal_text(int32_t signal);

} // namespace sctl
