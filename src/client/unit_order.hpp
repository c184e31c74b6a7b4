// The order of units in lists: by type first (all mounts, all services, ...), then by name, in
// either case of letters.
#pragma once

#include <strings.h>

#include <string>

namespace sctl {

[[nodiscard]] inline bool comes_before(const std::string& a, const std::string& b) {
    auto type = [](const std::string& name) {
        auto dot = name.rfind('.');
        return dot == std::string::npos ? "" : name.c_str() + dot;
    };
    int order = ::strcasecmp(type(a), type(b));
    return order != 0 ? order < 0 : ::strcasecmp(a.c_str(), b.c_str()) < 0;
}

} // namespace sctl
