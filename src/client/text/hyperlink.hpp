// Text at a terminal that can be followed by a click: file names, manual pages, web pages.
// Terminals that do not know of it show the text alone.
#pragma once

#include <string>
#include <string_view>

namespace sctl {

// $SYSTEMD_URLIFY, else wherever there are colours.
[[nodiscard]] bool wants_hyperlinks();
// `text` with a link to `target` where links are wanted, else `text`.
[[nodiscard]] std::string hyperlink(std::string_view target, std::string_view text);
// To a file of this machine.
[[nodiscard]] std::string file_hyperlink(std::string_view path, std::string_view text);
[[nodiscard]] inline std::string file_hyperlink(std::string_view path) {
    return file_hyperlink(path, path);
}

} // namespace sctl
