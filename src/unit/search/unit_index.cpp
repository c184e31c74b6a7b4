#include "unit/search/unit_index.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/resolve_path.hpp"
#include "base/text.hpp"
#include "unit/search/directory_listing.hpp"
#include "unit/search/unit_file.hpp"

namespace sctl {
namespace {

constexpr int most_alias_hops = 8;

// "x.service.d", "service.d", "x.target.wants" and so on.
bool is_unit_directory_name(std::string_view name) {
    for (std::string_view suffix : {".d", ".wants", ".requires", ".upholds"}) {
        if (!name.ends_with(suffix)) continue;
        auto unit = name.substr(0, name.size() - suffix.size());
        if (UnitName::parse(unit) || unit_type_from(unit)) return true;
    }
    return false;
}

struct DirectoryState {
    struct stat info {};
    bool exists = false;
    bool is_unknown = false;
};

DirectoryState state_of(const std::string& directory) {
    DirectoryState state;
    for (int tries = 0; tries < 2 && !state.exists; ++tries) {
        state.exists = stat(directory.c_str(), &state.info) == 0;
        state.is_unknown = !state.exists && is_momentary(errno);
        if (!state.is_unknown) break;
    }
    return state;
}

// The file system's clock ticks every few milliseconds: until the next tick a directory can change
// again without a new time.
bool changed_just_now(const DirectoryState& state) {
    constexpr auto longest_tick = std::chrono::milliseconds(20);
    auto changed = std::chrono::seconds(state.info.st_mtim.tv_sec) +
                   std::chrono::nanoseconds(state.info.st_mtim.tv_nsec);
    auto since = std::chrono::system_clock::now().time_since_epoch() - changed;
    return since < longest_tick && since > -longest_tick;
}

} // namespace

// Fills an index, directory by directory.
class UnitScan {
  public:
    UnitScan(UnitIndex& index, const WarningSink& warn) : index_(index), warn_(warn) {}

    void run() {
        for (const auto& directory : index_.paths_.directories) {
            auto resolved = try_twice([&] { return resolve_path(index_.root_, directory); });
            index_.resolved_directories_.push_back(resolved ? std::move(*resolved) : directory);
        }
        for (size_t i = 0; i < index_.paths_.directories.size(); ++i) {
            read_directory(static_cast<uint16_t>(i));
        }
        add_embedded();
        follow_aliases();
        std::ranges::stable_sort(index_.directories_, {}, [this](const UnitIndex::Entry& entry) {
            return std::pair(index_.name_of(entry), entry.directory);
        });
        std::ranges::sort(index_.world_writable_);
        index_.text_.shrink_to_fit();
        index_.units_.shrink_to_fit();
    }

  private:
    using Entry = UnitIndex::Entry;

    void read_directory(uint16_t which) {
        const auto& directory = index_.paths_.directories[which];
        auto where = index_.root_.at(index_.resolved_directories_[which]);
        auto state = state_of(where); // before it is read: a later change makes the index outdated
        bool counts = !index_.paths_.is_ours(directory);
        index_.stamps_.push_back(
            {state.info.st_mtim, state.exists, counts, state.exists && changed_just_now(state)});
        // /lib and /usr/lib are often the same; what a directory has is not looked at twice.
        auto identity = std::pair(state.info.st_dev, state.info.st_ino);
        if (state.exists && std::ranges::find(seen_, identity) != seen_.end()) return;
        seen_.push_back(identity);
        check_permissions(state, directory);

        auto items = list_directory(where);
        index_.incomplete_ |= state.is_unknown;
        if (!items) {
            int why = items.error().code;
            index_.incomplete_ |= is_momentary(why);
            if (why != ENOENT)
                warn(cat("Failed to open \"", directory, "\", ignoring: ", strerror(why)));
            return;
        }
        std::vector<Entry> added;
        for (const auto& item : *items) add_item(which, item, added);
        auto middle = static_cast<std::ptrdiff_t>(index_.units_.size());
        index_.units_.insert(index_.units_.end(), added.begin(), added.end());
        std::ranges::inplace_merge(index_.units_, index_.units_.begin() + middle, {},
                                   [this](const Entry& entry) { return index_.name_of(entry); });
    }

    void check_permissions(const DirectoryState& state, std::string directory) {
        if (state.exists && (state.info.st_mode & S_IWOTH))
            index_.world_writable_.push_back(std::move(directory));
    }

    void add_item(uint16_t which, const DirectoryItem& item, std::vector<Entry>& added) {
        using enum DirectoryItem::Kind;
        if (item.kind == Other) return;
        if (item.kind != File && is_unit_directory_name(item.name)) {
            index_.directories_.push_back(entry_for(item.name, which));
            auto name = cat("/", item.name);
            check_permissions(
                state_of(index_.root_.at(cat(index_.resolved_directories_[which], name))),
                cat(index_.paths_.directories[which], name));
            return;
        }
        if (item.kind == Directory || !UnitName::parse(item.name)) return;
        if (index_.lookup(item.name) != UnitIndex::none) return;
        std::string target;
        if (item.kind == Link) {
            auto leads_to = link_target(which, item.name);
            if (!leads_to) return;
            target = std::move(*leads_to);
        }
        auto entry = entry_for(item.name, which);
        entry.target = add_text(target);
        entry.target_size = static_cast<uint8_t>(target.size());
        added.push_back(entry);
    }

    // The unit that the link `name` is an alias of; "" for a link to outside of the search path;
    // nothing where it is to be ignored.
    std::optional<std::string> link_target(uint16_t which, const std::string& name) {
        const auto& directory = index_.paths_.directories[which];
        auto path = index_.root_.at(cat(index_.resolved_directories_[which], "/", name));
        auto link = try_twice([&] { return read_link(path); });
        if (!link) {
            index_.incomplete_ |= is_momentary(link.error().code);
            warn(cat("Failed to read symlink ", directory, "/", name, ": ",
                     strerror(link.error().code)));
            return std::nullopt;
        }
        auto destination = try_twice([&] { return resolve_target(which, *link); });
        if (!destination) {
            index_.incomplete_ |= is_momentary(destination.error().code);
            warn(cat("Failed to resolve symlink ", directory, "/", name, " pointing to ", *link,
                     ": ", strerror(destination.error().code)));
            return std::nullopt;
        }
        auto inside = below_search_path(*destination);
        if (inside.empty()) return "";
        auto target = base_name(inside);
        bool same = target == name; // has no effect, and hides nothing
        if (!same && inside != target) {
            warn(cat("Suspicious symlink ", directory, "/", name, " → ", *destination,
                     ", treating as alias."));
        }
        if (same) return std::nullopt;
        auto checked = check_alias(name, target);
        if (checked) return std::string(target);
        warn(checked.error().text);
        return std::nullopt;
    }

    // The directories on the way of a link resolved, its last part kept. Most links of a directory
    // go to the same few directories.
    Result<std::string> resolve_target(uint16_t which, const std::string& link) {
        const auto& here = index_.resolved_directories_[which];
        auto last = base_name(link);
        if (last == link && last != "." && last != "..") return cat(here, "/", last);
        auto path = link.starts_with('/') ? link : cat(here, "/", link);
        if (last.empty() || last == "." || last == "..") {
            return resolve_path(index_.root_, path, LastPart::Keep);
        }
        std::string directory(directory_of(path));
        auto known = targets_.find(directory);
        if (known == targets_.end()) {
            auto resolved = resolve_path(index_.root_, cat(directory, "/", last), LastPart::Keep);
            if (!resolved) return resolved;
            known = targets_.emplace(directory, directory_of(*resolved)).first;
        }
        return known->second == "/" ? cat("/", last) : cat(known->second, "/", last);
    }

    // What follows the directory of the search path that `path` lies in, else "".
    std::string_view below_search_path(std::string_view path) const {
        for (size_t i = 0; i < index_.paths_.directories.size(); ++i) {
            for (std::string_view directory :
                 {index_.paths_.directories[i], index_.resolved_directories_[i]}) {
                if (path.size() > directory.size() + 1 && path.starts_with(directory) &&
                    path[directory.size()] == '/') {
                    return path.substr(directory.size() + 1);
                }
            }
        }
        return {};
    }

    void add_embedded() {
        std::vector<Entry> added;
        for (const auto& unit : index_.embedded_) {
            if (index_.lookup(unit.name) != UnitIndex::none) continue;
            added.push_back(entry_for(unit.name, UnitIndex::embedded_directory));
        }
        index_.units_.insert(index_.units_.end(), added.begin(), added.end());
        std::ranges::sort(index_.units_, {},
                          [this](const Entry& entry) { return index_.name_of(entry); });
    }

    void follow_aliases() {
        for (auto& entry : index_.units_) entry.resolved = end_of(entry);
        for (uint32_t i = 0; i < index_.units_.size(); ++i) {
            const auto& entry = index_.units_[i];
            if (entry.target_size > 0 && entry.resolved != UnitIndex::none)
                index_.aliases_.push_back(i);
        }
        std::ranges::stable_sort(index_.aliases_, {},
                                 [this](uint32_t i) { return index_.units_[i].resolved; });
    }

    int32_t end_of(const Entry& start) const {
        const Entry* entry = &start;
        for (int hop = 0; hop < most_alias_hops; ++hop) {
            if (entry->target_size == 0) return static_cast<int32_t>(entry - index_.units_.data());
            auto target = std::string_view(index_.text_).substr(entry->target, entry->target_size);
            int32_t next = index_.lookup(target);
            if (next == UnitIndex::none) {
                auto name = UnitName::parse(target);
                if (name && name->is_instance()) next = index_.lookup(name->template_name().str());
            }
            if (next == UnitIndex::none) return next;
            entry = &index_.units_[static_cast<size_t>(next)];
        }
        return UnitIndex::none;
    }

    Entry entry_for(std::string_view name, uint16_t directory) {
        Entry entry{};
        entry.name = add_text(name);
        entry.name_size = static_cast<uint8_t>(name.size());
        entry.directory = directory;
        entry.resolved = UnitIndex::none;
        return entry;
    }
    uint32_t add_text(std::string_view text) {
        auto offset = static_cast<uint32_t>(index_.text_.size());
        index_.text_ += text;
        return offset;
    }
    void warn(std::string_view text) const {
        if (warn_) warn_(text);
    }

    UnitIndex& index_;
    const WarningSink& warn_;
    std::vector<std::pair<dev_t, ino_t>> seen_;
    std::unordered_map<std::string, std::string> targets_; // directories of links, without links
};

UnitIndex UnitIndex::scan(const Root& root, const SearchPath& paths, const WarningSink& warn,
                          std::span<const EmbeddedUnit> embedded) {
    UnitIndex index;
    index.root_ = root;
    index.paths_ = paths;
    index.embedded_ = embedded;
    UnitScan(index, warn).run();
    return index;
}

Result<FoundUnit> UnitIndex::find(const UnitName& name) const {
    FoundUnit unit{name, {name}, {}, nullptr};
    int32_t file = resolve(name);
    if (file == none) return unit;
    const Entry& entry = units_[static_cast<size_t>(file)];
    unit.fragment_path = path_of(entry);
    unit.embedded = embedded_unit_of(entry);

    auto id = UnitName::parse(name_of(entry));
    if (id && id->is_template() && name.is_instance()) id = id->with_instance(name.instance());
    if (!id) return id.error();
    if (*id == name && !has_aliases(file)) return unit;
    auto status = unit.embedded ? UnitFileStatus{} : unit_file_status(root_, unit.fragment_path);
    if (!status) return unit; // reading it will say the same, and more
    if (*id != name && (status->masks || resolve(*id) != file)) {
        return errno_error(cat("Unit ", name.str(), " cannot be merged into ", id->str()), EEXIST);
    }
    unit.id = *id;
    if (!status->masks) add_aliases(unit, file);
    return unit;
}

bool UnitIndex::needs_reload(const LoadedUnit& unit) const {
    auto newer = [&](const std::string& path, bool masked) {
        // Files of a kernel's file system are taken to be watched by whoever made them units.
        if (path.empty() || path.starts_with("/proc/") || path.starts_with("/sys/")) return false;
        auto status = unit_file_status(root_, path);
        if (!status) return true;
        return masked ? !status->masks : status->mtime > unit.newest_mtime;
    };
    if (newer(unit.fragment_path, unit.load_state == LoadState::Masked)) return true;
    if (newer(unit.unit.source_path, false)) return true;
    std::vector<std::string> drop_ins;
    if (unit.load_state == LoadState::Loaded) drop_ins = drop_in_paths(unit.names, nullptr);
    if (drop_ins != unit.drop_in_paths) return true;
    return std::ranges::any_of(drop_ins,
                               [&](const std::string& path) { return newer(path, false); });
}

bool UnitIndex::changed() const {
    if (incomplete_) return true;
    for (size_t i = 0; i < stamps_.size(); ++i) {
        const auto& stamp = stamps_[i];
        if (!stamp.counts) continue;
        auto state = state_of(root_.at(resolved_directories_[i]));
        if (stamp.is_recent || state.exists != stamp.exists ||
            state.info.st_mtim.tv_sec != stamp.mtime.tv_sec ||
            state.info.st_mtim.tv_nsec != stamp.mtime.tv_nsec) {
            return true;
        }
    }
    return false;
}

std::vector<IndexedUnit> UnitIndex::all() const {
    std::vector<IndexedUnit> units;
    units.reserve(units_.size());
    for (const auto& entry : units_) {
        std::string_view directory;
        if (entry.directory != embedded_directory) directory = paths_.directories[entry.directory];
        units.push_back({name_of(entry), directory, entry.target_size > 0});
    }
    return units;
}

std::string_view UnitIndex::name_of(const Entry& entry) const {
    return std::string_view(text_).substr(entry.name, entry.name_size);
}

int32_t UnitIndex::lookup(std::string_view name) const {
    auto at = std::ranges::lower_bound(units_, name, {},
                                       [this](const Entry& entry) { return name_of(entry); });
    return at != units_.end() && name_of(*at) == name ? static_cast<int32_t>(at - units_.begin())
                                                      : none;
}

// The entry with the file that `name` means: by its own name, else by its template's.
int32_t UnitIndex::resolve(const UnitName& name) const {
    auto end_of = [this](std::string_view text) {
        int32_t at = lookup(text);
        return at == none ? none : units_[static_cast<size_t>(at)].resolved;
    };
    int32_t file = end_of(name.str());
    return file == none && name.is_instance() ? end_of(name.template_name().str()) : file;
}

std::string UnitIndex::path_of(const Entry& entry) const {
    if (entry.directory == embedded_directory) return {};
    return cat(paths_.directories[entry.directory], "/", name_of(entry));
}

const EmbeddedUnit* UnitIndex::embedded_unit_of(const Entry& entry) const {
    if (entry.directory != embedded_directory) return nullptr;
    auto found = std::ranges::find(embedded_, name_of(entry), &EmbeddedUnit::name);
    return found == embedded_.end() ? nullptr : &*found;
}

bool UnitIndex::has_aliases(int32_t file) const {
    return std::ranges::binary_search(aliases_, file, {},
                                      [this](uint32_t i) { return units_[i].resolved; });
}

// Adds to `unit` the names that lead to `file` and fit its instance.
void UnitIndex::add_aliases(FoundUnit& unit, int32_t file) const {
    bool from_template =
        unit.id.is_instance() && unit.id.str() != name_of(units_[static_cast<size_t>(file)]);
    std::vector<UnitName> names;
    auto leads_to = [this](uint32_t i) { return units_[i].resolved; };
    auto leads_here = std::ranges::lower_bound(aliases_, file, {}, leads_to);
    for (; leads_here != aliases_.end() && leads_to(*leads_here) == file; ++leads_here) {
        auto alias = UnitName::parse(name_of(units_[*leads_here]));
        if (!alias) continue;
        if (from_template && alias->is_template()) {
            alias = alias->with_instance(unit.id.instance());
            // The instance may have a file of its own, or be the alias of another.
            if (!alias || resolve(*alias) != file) continue;
        } else if (alias->is_instance() && alias->instance() != unit.id.instance()) {
            continue;
        }
        if (*alias != unit.id) names.push_back(std::move(*alias));
    }
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    unit.names = {unit.id};
    std::ranges::move(names, std::back_inserter(unit.names));
}

} // namespace sctl
