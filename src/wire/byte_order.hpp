// Values of a fixed size as the bytes of either byte order. For Writer and Reader alone.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

namespace sctl {

template <class T>
[[nodiscard]] std::array<char, sizeof(T)> to_bytes(T value, bool swapped) {
    auto bytes = std::bit_cast<std::array<char, sizeof(T)>>(value);
    if (swapped) std::reverse(bytes.begin(), bytes.end());
    return bytes;
}

// `from` holds at least sizeof(T) bytes, aligned or not.
template <class T>
[[nodiscard]] T from_bytes(const char* from, bool swapped) {
    std::array<char, sizeof(T)> bytes;
    std::memcpy(bytes.data(), from, sizeof(T));
    if (swapped) std::reverse(bytes.begin(), bytes.end());
    return std::bit_cast<T>(bytes);
}

} // namespace sctl
