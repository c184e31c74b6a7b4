#include "os/users.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>

#include "base/text.hpp"

namespace sctl {
namespace {

constexpr uid_t nobody_id = 65534;

// The fields of one line of passwd(5) or group(5), empty ones kept.
template <size_t count>
bool take_fields(std::string_view line, std::array<std::string_view, count>& fields) {
    for (size_t i = 0; i < count; ++i) {
        auto colon = line.find(':');
        bool last = i + 1 == count;
        if ((colon == std::string_view::npos) != last) return false;
        fields[i] = line.substr(0, colon);
        if (!last) line.remove_prefix(colon + 1);
    }
    return true;
}

// Calls `use` for each well-formed line until it returns true. Lines of NIS (+, -) are none.
template <size_t count>
Result<void> for_each_entry(
    const std::string& path,
    const std::function<bool(const std::array<std::string_view, count>&)>& use) {
    auto text = read_file(path);
    if (!text) return text.error();
    std::array<std::string_view, count> fields;
    for (auto line : split(*text, "\n")) {
        if (line.front() == '+' || line.front() == '-' || line.front() == '#') continue;
        if (take_fields(line, fields) && use(fields)) break;
    }
    return {};
}

User built_in_user(bool is_root) {
    if (is_root) return {"root", 0, 0, "/root", "/bin/sh"};
    return {"nobody", nobody_id, nobody_id, "/", "/usr/sbin/nologin"};
}

} // namespace

std::optional<uid_t> parse_id(std::string_view text) {
    auto id = parse_number<uid_t>(text);
    bool padded = text.size() > 1 && text.front() == '0';
    if (!id || padded || *id == UINT32_MAX || *id == 0xffff) return std::nullopt;
    return id;
}

std::optional<User> parse_passwd_line(std::string_view line) {
    std::array<std::string_view, 7> fields;
    if (!take_fields(line, fields)) return std::nullopt;
    auto uid = parse_id(fields[2]), gid = parse_id(fields[3]);
    if (fields[0].empty() || !uid || !gid) return std::nullopt;
    return User{std::string(fields[0]), *uid, *gid, std::string(fields[5]), std::string(fields[6])};
}

std::optional<Group> parse_group_line(std::string_view line) {
    std::array<std::string_view, 4> fields;
    if (!take_fields(line, fields)) return std::nullopt;
    auto gid = parse_id(fields[2]);
    if (fields[0].empty() || !gid) return std::nullopt;
    return Group{std::string(fields[0]), *gid};
}

Result<User> find_user(const Root& root, std::string_view name_or_number) {
    auto number = parse_id(name_or_number);
    std::optional<User> user;
    auto read = for_each_entry<7>(root.at("/etc/passwd"), [&](const auto& fields) {
        auto uid = parse_id(fields[2]), gid = parse_id(fields[3]);
        if (!uid || !gid || (number ? *uid != *number : fields[0] != name_or_number)) return false;
        user = User{std::string(fields[0]), *uid, *gid, std::string(fields[5]),
                    std::string(fields[6])};
        return true;
    });
    if (user) return std::move(*user);
    for (bool is_root : {true, false}) {
        auto built_in = built_in_user(is_root);
        if (number ? built_in.uid == *number : built_in.name == name_or_number) return built_in;
    }
    if (!read && read.error().code != ENOENT) return read.error();
    return errno_error(cat("user ", name_or_number), ESRCH);
}

Result<Group> find_group(const Root& root, std::string_view name_or_number) {
    auto number = parse_id(name_or_number);
    std::optional<Group> group;
    auto read = for_each_entry<4>(root.at("/etc/group"), [&](const auto& fields) {
        auto gid = parse_id(fields[2]);
        if (!gid || (number ? *gid != *number : fields[0] != name_or_number)) return false;
        group = Group{std::string(fields[0]), *gid};
        return true;
    });
    if (group) return std::move(*group);
    if (number ? *number == 0 : name_or_number == "root") return Group{"root", 0};
    if (number ? *number == nobody_id : name_or_number == "nogroup")
        return Group{"nogroup", nobody_id};
    if (!read && read.error().code != ENOENT) return read.error();
    return errno_error(cat("group ", name_or_number), ESRCH);
}

std::vector<gid_t> groups_of(const Root& root, std::string_view user, gid_t gid) {
    std::vector<gid_t> groups{gid};
    auto read = for_each_entry<4>(root.at("/etc/group"), [&](const auto& fields) {
        auto members = split(fields[3], ",");
        auto id = parse_id(fields[2]);
        bool is_member = std::find(members.begin(), members.end(), user) != members.end();
        if (id && is_member && std::find(groups.begin(), groups.end(), *id) == groups.end())
            groups.push_back(*id);
        return false;
    });
    return groups; // without a file, the user's own group alone
}

bool groups_have_other_sources(const Root& root) {
    auto text = read_file(root.at("/etc/nsswitch.conf"));
    if (!text) return false;
    std::string_view groups, initgroups; // the latter database takes the place of the former
    for (auto line : split(*text, "\n")) {
        line = trim(line.substr(0, line.find('#')));
        auto colon = line.find(':');
        if (colon == line.npos) continue;
        auto database = trim(line.substr(0, colon));
        if (database == "group") groups = line.substr(colon + 1);
        if (database == "initgroups") initgroups = line.substr(colon + 1);
    }
    bool is_action = false; // "[NOTFOUND=return]"
    for (auto word : split(trim(initgroups).empty() ? groups : initgroups, " \t")) {
        is_action = is_action || word.front() == '[';
        bool of_files = word == "files" || word == "compat" || word == "systemd";
        if (!is_action && !of_files) return true;
        if (word.back() == ']') is_action = false;
    }
    return false;
}

} // namespace sctl
