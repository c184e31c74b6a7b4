// The control groups of owners, one for each, below a slice that is ours alone. In the usual
// container no hierarchy is ours to write: then no owner has one, nothing is found here, and the
// tree of processes (Tracker) tells all.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/unique_fd.hpp"
#include "os/cgroup.hpp"
#include "os/owner.hpp"

namespace sctl {

class ControlGroups {
  public:
    // Where `wanted` is false, or there is none that is ours, no groups exist.
    explicit ControlGroups(bool wanted);
    ~ControlGroups();
    ControlGroups(const ControlGroups&) = delete;
    ControlGroups& operator=(const ControlGroups&) = delete;

    [[nodiscard]] bool exist() const noexcept { return slice_.has_value(); }

    void add(OwnerId owner, const std::string& unit);
    void release(OwnerId owner);
    // The directory that the next process of `owner` is to be born in; none where it has no group,
    // or that cannot be made, which is logged.
    [[nodiscard]] UniqueFd open_for(OwnerId owner);
    // As /proc/PID/cgroup has it, "/system.slice/a.service"; empty where it has none.
    [[nodiscard]] std::string path_of(OwnerId owner) const;
    // Where the kernel shows it; likewise.
    [[nodiscard]] std::string directory_of(OwnerId owner) const;

    [[nodiscard]] OwnerId owner_of(pid_t pid) const;
    [[nodiscard]] OwnerId owner_by_path(std::string_view path) const;
    [[nodiscard]] std::vector<pid_t> processes_of(OwnerId owner) const;
    [[nodiscard]] bool is_populated(OwnerId owner) const;
    // Removes an empty group; the next process gets a new one.
    void remove(OwnerId owner);
    // Kills all in it at once. False where the kernel cannot, or it has none.
    [[nodiscard]] bool kill(OwnerId owner);
    // Stops all in it, or lets them go on: whether that was done.
    bool freeze(OwnerId owner, bool freeze);

  private:
    struct Group {
        std::string name;     // of the directory
        bool used_up = false; // see renewed()
        bool is_gone = false; // removed since its last process was born
    };

    [[nodiscard]] std::string directory_of(const Group& group) const;
    [[nodiscard]] std::string renewed(Group& group) const;

    std::optional<CgroupSlice> slice_;
    std::map<OwnerId, Group> groups_;
    std::unordered_map<std::string, OwnerId> owners_; // by name
};

} // namespace sctl
