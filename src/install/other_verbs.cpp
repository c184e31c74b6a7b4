#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/text.hpp"
#include "install/apply.hpp"
#include "install/links.hpp"
#include "unit/search/directory_listing.hpp"

namespace sctl {
namespace {

void keep_first(InstallOutcome& outcome, int error) {
    if (outcome.error == 0) outcome.error = error;
}

// 0, or why `file` cannot be linked.
int check_linkable(const InstallPlace& place, const std::string& file) {
    if (!file.starts_with('/')) return EINVAL;
    if (!UnitName::parse(base_name(file))) return EUCLEAN;
    struct stat info {};
    if (lstat(machine_path(place.root, file).c_str(), &info) < 0) return errno;
    if (S_ISLNK(info.st_mode)) return ELOOP;
    if (S_ISDIR(info.st_mode)) return EISDIR;
    return S_ISREG(info.st_mode) ? 0 : EBADFD;
}

bool is_vendor_directory(const SearchPath& paths, std::string_view directory) {
    return directory.starts_with("/usr/") || directory.starts_with("/lib/") ||
           is_generator_directory(paths, directory);
}

// What revert finds of one unit.
class Revert {
  public:
    Revert(const InstallPlace& place, InstallOutcome& outcome) : place_(place), outcome_(outcome) {}

    void run(const std::string& name) {
        bool has_vendor_file = false;
        for (const auto& directory : place_.paths.directories) {
            if (is_vendor_directory(place_.paths, directory) &&
                mode_of(cat(directory, "/", name)) == S_IFREG)
                has_vendor_file = true;
            auto drop_ins = cat(directory, "/", name, ".d");
            if (is_ours(directory) && mode_of(drop_ins) == S_IFDIR) add(drop_ins);
        }
        if (!has_vendor_file) return;
        for (const auto& directory : place_.paths.directories) {
            auto path = cat(directory, "/", name);
            auto mode = mode_of(path);
            if (is_config_directory(place_.paths, directory) &&
                (mode == S_IFREG || mode == S_IFLNK))
                add(path);
        }
    }

    void finish() {
        std::set<std::string> removed;
        for (const auto& path : found_) {
            int error = remove_all(path);
            keep_first(outcome_, error);
            if (error == 0) removed.insert(path);
        }
        keep_first(outcome_, remove_links(place_, removed, place_.paths.runtime_config, outcome_));
        keep_first(outcome_,
                   remove_links(place_, removed, place_.paths.persistent_config, outcome_));
    }

  private:
    [[nodiscard]] mode_t mode_of(const std::string& path) const {
        struct stat info {};
        return lstat(machine_path(place_.root, path).c_str(), &info) < 0 ? 0
                                                                         : info.st_mode & S_IFMT;
    }
    [[nodiscard]] bool is_ours(std::string_view directory) const {
        const auto& paths = place_.paths;
        return is_config_directory(paths, directory) || directory == paths.persistent_control ||
               directory == paths.runtime_control || directory == paths.transient;
    }
    void add(const std::string& path) {
        if (std::ranges::find(found_, path) == found_.end()) found_.push_back(path);
    }

    // A file, or a drop-in directory with the files in it; deeper nothing of systemd's lies.
    int remove_all(const std::string& path) {
        if (mode_of(path) != S_IFDIR) return remove_file(place_, path, outcome_);
        auto items = list_directory(machine_path(place_.root, path));
        if (!items) return items.error().code;
        for (const auto& item : *items) {
            int error = remove_all(cat(path, "/", item.name));
            if (error != 0) return error;
        }
        return remove_directory(place_, path, outcome_);
    }

    const InstallPlace& place_;
    InstallOutcome& outcome_;
    std::vector<std::string> found_;
};

} // namespace

InstallOutcome link_units(const InstallPlace& place, UnitNames files, InstallFlags flags) {
    InstallOutcome outcome;
    std::vector<std::string> todo;
    for (const auto& typed : files) {
        auto file = simplify_path(typed);
        outcome.error = check_linkable(place, file);
        if (outcome.error != 0) {
            add_failure(outcome, outcome.error, typed);
            return outcome;
        }
        // What is found already needs no link, and one to its own name would hide it.
        if (!in_search_path(place.paths, file)) todo.push_back(std::move(file));
    }
    for (const auto& file : todo) {
        auto path = cat(config_directory(place, flags), "/", base_name(file));
        keep_first(outcome, make_link(place, file, path, flags.force, outcome));
    }
    return outcome;
}

InstallOutcome revert_units(const InstallPlace& place, UnitNames names) {
    InstallOutcome outcome;
    Revert revert(place, outcome);
    for (const auto& name : names) {
        if (UnitName::parse(name)) {
            revert.run(name);
            continue;
        }
        outcome.error = EINVAL;
        return outcome;
    }
    revert.finish();
    return outcome;
}

InstallOutcome add_dependency(const InstallPlace& place, UnitNames names, std::string_view target,
                              AddedDependency kind, InstallFlags flags) {
    InstallOutcome outcome;
    InstallContext targets(place);
    auto parent = targets.discover_and_check(target, following, outcome);
    if (!parent) {
        outcome.error = parent.error().code;
        return outcome;
    }
    InstallContext context(place);
    for (const auto& name : names) {
        auto unit = context.discover_and_check(name, following, outcome);
        if (!unit) {
            outcome.error = unit.error().code;
            return outcome;
        }
        // Nothing of the unit's own [Install] has been read: this is all that is asked for.
        auto& config = (*unit)->config;
        (kind == AddedDependency::Wants ? config.wanted_by
                                        : config.required_by) = {(*parent)->name.str()};
    }
    outcome.error = apply_units(context, flags, following, outcome).error;
    return outcome;
}

InstallOutcome set_default_target(const InstallPlace& place, std::string_view name,
                                  InstallFlags flags) {
    InstallOutcome outcome;
    if (!name.ends_with(".target") || name == "default.target") {
        outcome.error = EINVAL;
        return outcome;
    }
    InstallContext context(place);
    auto unit = context.discover_and_check(name, {}, outcome);
    if (unit) {
        auto path = cat(place.paths.persistent_config, "/default.target");
        outcome.error = make_link(place, (*unit)->path, path, flags.force, outcome);
    } else {
        outcome.error = unit.error().code;
    }
    return outcome;
}

Result<std::string> default_target(const InstallPlace& place) {
    InstallContext context(place);
    auto unit = context.add("default.target");
    if (unit) unit = context.find(**unit, following);
    if (unit) return (*unit)->name.str();
    bool booted_instead = unit.error().code == ENOENT && context.embedded("multi-user.target");
    return booted_instead ? Result<std::string>("multi-user.target") : unit.error();
}

} // namespace sctl
