#include "tmpfiles/acl.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "base/text.hpp"

namespace sctl {
namespace {

constexpr uint32_t xattr_version = 2;

auto key(const AclEntry& entry) {
    return std::pair(entry.tag, entry.id);
}

AclEntry* find_entry(Acl& acl, AclTag tag, uint32_t id = UINT32_MAX) {
    auto found = std::ranges::find(acl, std::pair(tag, id), key);
    return found == acl.end() ? nullptr : &*found;
}

void put_entry(Acl& acl, const AclEntry& entry) {
    if (auto* existing = find_entry(acl, entry.tag, entry.id)) {
        *existing = entry;
        return;
    }
    acl.insert(std::ranges::upper_bound(acl, key(entry), {}, key), entry);
}

Error bad_acl() {
    return errno_error("ACL", EINVAL);
}

// Takes the text up to the next colon off `rest`.
std::string_view take_field(std::string_view& rest) {
    auto colon = rest.find(':');
    auto field = trim(rest.substr(0, colon));
    rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
    return field;
}

// "rwx", "r-x", "rx", "-": each letter once, in any order.
std::optional<uint16_t> parse_permissions(std::string_view text) {
    text = trim(text);
    if (text.empty() || text.size() > 3) return std::nullopt;
    uint16_t permissions = 0;
    for (char c : text) {
        uint16_t bit = c == 'r' ? 4 : c == 'w' ? 2 : c == 'x' ? 1 : 0;
        if ((bit == 0 && c != '-') || (permissions & bit) != 0) return std::nullopt;
        permissions |= bit;
    }
    return permissions;
}

Result<AclEntry> parse_entry(std::string_view text, const AclNames& names) {
    AclEntry entry;
    auto rest = text;
    if (rest.find(':') == std::string_view::npos) return bad_acl();
    auto tag = take_field(rest);
    bool is_user = tag == "u" || tag == "user", is_group = tag == "g" || tag == "group";
    if (is_user || is_group) {
        if (rest.find(':') == std::string_view::npos) return bad_acl();
        auto name = take_field(rest);
        if (name.empty()) {
            entry.tag = is_user ? AclTag::UserObject : AclTag::GroupObject;
        } else {
            entry.tag = is_user ? AclTag::User : AclTag::Group;
            auto id = is_user ? names.user(name) : names.group(name);
            if (!id) return bad_acl();
            entry.id = *id;
        }
    } else if (tag == "m" || tag == "mask" || tag == "o" || tag == "other") {
        entry.tag = tag.front() == 'm' ? AclTag::Mask : AclTag::Other;
        rest = trim_start(rest);
        if (rest.starts_with(':')) rest.remove_prefix(1);
    } else {
        return bad_acl();
    }
    auto permissions = parse_permissions(rest);
    if (!permissions) return bad_acl();
    entry.permissions = *permissions;
    return entry;
}

template <class T>
void append_number(std::string& out, T number) {
    for (size_t i = 0; i < sizeof number; ++i)
        out += static_cast<char>(static_cast<uint64_t>(number) >> (8 * i) & 0xff);
}

template <class T>
T take_number(std::string_view& in) {
    uint64_t number = 0;
    for (size_t i = 0; i < sizeof(T); ++i)
        number |= uint64_t{static_cast<unsigned char>(in[i])} << (8 * i);
    in.remove_prefix(sizeof(T));
    return static_cast<T>(number);
}

} // namespace

Result<AclPair> parse_acl(std::string_view text, const AclNames& names) {
    AclPair parsed;
    for (auto part : split(text, ",")) {
        auto word = trim_start(part);
        Acl* target = &parsed.access;
        for (std::string_view prefix : {"default:", "d:"}) {
            if (!word.starts_with(prefix)) continue;
            word.remove_prefix(prefix.size());
            target = &parsed.defaults;
            break;
        }
        auto entry = parse_entry(word, names);
        if (!entry) return entry.error();
        put_entry(*target, *entry);
    }
    return parsed;
}

void merge_acl(Acl& acl, const Acl& added) {
    for (const auto& entry : added) put_entry(acl, entry);
}

void add_mask_if_needed(Acl& acl) {
    uint16_t granted = 0;
    bool needed = false;
    for (const auto& entry : acl) {
        if (entry.tag == AclTag::Mask) return;
        bool is_named = entry.tag == AclTag::User || entry.tag == AclTag::Group;
        if (is_named || entry.tag == AclTag::GroupObject) granted |= entry.permissions;
        needed = needed || is_named;
    }
    if (needed) put_entry(acl, {AclTag::Mask, UINT32_MAX, granted});
}

void add_base_entries(Acl& acl, mode_t mode) {
    struct {
        AclTag tag;
        int shift;
    } constexpr base[] = {{AclTag::UserObject, 6}, {AclTag::GroupObject, 3}, {AclTag::Other, 0}};
    for (auto [tag, shift] : base) {
        if (!find_entry(acl, tag))
            put_entry(acl, {tag, UINT32_MAX, static_cast<uint16_t>(mode >> shift & 7)});
    }
}

std::string encode_acl(const Acl& acl) {
    std::string value;
    append_number(value, xattr_version);
    for (const auto& entry : acl) {
        append_number(value, static_cast<uint16_t>(entry.tag));
        append_number(value, entry.permissions);
        append_number(value, entry.id);
    }
    return value;
}

Result<Acl> decode_acl(std::string_view value) {
    if (value.size() < 4 || value.size() % 8 != 4) return bad_acl();
    if (take_number<uint32_t>(value) != xattr_version) return bad_acl();
    Acl acl;
    while (!value.empty()) {
        AclEntry entry;
        entry.tag = static_cast<AclTag>(take_number<uint16_t>(value));
        entry.permissions = take_number<uint16_t>(value);
        entry.id = take_number<uint32_t>(value);
        bool is_named = entry.tag == AclTag::User || entry.tag == AclTag::Group;
        if (!is_named) entry.id = UINT32_MAX;
        put_entry(acl, entry);
    }
    return acl;
}

std::string to_text(const Acl& acl) {
    std::string text;
    for (const auto& entry : acl) {
        if (!text.empty()) text += ',';
        bool user = entry.tag == AclTag::UserObject || entry.tag == AclTag::User;
        bool group = entry.tag == AclTag::GroupObject || entry.tag == AclTag::Group;
        text += user ? "u:" : group ? "g:" : entry.tag == AclTag::Mask ? "m:" : "o:";
        if (entry.id != UINT32_MAX) text += cat(entry.id);
        text += ':';
        for (auto [bit, letter] : {std::pair(4, 'r'), std::pair(2, 'w'), std::pair(1, 'x')})
            text += (entry.permissions & bit) != 0 ? letter : '-';
    }
    return text;
}

} // namespace sctl
