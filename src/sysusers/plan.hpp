// Which users and groups are to be made, with which numbers: the decisions of systemd-sysusers(8)
// as a function of the lines and of what the account files already have.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "sysusers/parse_line.hpp"

namespace sctl {

// What passwd and group have already.
struct ExistingAccounts {
    std::map<std::string, uid_t, std::less<>> users;
    std::map<std::string, gid_t, std::less<>> groups;
    std::map<uid_t, std::string> users_by_id;
    std::map<gid_t, std::string> groups_by_id;
};

struct NewUser {
    std::string name;
    uid_t uid;
    gid_t gid;
    std::string description, home, shell; // empty: the default
};
struct NewGroup {
    std::string name;
    gid_t gid;
};

struct AccountPlan {
    std::vector<NewUser> users;
    std::vector<NewGroup> groups;
    // Members by group, in the order of the lines; of groups that exist, too.
    std::vector<std::pair<std::string, std::vector<std::string>>> members;
    struct Message {
        LogLevel level;
        std::string text;
    };
    std::vector<Message> messages; // what is made, and what cannot be
};

struct IdRange {
    uid_t first, last;
};

// All lines that count. Ranges are the r lines'; where there are none, the machine's.
class SysusersLines {
  public:
    // False for a line that contradicts one before it for the same user or group.
    [[nodiscard]] bool add(SysusersLine line);

    std::vector<SysusersLine> users, groups;
    std::vector<std::pair<std::string, std::vector<std::string>>> members;
    std::vector<IdRange> ranges;
};

// The owner of a file, for ids that are taken from a path; nothing where there is none.
using OwnerOf = std::function<std::optional<std::pair<uid_t, gid_t>>(const std::string& path)>;

[[nodiscard]] AccountPlan plan_accounts(const SysusersLines& lines,
                                        const ExistingAccounts& existing, const OwnerOf& owner_of);

} // namespace sctl
