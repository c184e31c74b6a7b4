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
// A value of that type. EINVAL where a PropertyValue holds none of it.
[[nodiscard]] Result<PropertyValue> read_value(Reader& in, std::string_view type);

} // namespace sctl
