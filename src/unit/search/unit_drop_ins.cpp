// The directories that belong to a unit, and what lies in them (systemd.unit(5), on ".d/",
// ".wants/" and ".requires/").
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <initializer_list>
#include <map>
#include <utility>

#include "base/resolve_path.hpp"
#include "base/text.hpp"
#include "unit/search/directory_listing.hpp"
#include "unit/search/unit_file.hpp"
#include "unit/search/unit_index.hpp"

namespace sctl {
namespace {

void add_once(std::vector<std::string>& list, std::string text) {
    if (std::ranges::find(list, text) == list.end()) list.push_back(std::move(text));
}

// "a-b-c" → "a-b-", "a-b-" → "a-"; "" when there is no more to cut.
std::string_view shorter_prefix(std::string_view prefix) {
    if (prefix.ends_with('-')) prefix.remove_suffix(1);
    auto dash = prefix.rfind('-');
    return dash == std::string_view::npos || dash == 0 ? std::string_view{}
                                                       : prefix.substr(0, dash + 1);
}

// The names before ".d", the most specific first: of "a-b@i.service" these are itself,
// "a-b@.service", "a-@.service", "a-@i.service". Each is told to `act` in two parts: `rest` follows
// the prefix; `of_template` is the template's, or empty.
template <class Act>
void for_each_directory_name(std::string_view prefix, std::string_view rest,
                             std::string_view of_template, const Act& act) {
    act(prefix, rest);
    if (!of_template.empty()) for_each_directory_name(prefix, of_template, {}, act);
    auto shorter = shorter_prefix(prefix);
    if (!shorter.empty()) for_each_directory_name(shorter, rest, of_template, act);
}

template <class Act>
void for_each_directory_name(const UnitName& unit, const Act& act) {
    auto prefix = unit.prefix();
    auto rest = std::string_view(unit.str()).substr(prefix.size());
    std::string of_template;
    if (unit.is_instance()) of_template = cat("@.", to_string(unit.type()));
    for_each_directory_name(prefix, rest, of_template, act);
}

// How `name` compares with the parts of another, one after the other.
int compare_with_parts(std::string_view name, std::initializer_list<std::string_view> parts) {
    for (auto part : parts) {
        if (int difference = name.substr(0, part.size()).compare(part)) return difference;
        name.remove_prefix(part.size());
    }
    return name.empty() ? 0 : 1;
}

// The files below `directories` by name, as the first directory has each.
std::map<std::string, std::string> files_in(const Root& root,
                                            const std::vector<std::string>& directories,
                                            std::string_view suffix, const WarningSink& warn) {
    std::map<std::string, std::string> files;
    for (const auto& directory : directories) {
        auto items = list_directory(root.at(directory));
        if (!items) {
            int why = items.error().code;
            if (why != ENOENT && warn) {
                warn(cat("Failed to open directory '", directory, "', ignoring: ", strerror(why)));
            }
            continue;
        }
        for (const auto& item : *items) {
            bool may_be_file =
                item.kind == DirectoryItem::Kind::File || item.kind == DirectoryItem::Kind::Link;
            if (!may_be_file || is_hidden_or_backup(item.name) || !item.name.ends_with(suffix))
                continue;
            files.try_emplace(item.name, cat(directory, "/", item.name));
        }
    }
    return files;
}

// Whether a link `name` in a .wants directory of `unit` says by its target that it is that unit.
bool fits_target(std::string_view name, std::string_view target, const UnitName& unit) {
    auto link = UnitName::parse(name);
    if (!link) return false;
    if (!link->is_template() && name == target) return true;
    if (link->is_instance() && link->template_name().str() == target) return true;
    return link->is_template() && name == target && unit.is_instance();
}

} // namespace

std::vector<std::string> UnitIndex::directories_of(std::span<const UnitName> names,
                                                   std::string_view suffix,
                                                   const WarningSink& warn) const {
    std::vector<std::string> found;
    std::vector<std::pair<uint16_t, const Entry*>> existing;
    // Most units have none, so that nothing is put together to find out.
    auto look_for = [&](std::string_view prefix, std::string_view rest) {
        auto compared = [&](const Entry& entry) {
            return compare_with_parts(name_of(entry), {prefix, rest, suffix});
        };
        auto entry = std::ranges::lower_bound(directories_, 0, {}, compared);
        for (; entry != directories_.end() && compared(*entry) == 0; ++entry)
            existing.emplace_back(entry->directory, &*entry);
    };
    // Directory of the path by directory.
    auto add_existing = [&] {
        std::ranges::stable_sort(existing, {}, &std::pair<uint16_t, const Entry*>::first);
        for (const auto& [directory, entry] : existing) {
            auto path = path_of(*entry);
            auto resolved = resolve_path(root_, path);
            if (resolved) {
                add_once(found, std::move(*resolved));
            } else if (resolved.error().code != ENOENT && warn) {
                warn(cat("Failed to canonicalize path '", path,
                         "': ", strerror(resolved.error().code)));
            }
        }
        existing.clear();
    };
    for (const auto& name : names) {
        for_each_directory_name(name, look_for);
        if (!existing.empty()) add_existing();
    }
    if (!names.empty()) look_for(to_string(names.front().type()), {});
    if (!existing.empty()) add_existing();
    return found;
}

std::vector<std::string> UnitIndex::drop_in_paths(std::span<const UnitName> names,
                                                  const WarningSink& warn) const {
    std::vector<std::string> paths;
    auto directories = directories_of(names, ".d", warn);
    for (auto& [name, path] : files_in(root_, directories, ".conf", warn))
        paths.push_back(std::move(path));
    return paths;
}

std::vector<UnitName> UnitIndex::directory_dependencies(std::span<const UnitName> names,
                                                        std::string_view suffix,
                                                        std::string_view key,
                                                        const WarningSink& warn) const {
    std::vector<UnitName> units;
    auto directories = directories_of(names, suffix, warn);
    if (directories.empty()) return units;
    const auto& id = names.front();
    auto tell = [&](std::string_view path, std::string_view what) {
        if (warn) warn(cat(id.str(), ": ", key, " dependency dropin ", path, " ", what));
    };
    for (const auto& [name, path] : files_in(root_, directories, "", warn)) {
        auto status = unit_file_status(root_, path);
        if (status && status->masks) continue;
        auto target = read_link(root_.at(path));
        if (!target) {
            bool is_file = target.error().code == EINVAL;
            tell(path, is_file ? "is not a symlink, ignoring."
                               : cat("unreadable, ignoring: ", strerror(target.error().code)));
            continue;
        }
        auto unit = UnitName::parse(name);
        if (!unit) {
            tell(path, "is not a valid unit name, ignoring.");
            continue;
        }
        if (!fits_target(name, base_name(*target), id)) {
            tell(path, cat("target ", *target, " has different name"));
        }
        if (unit->is_template())
            unit = unit->with_instance(id.is_instance() ? id.instance() : id.stem());
        if (!unit) {
            if (warn)
                warn(cat(id.str(), ": Cannot add ", key, " dependency on ", name,
                         ", ignoring: ", strerror(unit.error().code)));
            continue;
        }
        units.push_back(std::move(*unit));
    }
    return units;
}

} // namespace sctl
