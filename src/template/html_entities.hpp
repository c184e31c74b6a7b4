// Character references of HTML.
#pragma once

#include <string_view>

#include "template/memory.hpp"

namespace sctl::jinja {

// html.unescape(): references by number, and by the names of Latin-1 and of common punctuation.
[[nodiscard]] String unescape_html(std::string_view text);

} // namespace sctl::jinja
