// "NAME=VALUE" of set-property as the property and the variant that a manager takes.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "wire/message.hpp"

namespace sctl {

// Appends (sv) for an assignment to the unit `name`. A property that no manager lets be set goes as
// a string: it is for the manager to refuse. The Error (EINVAL) is to be printed as it is.
[[nodiscard]] Result<void> append_assignment(Writer& body, std::string_view name,
                                             std::string_view assignment);

} // namespace sctl
