#include "sysusers/account_files.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include "base/text.hpp"

namespace sctl {
namespace {

constexpr std::string_view no_password = "!*";

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    for (auto line : split(text, "\n")) lines.emplace_back(line);
    return lines;
}

std::vector<std::string_view> fields_of(std::string_view line) {
    std::vector<std::string_view> fields;
    while (true) {
        auto colon = line.find(':');
        fields.push_back(line.substr(0, colon));
        if (colon == std::string_view::npos) return fields;
        line.remove_prefix(colon + 1);
    }
}

bool is_nis(const std::string& line) {
    return line.starts_with('+') || line.starts_with('-');
}

std::string text_of(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines) text += line + "\n";
    return text;
}

// The lines with new ones behind those that are there.
std::string with_lines(const std::optional<std::string>& text,
                       const std::vector<std::string>& added) {
    auto lines = lines_of(text.value_or(""));
    lines.insert(std::ranges::find_if(lines, is_nis), added.begin(), added.end());
    return text_of(lines);
}

using Members = std::vector<std::pair<std::string, std::vector<std::string>>>;

// The last field with the group's new members in it; nothing where it has them all.
std::optional<std::string> with_members(std::string_view field, std::string_view group,
                                        const Members& members) {
    auto wanted = std::ranges::find(members, group, [](const auto& entry) { return entry.first; });
    if (wanted == members.end()) return std::nullopt;
    std::set<std::string> all;
    for (auto member : split(field, ",")) all.emplace(member);
    bool grown = false;
    for (const auto& member : wanted->second) grown = all.insert(member).second || grown;
    if (!grown) return std::nullopt;
    return join(std::vector<std::string>(all.begin(), all.end()), ",");
}

std::string members_of_new(std::string_view group, const Members& members) {
    return with_members("", group, members).value_or("");
}

// group and gshadow alike: members are the last of four fields. Nothing where all stays as it is.
std::optional<std::string> updated_groups(const std::optional<std::string>& text,
                                          const std::vector<std::string>& added,
                                          const Members& members) {
    auto lines = lines_of(text.value_or(""));
    bool changed = !added.empty();
    for (auto& line : lines) {
        auto fields = fields_of(line);
        if (is_nis(line) || fields.size() != 4) continue;
        auto grown = with_members(fields[3], fields[0], members);
        if (!grown) continue;
        line = line.substr(0, line.size() - fields[3].size()) + *grown;
        changed = true;
    }
    if (!changed) return std::nullopt;
    lines.insert(std::ranges::find_if(lines, is_nis), added.begin(), added.end());
    return text_of(lines);
}

// Entries without a user in passwd may be left from before: they are taken over.
std::string updated_shadow(const std::optional<std::string>& text, const AccountPlan& plan,
                           const AccountDefaults& defaults) {
    auto lines = lines_of(text.value_or(""));
    std::set<std::string_view> there;
    for (auto& line : lines) {
        auto fields = fields_of(line);
        auto user = std::ranges::find(plan.users, fields[0], &NewUser::name);
        if (user == plan.users.end() || fields.size() < 3) continue;
        there.insert(user->name);
        auto rest =
            line.substr(static_cast<size_t>(fields[2].data() - line.data()) + fields[2].size());
        line = cat(fields[0], ":", fields[1], ":", defaults.today, rest);
    }
    std::vector<std::string> added;
    for (const auto& user : plan.users) {
        if (there.contains(user.name)) continue;
        auto password = defaults.of(user).password;
        added.push_back(cat(user.name, ":", password.empty() ? no_password : password, ":",
                            defaults.today, "::::::"));
    }
    lines.insert(std::ranges::find_if(lines, is_nis), added.begin(), added.end());
    return text_of(lines);
}

} // namespace

ExistingAccounts read_accounts(std::string_view passwd, std::string_view group) {
    ExistingAccounts accounts;
    for (auto line : split(passwd, "\n")) {
        auto fields = fields_of(line);
        auto uid = fields.size() == 7 ? parse_number<uid_t>(fields[2]) : std::nullopt;
        if (!uid || is_nis(std::string(line))) continue;
        accounts.users.try_emplace(std::string(fields[0]), *uid);
        accounts.users_by_id.try_emplace(*uid, fields[0]);
    }
    for (auto line : split(group, "\n")) {
        auto fields = fields_of(line);
        auto gid = fields.size() == 4 ? parse_number<gid_t>(fields[2]) : std::nullopt;
        if (!gid || is_nis(std::string(line))) continue;
        accounts.groups.try_emplace(std::string(fields[0]), *gid);
        accounts.groups_by_id.try_emplace(*gid, fields[0]);
    }
    return accounts;
}

AccountTexts updated_accounts(const AccountTexts& now, const AccountPlan& plan,
                              const AccountDefaults& defaults) {
    AccountTexts updated;
    std::vector<std::string> groups, gshadow, users;
    for (const auto& group : plan.groups) {
        auto members = members_of_new(group.name, plan.members);
        groups.push_back(cat(group.name, ":x:", group.gid, ":", members));
        gshadow.push_back(cat(group.name, ":", no_password, "::", members));
    }
    updated.group = updated_groups(now.group, groups, plan.members);
    updated.gshadow = updated_groups(now.gshadow, gshadow, plan.members);
    if (plan.users.empty()) return updated;
    for (const auto& user : plan.users) {
        auto shell = user.shell.empty() ? defaults.of(user).shell : user.shell;
        auto home = user.home.empty() ? "/" : user.home;
        users.push_back(cat(user.name, ":x:", user.uid, ":", user.gid, ":", user.description, ":",
                            home, ":", shell));
    }
    updated.passwd = with_lines(now.passwd, users);
    updated.shadow = updated_shadow(now.shadow, plan, defaults);
    return updated;
}

} // namespace sctl
