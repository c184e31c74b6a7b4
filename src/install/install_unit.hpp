// Finding the units that a verb names, as [Install] sees them: links are followed one by one, since
// it matters which of them the administrator made. Private to this room.
//
//   name ─► search ─► a file: Regular
//                 ├─► a link to outside of the search path: Linked; the same unit at another path
//                 ├─► a link to another name in it: Alias; that unit is looked for next
//                 └─► /dev/null or an empty file: Masked
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "install/install.hpp"
#include "unit/config.hpp"
#include "unit/unit_name.hpp"

namespace sctl {

struct InstallUnit {
    enum class Mode : uint8_t { Unknown, Regular, Linked, Alias, Masked };

    UnitName name;
    std::string path;   // as seen inside the root; empty until found
    std::string target; // of the link at `path`, likewise
    Mode mode = Mode::Unknown;
    bool auxiliary = false; // only named by another's Also=
    InstallConfig config;

    [[nodiscard]] bool has_rules() const {
        return !config.alias.empty() || !config.wanted_by.empty() || !config.required_by.empty();
    }
};

struct FindFlags {
    bool load = false; // read [Install]
    // Links in the directories of the administrator may be followed. Without it they are ELOOP:
    // one must name the unit itself.
    bool follow_config_links = false;
};
inline constexpr FindFlags following{.load = false, .follow_config_links = true};
inline constexpr FindFlags load_following{.load = true, .follow_config_links = true};

// Whether a directory of the search path may have such a name: asked by a caller that has looked at
// all of them before, to spare a system call each.
using MayExist = std::function<bool(std::string_view directory, std::string_view name)>;

// The units of one verb. References to them stay valid.
class InstallContext {
  public:
    explicit InstallContext(const InstallPlace& place, MayExist may_exist = nullptr)
        : place_(place), may_exist_(std::move(may_exist)) {}

    // Adds a unit by name or absolute path, if it is not there yet. EINVAL for a bad name.
    [[nodiscard]] Result<InstallUnit*> add(std::string_view name_or_path, bool auxiliary = false);
    // Finds the unit and whatever its links lead to; the last one is the answer, Regular or Masked.
    // ENOENT: not there; ENOLINK: an alias of what is not there.
    [[nodiscard]] Result<InstallUnit*> find(InstallUnit& unit, FindFlags flags);
    // add() and find(), with the failure among the changes.
    [[nodiscard]] Result<InstallUnit*> discover(std::string_view name_or_path, FindFlags flags,
                                                InstallOutcome& outcome);
    // The same, and refuses masked (ERFKILL), generated and transient units (EADDRNOTAVAIL).
    [[nodiscard]] Result<InstallUnit*> discover_and_check(std::string_view name_or_path,
                                                          FindFlags flags, InstallOutcome& outcome);
    // The next unit that was added and not yet handed out; Also= adds while one goes along.
    [[nodiscard]] InstallUnit* next();
    [[nodiscard]] bool empty() const noexcept { return units_.empty(); }

    [[nodiscard]] const InstallPlace& place() const noexcept { return place_; }
    // The unit of this name that is compiled in; nullptr: there is none.
    [[nodiscard]] const EmbeddedUnit* embedded(std::string_view name) const;

  private:
    [[nodiscard]] Result<void> search(InstallUnit& unit, FindFlags flags);
    [[nodiscard]] Result<void> load_or_read_link(InstallUnit& unit, const std::string& path,
                                                 FindFlags flags);
    [[nodiscard]] Result<void> read_link_at(InstallUnit& unit, const std::string& path,
                                            const std::string& link);
    [[nodiscard]] Result<void> load_text(InstallUnit& unit, std::string_view text,
                                         const std::string& path);
    void load_drop_ins(InstallUnit& unit);
    [[nodiscard]] Result<InstallUnit*> follow(InstallUnit& unit, FindFlags flags);

    const InstallPlace& place_;
    MayExist may_exist_;
    std::deque<InstallUnit> units_;
    std::unordered_map<std::string, InstallUnit*> by_name_;
    size_t handed_out_ = 0;
};

// Where the file at `path` of the root is on the machine: directories resolved inside the root, the
// last part kept.
[[nodiscard]] std::string machine_path(const Root& root, std::string_view path);
// What a link to a unit without a file says. The index knows such a link by its name alone.
[[nodiscard]] std::string embedded_path(const InstallPlace& place, std::string_view name);
// Whether `path` lies in a directory of the search path itself.
[[nodiscard]] bool in_search_path(const SearchPath& paths, std::string_view path);
[[nodiscard]] bool is_config_directory(const SearchPath& paths, std::string_view directory);
[[nodiscard]] bool is_generator_directory(const SearchPath& paths, std::string_view directory);
[[nodiscard]] bool is_runtime_directory(const SearchPath& paths, std::string_view directory);
// An [Install] name with its specifiers expanded; EUNATCH or EBADSLT.
[[nodiscard]] Result<std::string> expand_install_name(const InstallPlace& place,
                                                      const InstallUnit& unit,
                                                      std::string_view text);

} // namespace sctl
