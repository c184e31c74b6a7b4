// Character references of HTML.
#pragma once

#include <string>
#include <string_view>

namespace sctl::jinja {

// html.unescape(): references by number, and by the names of Latin-1 and of common punctuation.
[[nodiscard]] std::string unescape_html(std::string_view text);

} // namespace sctl::jinja
