// POSIX access control lists as values: read from text as setfacl(1) takes it, merged, and coded as
// the kernel keeps them in the extended attributes system.posix_acl_access and _default. No library
// is needed for that.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace sctl {

// The numbers are the kernel's, and so is the order.
enum class AclTag : uint16_t {
    UserObject = 0x01,
    User = 0x02,
    GroupObject = 0x04,
    Group = 0x08,
    Mask = 0x10,
    Other = 0x20,
};

struct AclEntry {
    AclTag tag{};
    uint32_t id = UINT32_MAX; // of User and Group
    uint16_t permissions = 0; // 4 read, 2 write, 1 execute
    bool operator==(const AclEntry&) const = default;
};

// Sorted by tag and id, no two entries for the same.
using Acl = std::vector<AclEntry>;

// The parts of "u:www:rx,d:g:adm:rX,...": entries for the file, and those with "d:" or "default:".
struct AclPair {
    Acl access, defaults;
};
struct AclNames {
    std::function<Result<uid_t>(std::string_view)> user;
    std::function<Result<gid_t>(std::string_view)> group;
};
// EINVAL for text that is no list of entries and for names that are not known.
[[nodiscard]] Result<AclPair> parse_acl(std::string_view text, const AclNames& names);

// `added` put into `acl`: an entry for the same user or group is replaced.
void merge_acl(Acl& acl, const Acl& added);
// The mask that lets through all that is granted, where there has to be one and there is none.
void add_mask_if_needed(Acl& acl);
// The three entries that every list must have, from the file's mode where they are missing.
void add_base_entries(Acl& acl, mode_t mode);

// The value of the extended attribute, and back (EINVAL for what is none).
[[nodiscard]] std::string encode_acl(const Acl& acl);
[[nodiscard]] Result<Acl> decode_acl(std::string_view value);

// "u::rwx,u:12:r-x,m::rwx", as acl_to_any_text(3) abbreviates it, users by number.
[[nodiscard]] std::string to_text(const Acl& acl);

} // namespace sctl
