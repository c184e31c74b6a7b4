// The tests of `is`.
#pragma once

#include <string_view>

#include "template/callable.hpp"

namespace sctl::jinja {

[[nodiscard]] const NativeRow* find_test(std::string_view name);

} // namespace sctl::jinja
