#include "unit/values/dynamic_user_name.hpp"

#include <algorithm>
#include <cstdio>

#include "unit/values/siphash.hpp"

namespace sctl {
namespace {

constexpr size_t longest_user_name = 31;
// systemd's, so that a unit has the same name here and there.
constexpr SipKey unit_hash_key = {0x58, 0x1a, 0xaf, 0xe6, 0x28, 0x58, 0x4e, 0x96,
                                  0xb4, 0x4e, 0xf5, 0x3b, 0x8c, 0x92, 0x07, 0xec};

// The strict rules: what every program accepts.
bool is_strict_user_name(std::string_view name) {
    auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    auto may_follow = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-'; };
    return !name.empty() && name.size() <= longest_user_name && is_letter(name.front()) &&
           std::ranges::all_of(name, may_follow);
}

} // namespace

std::string dynamic_user_name(const UnitName& unit) {
    auto prefix = unit.prefix();
    if (is_strict_user_name(prefix)) return std::string(prefix);
    char name[32];
    snprintf(name, sizeof name, "_du%016llx",
             static_cast<unsigned long long>(siphash24(prefix, unit_hash_key)));
    return name;
}

} // namespace sctl
