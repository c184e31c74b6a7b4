// System calls without libc: what comes back is what the kernel says, an errno value negated, and
// no memory is written but what the call is given. So a process that shares another's memory, and
// with it the place of errno, can make them while the other runs (spawn.hpp).
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <type_traits>

namespace sctl {

template <class T>
long raw_argument(T value) noexcept {
    if constexpr (std::is_null_pointer_v<T>)
        return 0;
    else if constexpr (std::is_pointer_v<T>)
        return reinterpret_cast<long>(value);
    else
        return static_cast<long>(value);
}

#if defined(__x86_64__)
inline constexpr bool has_raw_calls = true;

inline long raw_call_of_six(long number, long a, long b, long c, long d, long e, long f) noexcept {
    register long fourth __asm__("r10") = d;
    register long fifth __asm__("r8") = e;
    register long sixth __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth), "r"(sixth)
                     : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
inline constexpr bool has_raw_calls = true;

inline long raw_call_of_six(long number, long a, long b, long c, long d, long e, long f) noexcept {
    register long which __asm__("x8") = number;
    register long first __asm__("x0") = a;
    register long second __asm__("x1") = b;
    register long third __asm__("x2") = c;
    register long fourth __asm__("x3") = d;
    register long fifth __asm__("x4") = e;
    register long sixth __asm__("x5") = f;
    __asm__ volatile("svc #0"
                     : "+r"(first)
                     : "r"(which), "r"(second), "r"(third), "r"(fourth), "r"(fifth), "r"(sixth)
                     : "memory");
    return first;
}
#else
// By libc, which writes errno: not beside a process that shares our memory.
inline constexpr bool has_raw_calls = false;

inline long raw_call_of_six(long number, long a, long b, long c, long d, long e, long f) noexcept {
    long result = syscall(number, a, b, c, d, e, f);
    return result < 0 ? -errno : result;
}
#endif

template <class A = long, class B = long, class C = long, class D = long, class E = long,
          class F = long>
long raw_call(long number, A a = {}, B b = {}, C c = {}, D d = {}, E e = {}, F f = {}) noexcept {
    return raw_call_of_six(number, raw_argument(a), raw_argument(b), raw_argument(c),
                           raw_argument(d), raw_argument(e), raw_argument(f));
}

} // namespace sctl
