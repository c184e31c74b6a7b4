// What groupby hands out.
#pragma once

#include "template/value.hpp"

namespace sctl::jinja {

// A tuple of two whose items have names: grouper, list.
struct Group : List {};

} // namespace sctl::jinja
