#include "sysusers/plan.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace sctl {
namespace {

using Ids = std::map<uid_t, std::string>;

const std::string* find_name(const Ids& ids, uid_t id) {
    auto found = ids.find(id);
    return found == ids.end() ? nullptr : &found->second;
}

SysusersLine line_for(SysusersLine::Type type, const std::string& name) {
    SysusersLine line;
    line.type = type;
    line.name = name;
    return line;
}

class Planner {
  public:
    Planner(const SysusersLines& lines, const ExistingAccounts& existing, const OwnerOf& owner_of)
        : existing_(existing), owner_of_(owner_of), lines_(lines) {}

    AccountPlan run();

  private:
    // An Item of systemd's: a line and what has become of its numbers.
    struct Account : SysusersLine {
        bool is_new_group = false;
    };

    void add_implicit();
    void plan_user(Account& account);
    bool plan_group(Account& account); // false: the user cannot be made either
    void add_user(Account& account);
    bool uid_is_free(uid_t uid, const std::string& name, bool also_as_gid) const;
    bool gid_is_free(gid_t gid, const std::string& name, bool also_as_uid) const;
    // The next number of the ranges, from above; users and groups share it.
    std::optional<uid_t> next_id();
    bool in_ranges(uid_t id) const;
    void say(LogLevel level, std::string text) {
        plan_.messages.push_back({level, std::move(text)});
    }
    std::optional<uid_t> uid_of_path(const Account& account) const;
    std::optional<gid_t> gid_of_path(const Account& account) const;

    const ExistingAccounts& existing_;
    const OwnerOf& owner_of_;
    SysusersLines lines_;
    std::map<std::string, Account, std::less<>> groups_;
    Ids new_users_, new_groups_; // names by number
    std::optional<uid_t> last_id_;
    AccountPlan plan_;
};

void Planner::add_implicit() {
    auto has = [](const std::vector<SysusersLine>& lines, const std::string& name) {
        return std::ranges::find(lines, name, &SysusersLine::name) != lines.end();
    };
    for (const auto& [group, members] : lines_.members) {
        for (const auto& member : members) {
            if (!has(lines_.users, member))
                lines_.users.push_back(line_for(SysusersLine::Type::User, member));
        }
        if (!has(lines_.users, group) && !has(lines_.groups, group))
            lines_.groups.push_back(line_for(SysusersLine::Type::Group, group));
    }
}

bool Planner::uid_is_free(uid_t uid, const std::string& name, bool also_as_gid) const {
    if (new_users_.contains(uid) || existing_.users_by_id.contains(uid)) return false;
    if (!also_as_gid) return true;
    const auto* planned = find_name(new_groups_, uid);
    const auto* there = find_name(existing_.groups_by_id, uid);
    return (!planned || *planned == name) && (!there || *there == name);
}

bool Planner::gid_is_free(gid_t gid, const std::string& name, bool also_as_uid) const {
    if (new_groups_.contains(gid) || existing_.groups_by_id.contains(gid)) return false;
    if (!also_as_uid) return true;
    const auto* planned = find_name(new_users_, gid);
    const auto* there = find_name(existing_.users_by_id, gid);
    return (!planned || *planned == name) && (!there || *there == name);
}

std::optional<uid_t> Planner::next_id() {
    std::optional<uid_t> best;
    for (const auto& range : lines_.ranges) {
        if (last_id_ && *last_id_ <= range.first) continue;
        uid_t candidate = last_id_ ? std::min(range.last, *last_id_ - 1) : range.last;
        if (!best || candidate > *best) best = candidate;
    }
    if (best) last_id_ = best;
    return best;
}

bool Planner::in_ranges(uid_t id) const {
    return std::ranges::any_of(lines_.ranges, [id](const IdRange& range) {
        return range.first <= id && id <= range.last;
    });
}

std::optional<uid_t> Planner::uid_of_path(const Account& account) const {
    if (account.id_path.empty()) return std::nullopt;
    auto owner = owner_of_(account.id_path);
    if (!owner || owner->first == 0 || !in_ranges(owner->first)) return std::nullopt;
    return owner->first;
}

std::optional<gid_t> Planner::gid_of_path(const Account& account) const {
    if (account.id_path.empty()) return std::nullopt;
    auto owner = owner_of_(account.id_path);
    if (!owner || owner->second == 0 || !in_ranges(owner->second)) return std::nullopt;
    return owner->second;
}

bool Planner::plan_group(Account& account) {
    const auto& name = account.name;
    if (auto there = existing_.groups.find(name); there != existing_.groups.end()) {
        account.gid = there->second;
        return true;
    }
    if (account.gid) {
        bool is_free = gid_is_free(*account.gid, name, false);
        if (account.group_given && is_free) {
            say(LogLevel::Error,
                cat("Failed to create ", name, ": please create GID ", *account.gid));
            return false;
        }
        if (account.group_given) return true;
        if (!is_free) {
            say(LogLevel::Info,
                cat("Suggested group ID ", *account.gid, " for ", name, " already used."));
            account.gid.reset();
        }
    }
    if (!account.gid && account.uid && gid_is_free(*account.uid, name, true))
        account.gid = account.uid;
    if (!account.gid) {
        auto of_path = gid_of_path(account);
        if (of_path && gid_is_free(*of_path, name, true)) account.gid = of_path;
    }
    while (!account.gid) {
        auto next = next_id();
        if (!next) {
            say(LogLevel::Error, cat("No free group ID available for ", name, "."));
            return false;
        }
        if (gid_is_free(*next, name, true)) account.gid = next;
    }
    new_groups_[*account.gid] = name;
    account.is_new_group = true;
    plan_.groups.push_back({name, *account.gid});
    say(LogLevel::Info, cat("Creating group '", name, "' with GID ", *account.gid, "."));
    return true;
}

void Planner::add_user(Account& account) {
    const auto& name = account.name;
    if (existing_.users.contains(name)) return;
    if (account.uid && !uid_is_free(*account.uid, name, !account.group_given)) {
        say(LogLevel::Info,
            cat("Suggested user ID ", *account.uid, " for ", name, " already used."));
        account.uid.reset();
    }
    if (!account.uid) {
        auto of_path = uid_of_path(account);
        if (of_path && uid_is_free(*of_path, name, true)) account.uid = of_path;
    }
    if (!account.uid && account.gid && uid_is_free(*account.gid, name, true))
        account.uid = account.gid;
    while (!account.uid) {
        auto next = next_id();
        if (!next) {
            say(LogLevel::Error, cat("No free user ID available for ", name, "."));
            return;
        }
        if (uid_is_free(*next, name, true)) account.uid = next;
    }
    new_users_[*account.uid] = name;
    plan_.users.push_back({name, *account.uid, account.gid.value_or(0), account.description,
                           account.home, account.shell});
    auto description = account.description.empty() ? "n/a" : account.description;
    say(LogLevel::Info, cat("Creating user '", name, "' (", description, ") with UID ",
                            *account.uid, " and GID ", account.gid.value_or(0), "."));
}

void Planner::plan_user(Account& account) {
    const auto& group = account.group.empty() ? account.name : account.group;
    auto planned = account.gid ? groups_.end() : groups_.find(group);
    if (planned != groups_.end() && planned->second.is_new_group) {
        account.gid = planned->second.gid;
        account.group_given = true;
    } else if (!account.group.empty()) {
        auto there = existing_.groups.find(group);
        if (there == existing_.groups.end())
            return say(LogLevel::Error, cat("Group ", group, " not found."));
        account.gid = there->second;
        account.group_given = true;
    } else if (!plan_group(account)) {
        return;
    }
    add_user(account);
}

AccountPlan Planner::run() {
    add_implicit();
    for (const auto& line : lines_.groups) {
        auto& account = groups_[line.name];
        static_cast<SysusersLine&>(account) = line;
        (void)plan_group(account);
    }
    for (const auto& line : lines_.users) {
        Account account;
        static_cast<SysusersLine&>(account) = line;
        plan_user(account);
    }
    plan_.members = lines_.members;
    return std::move(plan_);
}

} // namespace

bool SysusersLines::add(SysusersLine line) {
    if (line.type == SysusersLine::Type::Range) {
        ranges.push_back({line.first, line.last});
        return true;
    }
    if (line.type == SysusersLine::Type::Member) {
        auto entry = std::ranges::find(members, line.group, [](const auto& e) { return e.first; });
        if (entry == members.end()) entry = members.insert(entry, {line.group, {}});
        if (std::ranges::find(entry->second, line.name) == entry->second.end())
            entry->second.push_back(line.name);
        return true;
    }
    auto& list = line.type == SysusersLine::Type::User ? users : groups;
    auto existing = std::ranges::find(list, line.name, &SysusersLine::name);
    if (existing != list.end()) return *existing == line;
    list.push_back(std::move(line));
    return true;
}

AccountPlan plan_accounts(const SysusersLines& lines, const ExistingAccounts& existing,
                          const OwnerOf& owner_of) {
    return Planner(lines, existing, owner_of).run();
}

} // namespace sctl
