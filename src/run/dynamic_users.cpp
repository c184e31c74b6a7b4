#include "run/dynamic_users.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/text.hpp"
#include "os/random.hpp"
#include "os/users.hpp"
#include "run/exec_plan.hpp"
#include "unit/values/siphash.hpp"

namespace sctl {
namespace {

constexpr int most_tries = 100;
// systemd's: a service has the same number here and there, and at each start.
constexpr SipKey user_hash_key = {0x37, 0x53, 0x7e, 0x31, 0xcf, 0xce, 0x48, 0xf5,
                                  0x8a, 0xbb, 0x39, 0x57, 0x8d, 0xd9, 0xec, 0x59};

uid_t into_range(uint64_t value) {
    return static_cast<uint32_t>(value) % (last_dynamic_uid - first_dynamic_uid + 1) +
           first_dynamic_uid;
}

bool is_dynamic(uid_t uid) {
    return uid >= first_dynamic_uid && uid <= last_dynamic_uid;
}

std::optional<User> static_user(const Root& root, const NameLookup* names,
                                const std::string& name) {
    auto user = find_user(root, name);
    if (user) return std::move(*user);
    return names ? names->user(name) : std::nullopt;
}

std::optional<Group> static_group(const Root& root, const NameLookup* names,
                                  const std::string& name) {
    auto group = find_group(root, name);
    if (group) return std::move(*group);
    return names ? names->group(name) : std::nullopt;
}

// The owners of the directories that the service has left behind: who gets the same number again
// need not be given them anew.
std::vector<uid_t> former_owners(const ExecConfig& config, const Root& root) {
    std::vector<uid_t> owners;
    for (size_t i = 0; i < directory_type_count; ++i) {
        auto type = static_cast<DirectoryType>(i);
        if (type == DirectoryType::Configuration) continue;
        for (const auto& item : config.directories[i].items) {
            struct stat info {};
            auto path = root.at(directory_path(config, type, item.path));
            if (lstat(path.c_str(), &info) == 0) owners.push_back(info.st_uid);
        }
    }
    return owners;
}

} // namespace

Result<DynamicIdentity> DynamicUsers::acquire(UnitId unit, const ExecConfig& config,
                                              const Root& root, const NameLookup* names) {
    DynamicIdentity identity;
    auto user = static_user(root, names, config.user);
    if (auto number = parse_id(config.user)) {
        identity = {*number, user ? user->gid : *number};
    } else if (user) {
        identity = {user->uid, user->gid};
    } else {
        if (static_group(root, names, config.user))
            return errno_error(cat("user ", config.user), EILSEQ);
        auto taken = take(unit, config.user, config, root);
        if (!taken) return taken.error();
        identity = {*taken, *taken};
    }
    if (config.group == config.user) return identity;
    if (auto group = static_group(root, names, config.group)) {
        identity.gid = group->gid;
    } else if (auto number = parse_id(config.group)) {
        identity.gid = *number;
    } else {
        if (static_user(root, names, config.group))
            return errno_error(cat("group ", config.group), EILSEQ);
        auto taken = take(unit, config.group, config, root);
        if (!taken) return taken.error();
        identity.gid = *taken;
    }
    return identity;
}

Result<uid_t> DynamicUsers::take(UnitId unit, const std::string& name, const ExecConfig& config,
                                 const Root& root) {
    auto known = users_.find(name);
    if (known == users_.end()) {
        auto uid = pick(name, config, root);
        if (!uid) return errno_error(cat("a number for the dynamic user ", name), EBUSY);
        known = users_.emplace(name, Entry{*uid, {}}).first;
    }
    known->second.units.insert(unit);
    return known->second.uid;
}

void DynamicUsers::release(UnitId unit) {
    for (auto& [name, entry] : users_) entry.units.erase(unit);
    std::erase_if(users_, [](const auto& user) { return user.second.units.empty(); });
}

// As systemd: the owner of what is there already, else by the name, else any that is free.
std::optional<uid_t> DynamicUsers::pick(std::string_view name, const ExecConfig& config,
                                        const Root& root) const {
    auto candidates = former_owners(config, root);
    candidates.push_back(into_range(siphash24(name, user_hash_key)));
    for (int i = 0; i < most_tries; ++i) candidates.push_back(into_range(random_number()));
    auto found = std::ranges::find_if(candidates, [&](uid_t uid) { return is_free(uid, root); });
    if (found == candidates.end()) return std::nullopt;
    return *found;
}

bool DynamicUsers::is_free(uid_t uid, const Root& root) const {
    auto number = cat(uid);
    return is_dynamic(uid) && !name_of(uid) && !find_user(root, number) &&
           !find_group(root, number);
}

std::optional<uid_t> DynamicUsers::find(std::string_view name) const {
    auto known = users_.find(name);
    if (known == users_.end()) return std::nullopt;
    return known->second.uid;
}

std::optional<std::string> DynamicUsers::name_of(uid_t uid) const {
    auto known =
        std::ranges::find_if(users_, [uid](const auto& user) { return user.second.uid == uid; });
    if (known == users_.end()) return std::nullopt;
    return known->first;
}

std::vector<std::pair<uid_t, std::string>> DynamicUsers::all() const {
    std::vector<std::pair<uid_t, std::string>> users;
    for (const auto& [name, entry] : users_) users.emplace_back(entry.uid, name);
    return users;
}

} // namespace sctl
