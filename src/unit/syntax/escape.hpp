// Escaping of text, in both directions: C escapes as unit files know them (systemd.syntax(7)), and
// the quoting with which `show` and `cat`-like output make a text fit for a shell.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace sctl {

// One decoded escape: a byte (\x41, \101, \n) or a character (\u00e9) to be written as UTF-8.
struct Unescaped {
    uint32_t code;
    bool is_byte;
    size_t length; // of the sequence, its backslash not counted

    void append_to(std::string& out) const;
};

// Decodes the sequence that follows a backslash: `text` begins after it. Nothing for what is no
// escape, and for one that would give a zero byte unless `accept_nul`.
[[nodiscard]] std::optional<Unescaped> unescape_one(std::string_view text, bool accept_nul = false);

enum class Unescape : uint8_t { Strict, Relaxed, WithNul };
// All escapes of `text` undone. A bad one is EINVAL, or stays as it is with Relaxed; one that gives
// a zero byte is bad but for WithNul.
[[nodiscard]] Result<std::string> c_unescape(std::string_view text,
                                             Unescape mode = Unescape::Strict);

// Every byte that is no printable ASCII, and \ " ', as an escape; \ooo where C has no letter for
// it.
[[nodiscard]] std::string c_escape(std::string_view text);
// The same bytes save the single quote, always as \ooo.
[[nodiscard]] std::string octal_escape(std::string_view text);
// A backslash before each backslash and each character of `bad`.
[[nodiscard]] std::string shell_escape(std::string_view text, std::string_view bad);

enum class ShellQuoting : uint8_t {
    Double,        // "like this", as `show` prints Environment=
    DoubleOrEmpty, // the same, and "" for the empty text
    Posix,         // $'like this', for what is pasted into a shell
};
// `text` itself where a shell would take it as one plain word, otherwise quoted.
[[nodiscard]] std::string shell_maybe_quote(std::string_view text,
                                            ShellQuoting quoting = ShellQuoting::Double);

} // namespace sctl
