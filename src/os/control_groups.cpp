#include "os/control_groups.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/log.hpp"
#include "base/text.hpp"
#include "os/process.hpp"

namespace sctl {

ControlGroups::ControlGroups(bool wanted) {
    if (wanted) slice_ = claim_cgroup_slice();
}

ControlGroups::~ControlGroups() {
    if (slice_) remove_cgroup(slice_->directory);
}

void ControlGroups::add(OwnerId owner, const std::string& unit) {
    if (!slice_) return;
    auto name = cgroup_name(unit);
    groups_.emplace(owner, Group{.name = name});
    owners_[name] = owner;
}

void ControlGroups::release(OwnerId owner) {
    auto found = groups_.find(owner);
    if (found == groups_.end()) return;
    if (!found->second.is_gone) remove_cgroup(directory_of(found->second));
    auto named = owners_.find(found->second.name);
    if (named != owners_.end() && named->second == owner) owners_.erase(named);
    groups_.erase(found);
}

UniqueFd ControlGroups::open_for(OwnerId owner) {
    auto found = groups_.find(owner);
    if (found == groups_.end()) return {};
    auto directory = renewed(found->second);
    found->second.is_gone = false;
    UniqueFd fd;
    if (mkdir(directory.c_str(), 0755) == 0 || errno == EEXIST)
        fd.reset(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) log_warning(found->second.name, ": ", errno_error(directory).text, "; tracked by tag");
    return fd;
}

// Since Linux 6.14, kernels kill at once what is born in a control group that was ever killed as a
// whole, as the ExecStopPost= after a SIGKILL would be. So the group is made anew; where a process
// sleeps in it that even SIGKILL has not ended, one below it.
std::string ControlGroups::renewed(Group& group) const {
    auto directory = directory_of(group);
    if (!group.used_up) return directory;
    remove_cgroup(directory);
    if (!is_cgroup_populated(directory)) {
        group.used_up = false;
        return directory;
    }
    return directory + "/renewed";
}

std::string ControlGroups::path_of(OwnerId owner) const {
    auto found = groups_.find(owner);
    return found == groups_.end() ? std::string() : cat(slice_->path, "/", found->second.name);
}

std::string ControlGroups::directory_of(OwnerId owner) const {
    auto found = groups_.find(owner);
    return found == groups_.end() ? std::string() : directory_of(found->second);
}

std::string ControlGroups::directory_of(const Group& group) const {
    return cat(slice_->directory, "/", group.name);
}

OwnerId ControlGroups::owner_of(pid_t pid) const {
    if (!slice_) return no_owner;
    auto path = read_process_cgroup(pid);
    return path ? owner_by_path(*path) : no_owner;
}

OwnerId ControlGroups::owner_by_path(std::string_view path) const {
    if (!slice_ || !path.starts_with(cat(slice_->path, "/"))) return no_owner;
    auto name = path.substr(slice_->path.size() + 1);
    auto found = owners_.find(std::string(name.substr(0, name.find('/'))));
    return found == owners_.end() ? no_owner : found->second;
}

std::vector<pid_t> ControlGroups::processes_of(OwnerId owner) const {
    auto found = groups_.find(owner);
    if (found == groups_.end()) return {};
    return cgroup_processes(directory_of(found->second));
}

bool ControlGroups::is_populated(OwnerId owner) const {
    auto found = groups_.find(owner);
    return found != groups_.end() && is_cgroup_populated(directory_of(found->second));
}

void ControlGroups::remove(OwnerId owner) {
    auto found = groups_.find(owner);
    if (found != groups_.end()) found->second.is_gone = remove_cgroup(directory_of(found->second));
}

bool ControlGroups::kill(OwnerId owner) {
    auto found = groups_.find(owner);
    bool killed = found != groups_.end() && kill_cgroup(directory_of(found->second));
    if (killed) found->second.used_up = true;
    return killed;
}

bool ControlGroups::freeze(OwnerId owner, bool freeze) {
    auto found = groups_.find(owner);
    return found != groups_.end() && freeze_cgroup(directory_of(found->second), freeze);
}

} // namespace sctl
