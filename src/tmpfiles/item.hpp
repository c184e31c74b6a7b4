// One line of tmpfiles.d(5), read and checked: what shall be at a path, or be done to it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "tmpfiles/acl.hpp"

namespace sctl {

// The letters of tmpfiles.d(5), "Type".
enum class ItemType : char {
    CreateFile = 'f',
    TruncateFile = 'F', // the old way to write f+
    CreateDirectory = 'd',
    TruncateDirectory = 'D',
    CreateSubvolume = 'v',
    CreateSubvolumeInheritQuota = 'q',
    CreateSubvolumeNewQuota = 'Q',
    CreateFifo = 'p',
    CreateSymlink = 'L',
    CreateCharDevice = 'c',
    CreateBlockDevice = 'b',
    CopyFiles = 'C',
    // The following take patterns.
    WriteFile = 'w',
    EmptyDirectory = 'e',
    SetXattr = 't',
    RecursiveSetXattr = 'T',
    SetAcl = 'a',
    RecursiveSetAcl = 'A',
    SetAttribute = 'h',
    RecursiveSetAttribute = 'H',
    IgnorePath = 'x',
    IgnoreDirectoryPath = 'X',
    RemovePath = 'r',
    RecursiveRemovePath = 'R',
    AdjustMode = 'm', // the old way to write z
    RelabelPath = 'z',
    RecursiveRelabelPath = 'Z',
};

// Nothing for a letter that is no type.
[[nodiscard]] std::optional<ItemType> item_type_from(char letter);
// The path is a pattern.
[[nodiscard]] bool takes_pattern(ItemType type);
// The line says what the path is; there can be only one such line for a path.
[[nodiscard]] bool takes_ownership(ItemType type);
// d, D, v, q, Q.
[[nodiscard]] bool creates_directory(ItemType type);

// Which times keep a file from being cleaned.
enum AgeBy : uint8_t { AgeByAccess = 1, AgeByBirth = 2, AgeByChange = 4, AgeByModification = 8 };
inline constexpr uint8_t age_by_all = AgeByAccess | AgeByBirth | AgeByChange | AgeByModification;

// A user, group or mode that a line may or may not ask for.
template <class T>
struct Wanted {
    std::optional<T> value;
    bool only_new = false; // ":": what exists keeps its own
    bool operator==(const Wanted&) const = default;
};

// h, H: of the flags in `mask`, those in `value` are set and the others taken away.
struct FileAttributes {
    unsigned value = 0, mask = 0;
};

struct Item {
    ItemType type{};
    std::string path;           // absolute; below the root where there is one
    bool force = false;         // "+"
    bool allow_failure = false; // "-"
    bool replace = false;       // "="
    std::optional<std::string> argument;
    Wanted<uid_t> uid;
    Wanted<gid_t> gid;
    Wanted<mode_t> mode;
    bool mask_mode = false; // "~" before the mode
    std::optional<Span> age;
    bool keep_first_level = false; // "~" before the age
    uint8_t age_by_file = age_by_all;
    uint8_t age_by_directory = age_by_all & ~AgeByChange;
    dev_t device = 0;
    std::vector<std::pair<std::string, std::string>> xattrs;
    Acl acl_access, acl_default;
    std::optional<FileAttributes> attributes;

    // What a new file gets where the line names no mode: 0755 for directories, else 0644.
    [[nodiscard]] mode_t mode_for_new() const;
};

// Both lines may stand for one path: they do not say different things of what it is.
[[nodiscard]] bool are_compatible(const Item& a, const Item& b);

} // namespace sctl
