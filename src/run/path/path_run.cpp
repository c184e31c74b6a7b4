#include "run/path/path_run.hpp"

#include <sys/inotify.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/glob.hpp"
#include "base/text.hpp"
#include "run/unit.hpp"
#include "unit/search/directory_listing.hpp"

namespace sctl {
namespace {

// Of what lies on the way: that it is another from now on.
constexpr uint32_t way_changes = IN_MOVE_SELF | IN_DELETE_SELF | IN_ATTRIB;
constexpr uint32_t entry_comes = IN_CREATE | IN_MOVED_TO;
// Links and matches of a pattern on the way to one place.
constexpr unsigned most_steps = 4096;

// systemd.path(5): what is a change of the place itself.
uint32_t changes_of(PathCondition condition) {
    constexpr uint32_t changed =
        way_changes | IN_CLOSE_WRITE | entry_comes | IN_DELETE | IN_MOVED_FROM;
    switch (condition) {
        case PathCondition::Exists:
        case PathCondition::ExistsGlob: return way_changes;
        case PathCondition::Changed: return changed;
        case PathCondition::Modified: return changed | IN_MODIFY;
        case PathCondition::DirectoryNotEmpty: return way_changes | entry_comes;
    }
    return 0;
}

bool counts_changes(PathCondition condition) {
    return condition == PathCondition::Changed || condition == PathCondition::Modified;
}

std::string below(std::string_view directory, std::string_view name) {
    return cat(directory, directory.ends_with('/') ? "" : "/", name);
}

// Nothing where it cannot be read.
std::vector<DirectoryItem> entries_of(const std::string& path) {
    return list_directory(path).value_or(std::vector<DirectoryItem>());
}

// Not counting what hides there, or was put aside by an editor or a package.
bool has_entries(const std::string& path) {
    return !std::ranges::all_of(entries_of(path), is_hidden_or_backup, &DirectoryItem::name);
}

std::vector<std::string> components(std::string_view path) {
    std::vector<std::string> parts;
    for (auto part : split(path, "/"))
        if (!part.empty()) parts.emplace_back(part);
    return parts;
}

// A path that could not be looked at for lack of a right or of a file is just not there.
bool is_absence(int code) {
    return code == ENOENT || code == ENOTDIR || code == EACCES || code == ELOOP;
}

} // namespace

const PathStatus* path_status(const Unit& unit) {
    const auto* machine = dynamic_cast<const PathMachine*>(unit.machine.get());
    return machine ? &machine->status() : nullptr;
}

PathRun::PathRun(Unit& unit, RunMeans& means, OwnerId owner)
    : FileWatcher::Listener(means.files), unit_(unit), means_(means), owner_(owner) {}

Answer PathRun::execute(const UnitAction& action) {
    if (const auto* how = std::get_if<action::WatchPaths>(&action)) return watch_all(*how);
    if (std::holds_alternative<action::UnwatchPaths>(action)) {
        unwatch();
        watched_.clear();
        places_.clear();
    }
    return std::nullopt;
}

event::PathsSeen PathRun::watch_all(const action::WatchPaths& how) {
    const auto& config = *path_config(unit_.loaded);
    std::vector<Place> places;
    for (const auto& place : config.places) {
        auto before = std::ranges::find(places_, place, &Place::place);
        places.push_back({place, before != places_.end() && before->was_there});
    }
    places_ = std::move(places);
    if (how.is_first && config.make_directory) make_directories_of_places();
    auto watched = watch_anew();
    if (!watched) return {{}, watched.error().text};
    const auto* place = reason(!how.is_first && !how.after_run);
    return {place ? place->path : "", {}};
}

void PathRun::make_directories_of_places() {
    for (const auto& [place, was_there] : places_) {
        if (place.condition == PathCondition::Exists ||
            place.condition == PathCondition::ExistsGlob)
            continue;
        auto made =
            make_directories(means_.root.at(place.path), path_config(unit_.loaded)->directory_mode);
        if (!made)
            means_.host.log_unit(
                unit_, LogLevel::Warning,
                cat("mkdir(", place.path, ") failed, ignoring: ", made.error().text));
    }
}

Result<void> PathRun::watch_anew() {
    unwatch();
    watched_.clear();
    for (size_t i = 0; i < places_.size(); ++i) {
        auto watched = watch_place(i);
        if (!watched) return watched;
    }
    return {};
}

Result<void> PathRun::watch_place(size_t place) {
    unsigned steps = 0;
    std::string top = means_.root.at("/");
    return walk(place, top, components(places_[place].place.path), steps);
}

// False where it is not there.
Result<bool> PathRun::add(size_t place, const std::string& path, uint32_t what, bool is_place,
                          std::string name) {
    auto made = watch(path, what);
    if (!made && is_absence(made.error().code)) return false;
    if (!made)
        return Error{made.error().code,
                     cat("Failed to watch ", path, ": ", strerror(made.error().code)),
                     {}};
    watched_.push_back({*made, what | IN_IGNORED, place, is_place, std::move(name)});
    return true;
}

Result<void> PathRun::walk(size_t place, std::string directory, std::vector<std::string> rest,
                           unsigned& steps) {
    const auto condition = places_[place].place.condition;
    if (++steps > most_steps) return {};
    if (rest.empty()) {
        auto itself = add(place, directory, changes_of(condition), counts_changes(condition));
        return itself ? Result<void>{} : itself.error();
    }
    auto way = add(place, directory, way_changes, false);
    if (!way) return way.error();
    if (!*way) return {};
    std::string name = std::move(rest.front());
    rest.erase(rest.begin());
    if (condition == PathCondition::ExistsGlob && is_glob(name)) {
        auto comes = add(place, directory, entry_comes, false);
        if (!comes) return comes.error();
        if (rest.empty()) return {};
        for (const auto& entry : entries_of(directory)) {
            if (!matches_glob(name, entry.name)) continue;
            auto walked = walk(place, below(directory, entry.name), rest, steps);
            if (!walked) return walked;
        }
        return {};
    }
    auto path = below(directory, name);
    struct stat info {};
    // Watched first, so that what comes between is told.
    if (lstat(path.c_str(), &info) != 0) {
        auto comes = add(place, directory, entry_comes, false, name);
        if (!comes) return comes.error();
        if (lstat(path.c_str(), &info) != 0) return {};
    }
    if (!S_ISLNK(info.st_mode)) return walk(place, std::move(path), std::move(rest), steps);
    // A link that becomes another is a change of what is at its end.
    auto link =
        add(place, path, way_changes | IN_DONT_FOLLOW, rest.empty() && counts_changes(condition));
    if (!link) return link.error();
    auto target = read_link(path);
    if (!target) return {};
    auto parts = components(*target);
    parts.insert(parts.end(), std::make_move_iterator(rest.begin()),
                 std::make_move_iterator(rest.end()));
    return walk(place, target->starts_with('/') ? means_.root.at("/") : std::move(directory),
                std::move(parts), steps);
}

const PathPlace* PathRun::reason(bool changes_count) {
    const PathPlace* found = nullptr;
    for (auto& [place, was_there] : places_) {
        auto path = means_.root.at(place.path);
        bool is_there = access(path.c_str(), F_OK) == 0, holds = false;
        switch (place.condition) {
            case PathCondition::Exists: holds = is_there; break;
            case PathCondition::ExistsGlob: holds = !matching_paths(path).empty(); break;
            case PathCondition::DirectoryNotEmpty: holds = has_entries(path); break;
            case PathCondition::Changed:
            case PathCondition::Modified: holds = changes_count && is_there != was_there; break;
        }
        was_there = is_there;
        if (holds && !found) found = &place;
    }
    return found;
}

void PathRun::file_changed(int watch, uint32_t what, std::string_view name) {
    for (const auto& watched : watched_) {
        bool is_it = watched.watch == watch && (what & (watched.what | IN_Q_OVERFLOW)) &&
                     (watched.name.empty() || watched.name == name || (what & IN_Q_OVERFLOW));
        if (!is_it) continue;
        if (watched.is_place && !(what & (IN_IGNORED | IN_Q_OVERFLOW)))
            changed_ = places_[watched.place].place.path;
        else
            way_has_changed_ = true;
        // The file may be another one now.
        way_has_changed_ |= (what & way_changes) != 0;
    }
}

void PathRun::changes_told() {
    std::string changed = std::exchange(changed_, {});
    bool is_change = !changed.empty();
    if (std::exchange(way_has_changed_, false)) {
        auto watched = watch_anew();
        if (!watched) return means_.host.post(unit_.id, event::PathsSeen{{}, watched.error().text});
        const auto* seen = reason(true);
        is_change |= seen && counts_changes(seen->condition);
        if (seen && changed.empty()) changed = seen->path;
    } else if (!is_change) {
        return;
    }
    if (!changed.empty())
        means_.host.post(unit_.id, event::PathChanged{std::move(changed), is_change});
}

} // namespace sctl
