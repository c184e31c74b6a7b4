#include "install/links.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "base/resolve_path.hpp"
#include "base/text.hpp"
#include "install/install_unit.hpp"
#include "unit/search/directory_listing.hpp"
#include "unit/search/unit_file.hpp"

namespace sctl {
namespace {

constexpr int most_links = 40;
constexpr int most_attempts = 100;

// The absolute path that `link`, found in `directory`, means; links on the way are not followed.
std::string absolute_target(std::string_view directory, const std::string& link) {
    return simplify_path(link.starts_with('/') ? link : cat(directory, "/", link));
}

// Where a chain of links ends, whether or not anything is there; ELOOP for a circle.
Result<std::string> end_of_links(const Root& root, const std::string& path) {
    auto here = resolve_path(root, path, LastPart::Keep);
    for (int i = 0; here && i < most_links; ++i) {
        auto link = read_link(root.at(*here));
        if (!link) return here;
        // Not simplified first: ".." after a link is not where it seems.
        auto next = link->starts_with('/') ? *link : cat(directory_of(*here), "/", *link);
        here = resolve_path(root, next, LastPart::Keep);
    }
    return here ? errno_error(path, ELOOP) : here;
}

// Whether two links mean the same: also where /lib is a link to /usr/lib, or one is relative.
bool same_target(const Root& root, std::string_view directory, const std::string& a,
                 const std::string& b) {
    auto first = absolute_target(directory, a);
    auto second = absolute_target(directory, b);
    if (first == second) return true;
    auto resolved = resolve_path(root, first, LastPart::Keep);
    auto other = resolve_path(root, second, LastPart::Keep);
    return resolved && other && *resolved == *other;
}

// Puts a link beside `where` and renames it over what is there, so that there is no moment without
// one.
int replace_link(const std::string& target, const std::string& where) {
    for (int i = 0; i < most_attempts; ++i) {
        auto temporary = cat(directory_of(where), "/.#", base_name(where), ".", getpid(), ".", i);
        if (symlink(target.c_str(), temporary.c_str()) < 0) {
            if (errno == EEXIST) continue;
            return errno;
        }
        if (rename(temporary.c_str(), where.c_str()) == 0) return 0;
        int why = errno;
        unlink(temporary.c_str());
        return why;
    }
    return EEXIST;
}

// Of an unlink or rmdir just done, `returned`: its change, and 0 or why it failed.
int tell_removed(int returned, const InstallPlace& place, const std::string& path,
                 InstallOutcome& outcome) {
    int why = returned < 0 ? errno : 0;
    if (why == ENOENT) return 0;
    if (why != 0)
        add_failure(outcome, why, place.root.at(path));
    else
        outcome.changes.push_back({InstallChange::Kind::Unlink, place.root.at(path), {}, 0});
    return why;
}

// One pass of remove_links.
class LinkRemoval {
  public:
    LinkRemoval(const InstallPlace& place, std::set<std::string>& names, std::string directory,
                InstallOutcome& outcome, bool dry_run)
        : place_(place),
          names_(names),
          top_(std::move(directory)),
          outcome_(outcome),
          dry_run_(dry_run) {}

    int run() {
        do {
            again_ = false;
            enter(top_);
        } while (again_);
        return error_;
    }

  private:
    void enter(const std::string& directory) {
        auto items = list_directory(machine_path(place_.root, directory));
        if (!items) {
            if (items.error().code != ENOENT) fail(items.error().code, directory);
            return;
        }
        // The .wants directories come first, an alias goes after the links to it.
        for (const auto& item : *items) {
            if (item.kind == DirectoryItem::Kind::Directory) enter(cat(directory, "/", item.name));
        }
        for (const auto& item : *items) {
            if (item.kind == DirectoryItem::Kind::Link && matches(directory, item.name))
                remove(cat(directory, "/", item.name));
        }
    }

    bool matches(const std::string& directory, const std::string& name) {
        auto unit = UnitName::parse(name);
        if (!unit) return false;
        if (names_.contains(name)) return true;
        if (unit->is_instance() && names_.contains(unit->template_name().str())) return true;
        auto end = end_of_links(place_.root, cat(directory, "/", name));
        if (!end) return false; // a circle leads to no unit
        return names_.contains(*end) || names_.contains(std::string(base_name(*end)));
    }

    void remove(const std::string& path) {
        if (dry_run_) return tell(path);
        auto where = machine_path(place_.root, path);
        if (unlink(where.c_str()) < 0 && errno != ENOENT) return fail(errno, path);
        outcome_.changes.push_back({InstallChange::Kind::Unlink, place_.root.at(path), {}, 0});
        for (auto parent = directory_of(path); parent.size() > top_.size();
             parent = directory_of(parent)) {
            if (rmdir(machine_path(place_.root, parent).c_str()) < 0) break;
        }
        // What led to this link leads nowhere now.
        if (names_.insert(path).second) again_ = true;
    }

    void tell(const std::string& path) {
        if (!names_.insert(path).second) return; // by an earlier pass
        outcome_.changes.push_back({InstallChange::Kind::Unlink, place_.root.at(path), {}, 0});
        again_ = true;
    }

    void fail(int error, const std::string& path) {
        add_failure(outcome_, error, place_.root.at(path));
        if (error_ == 0) error_ = error;
    }

    const InstallPlace& place_;
    std::set<std::string>& names_;
    std::string top_;
    InstallOutcome& outcome_;
    bool dry_run_;
    bool again_ = false;
    int error_ = 0;
};

} // namespace

void add_failure(InstallOutcome& outcome, int error, std::string_view path,
                 std::string_view source) {
    outcome.changes.push_back(
        {InstallChange::Kind::Failed, std::string(path), std::string(source), error});
}

int make_link(const InstallPlace& place, const std::string& target, const std::string& path,
              bool force, InstallOutcome& outcome) {
    auto shown = place.root.at(path);
    auto fail = [&](int error, std::string_view source = {}) {
        add_failure(outcome, error, shown, source);
        return error;
    };
    auto where = machine_path(place.root, path);
    auto made = make_directories(std::string(directory_of(where)));
    if (!made) return fail(made.error().code);
    if (symlink(target.c_str(), where.c_str()) == 0) {
        outcome.changes.push_back({InstallChange::Kind::Symlink, shown, target, 0});
        return 0;
    }
    if (errno != EEXIST) return fail(errno);
    auto old = read_link(where);
    if (!old) return fail(old.error().code == EINVAL ? EEXIST : old.error().code);
    if (same_target(place.root, directory_of(path), *old, target)) return 0;
    if (!force) return fail(EEXIST, *old);
    int why = replace_link(target, where);
    if (why != 0) return fail(why);
    outcome.changes.push_back({InstallChange::Kind::Unlink, shown, {}, 0});
    outcome.changes.push_back({InstallChange::Kind::Symlink, shown, target, 0});
    return 0;
}

bool is_mask(const InstallPlace& place, const std::string& path) {
    auto status = unit_file_status(place.root, path);
    return status && status->masks;
}

int remove_file(const InstallPlace& place, const std::string& path, InstallOutcome& outcome) {
    return tell_removed(unlink(machine_path(place.root, path).c_str()), place, path, outcome);
}

int remove_directory(const InstallPlace& place, const std::string& path, InstallOutcome& outcome) {
    return tell_removed(rmdir(machine_path(place.root, path).c_str()), place, path, outcome);
}

int remove_links(const InstallPlace& place, std::set<std::string>& names,
                 const std::string& directory, InstallOutcome& outcome, bool dry_run) {
    if (names.empty() || directory.empty()) return 0;
    return LinkRemoval(place, names, directory, outcome, dry_run).run();
}

} // namespace sctl
