#include "base/base64.hpp"

#include <cerrno>
#include <cstdint>

#include "base/text.hpp"

namespace sctl {

Result<std::string> decode_base64(std::string_view text) {
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    uint32_t bits = 0;
    int count = 0, padding = 0;
    for (char c : text) {
        if (whitespace.find(c) != std::string_view::npos) continue;
        auto value = alphabet.find(c);
        if (c == '=') {
            if (++padding > 2 || count < 2) return errno_error("base64", EINVAL);
            value = 0;
        } else if (padding > 0 || value == std::string_view::npos) {
            return errno_error("base64", EINVAL);
        }
        bits = bits << 6 | static_cast<uint32_t>(value);
        if (++count < 4) continue;
        for (int shift : {16, 8, 0}) out += static_cast<char>(bits >> shift & 0xff);
        bits = 0;
        count = 0;
    }
    if (count != 0) return errno_error("base64", EPIPE);
    for (; padding > 0; --padding) out.pop_back();
    return out;
}

} // namespace sctl
