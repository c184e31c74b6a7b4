// What the output can show: colours, other characters than ASCII, how wide a line may be.
#pragma once

#include <cstddef>

namespace sctl {

// Whether the locale allows more than ASCII.
[[nodiscard]] bool has_utf8();
// stdout and stderr are terminals.
[[nodiscard]] bool is_at_terminal();
// $SYSTEMD_COLORS, $NO_COLOR and $TERM, else a terminal.
[[nodiscard]] bool wants_colors();
[[nodiscard]] bool has_few_colors(); // 16, by $SYSTEMD_COLORS
// How wide to print: $COLUMNS, else the terminal's width. SIZE_MAX where stdout is no terminal.
[[nodiscard]] size_t print_width();

} // namespace sctl
