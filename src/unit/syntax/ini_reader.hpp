// The syntax of unit files and of all of systemd's configuration files (systemd.syntax(7)), for any
// set of sections. inih tokenizes; this adapter gives it what it cannot do: lines end as systemd's
// do
// (\n, \r, \r\n or NUL), a backslash at the end continues a line over comment lines, values are
// taken verbatim whatever their length, and what is wrong is said in systemd's words with
// PATH:LINE.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "base/result.hpp"

namespace sctl {

// Takes one complete message, "PATH:LINE: what is wrong".
using WarningSink = std::function<void(std::string_view text)>;

// One `key = value`, white space around both taken off. The views live until the handler returns.
struct IniAssignment {
    std::string_view section;
    std::string_view key;
    std::string_view value;
    unsigned line; // a continued assignment has the number of its last line, as in systemd
};

// Hands each assignment of `sections` to `handler`, in order. Bad lines are warned of and skipped;
// unknown sections too (silently if they begin with "X-").
// What makes systemd give up on the rest of a file is an error; the assignments before it have been
// handed out: EBADMSG for a bad section header, EINVAL where a line is not UTF-8 (both also told to
// `warn`, as systemd does), ENOBUFS for a line of a mebibyte. Its text is what systemd says of that
// in configuration files.
[[nodiscard]] Result<void> read_ini(std::string_view text, std::string_view path,
                                    std::span<const std::string_view> sections,
                                    const std::function<void(const IniAssignment&)>& handler,
                                    const WarningSink& warn);

} // namespace sctl
