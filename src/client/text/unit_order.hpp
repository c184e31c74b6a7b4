// The order of units in lists: by type first (all mounts, all services, ...), then by name, in
// either case of letters.
#pragma once

#include <strings.h>

#include <string>

namespace sctl {

// ".service", or "" where there is no dot; a part of `name`.
[[nodiscard]] inline const char* type_suffix(const std::string& name) {
    auto dot = name.rfind('.');
    return dot == std::string::npos ? "" : name.c_str() + dot;
}

[[nodiscard]] inline bool comes_before(const std::string& a, const std::string& b) {
    int order = ::strcasecmp(type_suffix(a), type_suffix(b));
    return order != 0 ? order < 0 : ::strcasecmp(a.c_str(), b.c_str()) < 0;
}

[[nodiscard]] inline bool same_type(const std::string& a, const std::string& b) {
    return ::strcasecmp(type_suffix(a), type_suffix(b)) == 0;
}

} // namespace sctl
