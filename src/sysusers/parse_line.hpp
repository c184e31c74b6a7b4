// A line of sysusers.d(5), read and checked. What is wrong with one is said in systemd's words.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "unit/facts.hpp"

namespace sctl {

struct SysusersLine {
    enum class Type : char { User = 'u', Group = 'g', Member = 'm', Range = 'r' } type{};
    std::string name;
    std::optional<uid_t> uid;
    std::optional<gid_t> gid;
    std::string group;                    // m: to be a member of; u: the primary group, by name
    bool group_given = false;             // u: the primary group, by number, and it must be there
    std::string id_path;                  // u, g: whose owner's id it shall be
    std::string description, home, shell; // empty where the line leaves them open
    uid_t first = 0, last = 0;            // r
    bool operator==(const SysusersLine&) const = default;
};

// `line` is not empty and no comment. The Error's text is meant to follow "FILE:NUMBER: ".
[[nodiscard]] Result<SysusersLine> parse_sysusers_line(std::string_view line, const Facts& facts);

[[nodiscard]] bool is_valid_user_name(std::string_view name);

} // namespace sctl
