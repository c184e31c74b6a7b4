// dict(), update() and calls of what a template hands over.
#pragma once

#include "template/containers.hpp"
#include "template/value.hpp"

namespace sctl::jinja {

// Takes in a dict, or pairs.
void update_dict(Dict& target, const Value& from);
[[nodiscard]] Value call_with(Runtime& runtime, const Value& callee, Values arguments);

} // namespace sctl::jinja
