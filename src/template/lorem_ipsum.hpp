// lipsum(): text to fill a page with.
#pragma once

#include <cstdint>

#include "template/memory.hpp"

namespace sctl::jinja {

[[nodiscard]] String lorem_ipsum(int64_t paragraphs, bool html, int64_t least, int64_t most);

} // namespace sctl::jinja
