#include "install/install_unit.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <map>

#include "base/resolve_path.hpp"
#include "base/text.hpp"
#include "install/links.hpp"
#include "unit/search/directory_listing.hpp"
#include "unit/search/unit_file.hpp"
#include "unit/syntax/extract_word.hpp"
#include "unit/syntax/specifiers.hpp"
#include "unit/unit_kind.hpp"

namespace sctl {
namespace {

constexpr int most_hops = 64;

// Of all types: only [Install] counts here, a section in the wrong place is for the manager to
// tell.
std::vector<std::string_view> all_sections() {
    std::vector<std::string_view> sections = {"Unit", "Install"};
    for (const UnitKind& kind : unit_kinds()) sections.push_back(kind.section);
    return sections;
}

bool may_alias(UnitType type) {
    return kind_of(type).aliases != AliasRule::None;
}

// One assignment of [Install].
class InstallSetting {
  public:
    InstallSetting(InstallContext& context, InstallUnit& unit, const Assignment& line)
        : context_(context), unit_(unit), line_(line) {}

    Result<void> apply() {
        auto& config = unit_.config;
        if (line_.key == "Alias") {
            if (may_alias(unit_.name.type()))
                set_list(config.alias);
            else
                warn(cat("Alias= is not allowed for ", to_string(unit_.name.type()),
                         " units, ignoring."));
        } else if (line_.key == "WantedBy") {
            set_list(config.wanted_by);
        } else if (line_.key == "RequiredBy") {
            set_list(config.required_by);
        } else if (line_.key == "DefaultInstance") {
            set_default_instance();
        } else if (line_.key == "Also") {
            return add_also();
        }
        return {};
    }

  private:
    void warn(std::string_view text) const {
        const auto& place = context_.place();
        if (place.warn) place.warn(cat(line_.path, ":", line_.line, ": ", text));
    }

    void set_list(std::vector<std::string>& list) const {
        if (line_.value.empty()) list.clear();
        auto words = split_quoted(line_.value);
        if (!words) return warn("Failed to parse value, ignoring.");
        list.insert(list.end(), words->begin(), words->end());
    }

    void set_default_instance() const {
        // An instance is read from its template's file, where the setting is in its place.
        if (unit_.name.is_instance()) return;
        if (!unit_.name.is_template())
            return warn("DefaultInstance= only makes sense for template units, ignoring.");
        auto value = expand_install_name(context_.place(), unit_, line_.value);
        if (!value)
            return warn(
                cat("Failed to resolve instance name in DefaultInstance=\"", line_.value, "\""));
        if (!value->empty() && !unit_instance_is_valid(*value))
            return warn(cat("Invalid DefaultInstance= value \"", *value, "\"."));
        unit_.config.default_instance = std::move(*value);
    }

    Result<void> add_also() {
        auto words = split_quoted(line_.value);
        if (!words) return {};
        for (const auto& word : *words) {
            auto name = expand_install_name(context_.place(), unit_, word);
            if (!name) {
                warn(cat("Failed to resolve unit name in Also=\"", word, "\""));
                continue;
            }
            auto added = context_.add(*name, true);
            if (!added) return added.error();
            unit_.config.also.push_back(std::move(*name));
        }
        return {};
    }

    InstallContext& context_;
    InstallUnit& unit_;
    const Assignment& line_;
};

Result<void> refused(std::string_view path, int code) {
    return errno_error(path, code);
}

bool is_missing(int code) {
    return code == ENOENT || code == ENOTDIR || code == EACCES;
}

} // namespace

std::string machine_path(const Root& root, std::string_view path) {
    if (root.is_machine()) return std::string(path);
    auto resolved = resolve_path(root, path, LastPart::Keep);
    return root.at(resolved ? *resolved : path);
}

bool in_search_path(const SearchPath& paths, std::string_view path) {
    return std::ranges::find(paths.directories, directory_of(path)) != paths.directories.end();
}

bool is_config_directory(const SearchPath& paths, std::string_view directory) {
    return directory == paths.persistent_config || directory == paths.runtime_config;
}

bool is_generator_directory(const SearchPath& paths, std::string_view directory) {
    return directory == paths.generator || directory == paths.generator_early ||
           directory == paths.generator_late;
}

bool is_runtime_directory(const SearchPath& paths, std::string_view directory) {
    return directory == "/run" || directory.starts_with("/run/") ||
           directory == paths.runtime_config || directory == paths.runtime_control ||
           directory == paths.transient || is_generator_directory(paths, directory);
}

Result<std::string> expand_install_name(const InstallPlace& place, const InstallUnit& unit,
                                        std::string_view text) {
    SpecifierContext context{unit.name, place.facts, {}, unit.config.default_instance};
    auto name = expand_specifiers(text, context, SpecifierSet::Name);
    if (!name) return errno_error(text, name.error().code == EBADSLT ? EBADSLT : EUNATCH);
    return name;
}

Result<InstallUnit*> InstallContext::add(std::string_view name_or_path, bool auxiliary) {
    bool is_path = name_or_path.starts_with('/');
    auto name = UnitName::parse(is_path ? base_name(name_or_path) : name_or_path);
    if (!name) return name.error();
    auto known = by_name_.find(name->str());
    if (known != by_name_.end()) {
        known->second->auxiliary = known->second->auxiliary && auxiliary;
        return known->second;
    }
    auto& unit = units_.emplace_back();
    unit.name = std::move(*name);
    unit.auxiliary = auxiliary;
    if (is_path) unit.path = simplify_path(name_or_path);
    by_name_.emplace(unit.name.str(), &unit);
    return &unit;
}

InstallUnit* InstallContext::next() {
    return handed_out_ < units_.size() ? &units_[handed_out_++] : nullptr;
}

Result<InstallUnit*> InstallContext::find(InstallUnit& start, FindFlags flags) {
    auto found = search(start, flags);
    if (!found) return found.error();
    InstallUnit* unit = &start;
    for (int hop = 0; hop < most_hops; ++hop) {
        if (unit->mode != InstallUnit::Mode::Linked && unit->mode != InstallUnit::Mode::Alias)
            return unit;
        if (!flags.follow_config_links &&
            is_config_directory(place_.paths, directory_of(unit->path)))
            break;
        auto next = follow(*unit, flags);
        if (!next) return next;
        unit = *next;
    }
    return errno_error(start.name.str(), ELOOP);
}

Result<InstallUnit*> InstallContext::follow(InstallUnit& unit, FindFlags flags) {
    auto leads_to = UnitName::parse(base_name(unit.target));
    if (unit.mode == InstallUnit::Mode::Alias && leads_to && unit.name.is_instance() &&
        leads_to->is_template())
        leads_to = leads_to->with_instance(unit.name.instance());
    // The same unit at another path; a linked one may have any name there.
    if (unit.mode == InstallUnit::Mode::Linked || (leads_to && *leads_to == unit.name)) {
        unit.path = std::exchange(unit.target, {});
        unit.mode = InstallUnit::Mode::Unknown;
        auto loaded = load_or_read_link(unit, unit.path, flags);
        if (!loaded) return loaded.error();
        return &unit;
    }
    if (!leads_to) return leads_to.error();
    auto next = add(leads_to->str());
    if (!next) return next;
    auto found = search(**next, flags);
    if (!found && found.error().code == ENOENT) return errno_error(unit.name.str(), ENOLINK);
    if (!found) return found.error();
    return next;
}

Result<void> InstallContext::search(InstallUnit& unit, FindFlags flags) {
    if (unit.mode != InstallUnit::Mode::Unknown) return {};
    if (!unit.path.empty()) return load_or_read_link(unit, unit.path, flags);
    std::vector<std::string> names = {unit.name.str()};
    if (unit.name.is_instance()) names.push_back(unit.name.template_name().str());
    auto try_at = [&](const std::string& path) {
        auto loaded = load_or_read_link(unit, path, flags);
        if (loaded) unit.path = path;
        return loaded;
    };
    for (const auto& name : names) {
        for (const auto& directory : place_.paths.directories) {
            if (may_exist_ && !may_exist_(directory, name)) continue;
            auto loaded = try_at(cat(directory, "/", name));
            if (!loaded && is_missing(loaded.error().code)) continue;
            if (loaded && flags.load && unit.mode == InstallUnit::Mode::Regular)
                load_drop_ins(unit);
            return loaded;
        }
        const auto* built_in = embedded(name);
        if (!built_in) continue;
        unit.path = embedded_path(place_, name);
        unit.mode = InstallUnit::Mode::Regular;
        if (!flags.load) return {};
        auto loaded = load_text(unit, built_in->text, unit.path);
        load_drop_ins(unit);
        return loaded;
    }
    return refused(unit.name.str(), ENOENT);
}

Result<void> InstallContext::load_or_read_link(InstallUnit& unit, const std::string& path,
                                               FindFlags flags) {
    auto where = machine_path(place_.root, path);
    struct stat info {};
    if (lstat(where.c_str(), &info) < 0) return errno_error(path);
    if (S_ISLNK(info.st_mode)) {
        auto link = read_link(where);
        return link ? read_link_at(unit, path, *link) : link.error();
    }
    if (S_ISDIR(info.st_mode)) return refused(path, EISDIR);
    bool empty = S_ISREG(info.st_mode) && info.st_size == 0;
    if (empty || S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode)) {
        unit.mode = InstallUnit::Mode::Masked;
        return {};
    }
    if (!S_ISREG(info.st_mode)) return refused(path, EBADFD);
    if (flags.load) {
        auto text = read_file(where);
        if (!text) return text.error();
        auto loaded = load_text(unit, *text, path);
        if (!loaded) return loaded;
    }
    unit.mode = InstallUnit::Mode::Regular;
    return {};
}

// `link` is what the link at `path` says.
Result<void> InstallContext::read_link_at(InstallUnit& unit, const std::string& path,
                                          const std::string& link) {
    auto absolute = link.starts_with('/') ? link : cat(directory_of(path), "/", link);
    auto target = resolve_path(place_.root, absolute, LastPart::Keep);
    if (!target) return target.error();
    auto status = unit_file_status(place_.root, *target);
    if (status && status->masks) {
        unit.mode = InstallUnit::Mode::Masked;
        return {};
    }
    bool inside = in_search_path(place_.paths, *target) ||
                  in_search_path(place_.paths, simplify_path(absolute));
    if (inside) {
        if (base_name(*target) == base_name(path)) return refused(path, ELOOP);
        auto checked = check_alias(base_name(path), *target);
        if (!checked) {
            if (place_.warn) place_.warn(checked.error().text);
            return refused(path, EXDEV);
        }
    }
    unit.target = std::move(*target);
    unit.mode = inside ? InstallUnit::Mode::Alias : InstallUnit::Mode::Linked;
    return {};
}

Result<void> InstallContext::load_text(InstallUnit& unit, std::string_view text,
                                       const std::string& path) {
    AssignmentList list;
    auto shown = place_.root.at(path);
    auto read = parse_unit_text(text, shown, all_sections(), list, place_.warn);
    if (!read) return read;
    for (const auto& line : list) {
        if (line.section != "Install") continue;
        auto applied = InstallSetting(*this, unit, line).apply();
        if (!applied) return applied;
    }
    return {};
}

void InstallContext::load_drop_ins(InstallUnit& unit) {
    std::vector<std::string> names = {cat(unit.name.str(), ".d")};
    if (unit.name.is_instance()) names.push_back(cat(unit.name.template_name().str(), ".d"));
    std::map<std::string, std::string> files; // by name, as the first directory has it
    for (const auto& name : names) {
        for (const auto& directory : place_.paths.directories) {
            if (may_exist_ && !may_exist_(directory, name)) continue;
            auto path = cat(directory, "/", name);
            auto resolved = resolve_path(place_.root, path);
            if (!resolved) continue;
            auto items = list_directory(place_.root.at(*resolved));
            if (!items) continue;
            for (const auto& item : *items) {
                if (item.name.ends_with(".conf") && !is_hidden_or_backup(item.name))
                    files.try_emplace(item.name, cat(path, "/", item.name));
            }
        }
    }
    for (const auto& [name, path] : files) {
        auto file = read_unit_file(place_.root, path);
        if (!file || file->status.masks) continue;
        ignore_error(load_text(unit, file->text, path)); // what is wrong has been warned of
    }
}

const EmbeddedUnit* InstallContext::embedded(std::string_view name) const {
    auto found = std::ranges::find(place_.embedded, name, &EmbeddedUnit::name);
    return found == place_.embedded.end() ? nullptr : &*found;
}

std::string embedded_path(const InstallPlace& place, std::string_view name) {
    for (const auto& directory : place.paths.directories) {
        if (directory.starts_with("/usr/local/")) continue; // not a package's
        if (directory.ends_with("/lib/systemd/system") || directory.ends_with("/lib/systemd/user"))
            return cat(directory, "/", name);
    }
    return cat("/lib/systemd/system/", name);
}

Result<InstallUnit*> InstallContext::discover(std::string_view name_or_path, FindFlags flags,
                                              InstallOutcome& outcome) {
    auto unit = add(name_or_path);
    if (unit) unit = find(**unit, flags);
    if (!unit) add_failure(outcome, unit.error().code, name_or_path);
    return unit;
}

Result<InstallUnit*> InstallContext::discover_and_check(std::string_view name_or_path,
                                                        FindFlags flags, InstallOutcome& outcome) {
    auto unit = discover(name_or_path, flags, outcome);
    if (!unit) return unit;
    auto directory = directory_of((*unit)->path);
    int why = 0;
    if ((*unit)->mode == InstallUnit::Mode::Masked)
        why = ERFKILL;
    else if (is_generator_directory(place_.paths, directory) || directory == place_.paths.transient)
        why = EADDRNOTAVAIL;
    if (why == 0) return unit;
    add_failure(outcome, why, place_.root.at((*unit)->path));
    return errno_error((*unit)->path, why);
}

} // namespace sctl
