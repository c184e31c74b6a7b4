// PropertyValue on the wire.
#pragma once

#include <string_view>

#include "base/property_value.hpp"
#include "base/result.hpp"
#include "wire/message.hpp"

namespace sctl {

// The complete D-Bus type of what the value holds.
[[nodiscard]] std::string_view signature_of(const PropertyValue& value);
// The value itself, without a variant around it.
void write_value(Writer& out, const PropertyValue& value);
// A value of one of the types that a client may set: b, u, t, s, as, ay, a(ss), a(st), a(iayu),
// a(iiqq), (bas). EINVAL for any other.
[[nodiscard]] Result<PropertyValue> read_value(Reader& in, std::string_view type);

} // namespace sctl
