// What every template sees without being told: range(), dict(), namespace() and so on.
#pragma once

#include <string_view>

#include "template/callable.hpp"
#include "template/value.hpp"

namespace sctl::jinja {

// A new dict of them.
[[nodiscard]] Value default_globals();

} // namespace sctl::jinja
