// Users and groups from the files of a root, never by NSS: a static program that calls getpwnam
// dies where nsswitch.conf names a module. Who is in no file is asked of getent:
// os/name_lookup.hpp.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.hpp"
#include "base/result.hpp"

namespace sctl {

struct User {
    std::string name;
    uid_t uid = 0;
    gid_t gid = 0;
    std::string home, shell;
};
struct Group {
    std::string name;
    gid_t gid = 0;
};

// By name or number. root and nobody are known without a file. ESRCH where there is none; a number
// that is in no file has no group either, and the caller may take it as it is (User=1234).
[[nodiscard]] Result<User> find_user(const Root& root, std::string_view name_or_number);
[[nodiscard]] Result<Group> find_group(const Root& root, std::string_view name_or_number);

// As initgroups(3): `gid` first, and all groups that have `user` as a member. For setgroups(2).
[[nodiscard]] std::vector<gid_t> groups_of(const Root& root, std::string_view user, gid_t gid);

// Whether nsswitch.conf(5) names modules that may put a user of the files into further groups: any
// but the files themselves and systemd's, which knows dynamic users alone.
[[nodiscard]] bool groups_have_other_sources(const Root& root);

// A line of passwd(5) or group(5), as getent(1) prints it too; nothing where it is not well-formed.
[[nodiscard]] std::optional<User> parse_passwd_line(std::string_view line);
[[nodiscard]] std::optional<Group> parse_group_line(std::string_view line);

// A number that may stand for a user or group: not -1, nor the 16-bit -1.
[[nodiscard]] std::optional<uid_t> parse_id(std::string_view text);

} // namespace sctl
