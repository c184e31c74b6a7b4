#include "unit/loader.hpp"

#include <algorithm>
#include <cstring>

#include "unit/dependencies.hpp"
#include "unit/manager_config/take_defaults.hpp"
#include "unit/search/embedded_units.hpp"
#include "unit/search/unit_file.hpp"
#include "unit/settings/directives.hpp"
#include "unit/syntax/parse_value.hpp"
#include "unit/syntax/specifiers.hpp"
#include "unit/unit_kind.hpp"
#include "unit/without_file.hpp"

namespace sctl {
namespace {

constexpr std::string_view bus_errors = "org.freedesktop.systemd1.";

void fail(LoadedUnit& unit, LoadState state, int code, std::string_view name,
          std::string_view what) {
    unit.load_state = state;
    unit.load_error.edit() = {code, cat("Unit ", unit.id.str(), ' ', what), cat(bus_errors, name)};
}
void fail_not_found(LoadedUnit& unit) {
    fail(unit, LoadState::NotFound, ENOENT, "NoSuchUnit", "not found.");
}
void fail_masked(LoadedUnit& unit) {
    fail(unit, LoadState::Masked, ESHUTDOWN, "UnitMasked", "is masked.");
}
void fail_bad_setting(LoadedUnit& unit) {
    fail(unit, LoadState::BadSetting, ENOEXEC, "BadUnitSetting", "has a bad unit file setting.");
}
// A link in the search path to a file that is not there: there is no such unit.
bool leads_nowhere(const Error& error) {
    return error.code == ENOENT || error.code == ENOTDIR || error.code == ELOOP;
}

// Whether `value` asks for what we do not do, rather than for its absence.
bool asks_for_something(const Directive& row, std::string_view value) {
    return !value.empty() && value != row.neutral && parse_boolean(value).value_or(true);
}

void note_absent(LoadedUnit& unit, const Directive& row, std::string_view value) {
    auto& list = unit.absent_directives;
    auto at = std::find(list.begin(), list.end(), &row);
    bool asks = asks_for_something(row, value);
    if (asks && at == list.end())
        list.push_back(&row);
    else if (!asks && at != list.end())
        list.erase(at);
}

class Loader {
  public:
    Loader(const UnitIndex& index, const Facts& facts, const UnitDefaults& defaults,
           const WarningSink& warn, LoadedUnit& unit)
        : index_(index), facts_(facts), defaults_(defaults), warn_(warn), unit_(unit) {}

    void load(const FoundUnit& found);

  private:
    // False where the unit goes no further: masked, or the file has an error.
    bool read_fragment(const FoundUnit& found);
    void read_drop_ins();
    void forget_settings();
    void check_permissions(const UnitFileStatus& file, std::string_view path);
    // Reads a file, and says what is wrong in the order of its lines, as systemd does. A setting
    // that is fatal, as load_state tells, ends it: what follows counts for nothing.
    Result<void> read_text(std::string_view text, std::string_view path);
    void apply(const IniAssignment& assignment, std::string_view path);
    void add_directory_dependencies();
    void add_mount_dependencies();

    const UnitIndex& index_;
    const Facts& facts_;
    const UnitDefaults& defaults_;
    const WarningSink& warn_;
    LoadedUnit& unit_;
};

void Loader::load(const FoundUnit& found) {
    bool needs_no_file = add_what_the_name_says(unit_);
    const UnitKind& kind = kind_of(unit_);
    bool is_there = found.found() || needs_no_file;
    if (is_there || kind.look) begin_settings(unit_, defaults_);
    if (kind.look) is_there |= kind.look(unit_, facts_);
    if (!is_there) {
        forget_settings();
        return fail_not_found(unit_);
    }
    unit_.load_state = LoadState::Loaded;
    if (found.found() && !read_fragment(found)) {
        // A masked unit still refers to what its directories name.
        if (unit_.load_state == LoadState::Masked) add_directory_dependencies();
        return;
    }
    read_drop_ins();
    add_directory_dependencies();
    if (kind.slice_is_in_name && !slice_name_is_valid(unit_.id.str()))
        return fail_loading(unit_, EINVAL);
    if (kind.resolve) kind.resolve(unit_, defaults_);
    fill_in_settings(unit_, defaults_);
    add_automatic_dependencies(unit_, facts_.user_manager);
    if (kind.check && !kind.check(unit_, warn_))
        fail_bad_setting(unit_);
    else if (!facts_.user_manager)
        add_mount_dependencies();
    unit_.exec.settle();
    unit_.kill.settle();
    drop_duplicate_dependencies(unit_.unit.dependencies);
}

bool Loader::read_fragment(const FoundUnit& found) {
    UnitFileText file;
    if (found.embedded) {
        file.text = found.embedded->text;
    } else if (auto read = read_unit_file(index_.root(), found.fragment_path)) {
        file = std::move(*read);
    } else {
        if (leads_nowhere(read.error())) {
            forget_settings();
            unit_.fragment_path.clear();
            fail_not_found(unit_);
            return false;
        }
        warn_(cat(unit_.id.str(), ": ", read.error().text));
        unit_.incomplete = is_momentary(read.error().code);
        fail_loading(unit_, read.error().code);
        return false;
    }
    if (file.status.masks) {
        forget_settings();
        fail_masked(unit_);
        return false;
    }
    unit_.newest_mtime = file.status.mtime;
    check_permissions(file.status, found.fragment_path);
    auto parsed = read_text(file.text, found.fragment_path);
    if (unit_.load_state != LoadState::Loaded) {
        if (unit_.load_state == LoadState::Error) {
            fail_loading(unit_, EINVAL);
            return false;
        }
        warn_(
            cat(unit_.id.str(), ": Unit configuration has fatal error, unit will not be started."));
        fail_bad_setting(unit_);
        return false;
    }
    if (!parsed) fail_loading(unit_, parsed.error().code);
    return parsed.has_value();
}

void Loader::read_drop_ins() {
    unit_.drop_in_paths = index_.drop_in_paths(unit_.names, warn_);
    for (const auto& path : unit_.drop_in_paths) {
        auto file = read_unit_file(index_.root(), path);
        if (!file) {
            warn_(cat(unit_.id.str(), ": ", file.error().text));
            unit_.incomplete |= is_momentary(file.error().code);
            continue;
        }
        if (file->status.masks) continue;
        unit_.newest_mtime = std::max(unit_.newest_mtime, file->status.mtime);
        check_permissions(file->status, path);
        // What comes before an error applies, and the error has been told to warn_.
        (void)!read_text(file->text, path).has_value();
        // A fatal setting ends its drop-in and nothing else, as in systemd.
        unit_.load_state = LoadState::Loaded;
    }
}

// There is no such unit to have any.
void Loader::forget_settings() {
    unit_.exec = {};
    unit_.kill = {};
    unit_.own.reset();
    stand_in_settings(unit_, defaults_);
}

void Loader::check_permissions(const UnitFileStatus& file, std::string_view path) {
    if (file.writable_by_all) warn_(world_writable_warning(cat("Configuration file ", path)));
}

Result<void> Loader::read_text(std::string_view text, std::string_view path) {
    auto goes_on = [&] { return unit_.load_state == LoadState::Loaded; };
    WarningSink warn = [&](std::string_view what) {
        if (goes_on()) warn_(what);
    };
    auto take = [&](const IniAssignment& assignment) {
        if (goes_on()) apply(assignment, path);
    };
    return read_ini(text, path, unit_sections(unit_.id.type()), take, warn);
}

void Loader::apply(const IniAssignment& assignment, std::string_view path) {
    const auto& [section, key, value, line] = assignment;
    const UnitKind& kind = kind_of(unit_);
    if (section == kind.section && !kind.is_run && !kind.settings) return;
    const auto* row = find_directive(kind, section, key);
    if (!row) {
        if (!key.starts_with("X-"))
            warn_(cat(path, ":", line, ": Unknown key '", key, "' in section [", section,
                      "], ignoring."));
        return;
    }
    if (row->support == Support::Absent || row->support == Support::Protection)
        note_absent(unit_, *row, value);
    if (!row->parse) return;
    SpecifierContext specifiers{unit_.id, facts_, unit_.fragment_path, {}};
    Setting setting{{key, value, path, line, warn_}, unit_, *row, specifiers};
    row->parse(setting);
}

void Loader::add_directory_dependencies() {
    struct {
        std::string_view suffix, key;
        Dependency dependency;
    } constexpr kinds[] = {{".wants", "Wants", Dependency::Wants},
                           {".requires", "Requires", Dependency::Requires},
                           {".upholds", "Upholds", Dependency::Upholds}};
    for (const auto& kind : kinds)
        for (auto& name : index_.directory_dependencies(unit_.names, kind.suffix, kind.key, warn_))
            add_dependency(unit_, kind.dependency, std::move(name));
}

// RequiresMountsFor=, of the mounts on the way to each path: the root's, those with a file, and
// what else is mounted now.
void Loader::add_mount_dependencies() {
    for (std::string path : unit_.unit.requires_mounts_for) {
        add_dependency(unit_, Dependency::After, UnitName::of_ours("-.mount"));
        for (; path.size() > 1; path.resize(std::max<size_t>(path.rfind('/'), 1))) {
            auto stem = unit_name_path_escape(path);
            auto mount = stem ? UnitName::parse(cat(*stem, ".mount")) : stem.error();
            auto found = mount ? index_.find(*mount) : mount.error();
            if (!found) continue;
            bool is_seen = facts_.mount_at && facts_.mount_at(path);
            if (found->found()) add_dependency(unit_, Dependency::Requires, *mount);
            if (found->found() || is_seen) add_dependency(unit_, Dependency::After, *mount);
        }
    }
}

} // namespace

void fail_loading(LoadedUnit& unit, int code) {
    unit.load_state = LoadState::Error;
    unit.load_error.edit() = {
        code,
        cat("Unit ", unit.id.str(),
            " failed to load properly, please adjust/correct and reload service manager: ",
            strerror(code)),
        {}}; // the bus names it after the errno value
}

LoadedUnit load_unit(const UnitIndex& index, const UnitName& name, const Facts& facts,
                     const UnitDefaults& defaults, const WarningSink& warn) {
    LoadedUnit unit;
    unit.id = name;
    unit.names = {name};
    auto found = index.find(name);
    if (!found) {
        fail_loading(unit, found.error().code);
        return unit;
    }
    unit.id = found->id;
    unit.names = found->names;
    unit.fragment_path = found->fragment_path;
    Loader(index, facts, defaults, warn, unit).load(*found);
    return unit;
}

std::string unmet_wishes(const LoadedUnit& unit) {
    std::string absent, protection;
    for (const Directive* row : unit.absent_directives) {
        auto& list = row->support == Support::Protection ? protection : absent;
        list += cat(list.empty() ? "" : ", ", row->name, "=");
    }
    std::string text;
    if (!absent.empty()) text = cat("These settings have no effect here: ", absent, ".");
    if (!protection.empty())
        text += cat(text.empty() ? "" : " ", "The unit runs without the protection of ", protection,
                    ".");
    return text;
}

} // namespace sctl
