// Memory that is never given back, and strings and vectors in it: nothing is to be done when one of
// them goes out of scope, which makes the code of the room a quarter smaller. The program that
// renders ends soon; how much it uses is bounded (charge() of value.hpp).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sctl::jinja {

// Aligned for any object. std::bad_alloc where there is none.
[[nodiscard]] void* keep_bytes(size_t size);
// For a program that renders without end, as a fuzzer does: all is given back at once. Nothing that
// was made before may be looked at any more.
void give_back_all() noexcept;

template <class T>
struct Kept {
    using value_type = T;
    Kept() = default;
    template <class Other>
    Kept(const Kept<Other>&) noexcept {}
    T* allocate(size_t count) { return static_cast<T*>(keep_bytes(count * sizeof(T))); }
    void deallocate(T*, size_t) noexcept {}
    bool operator==(const Kept&) const { return true; }
};

using String = std::basic_string<char, std::char_traits<char>, Kept<char>>;
template <class T>
using Vector = std::vector<T, Kept<T>>;

} // namespace sctl::jinja
