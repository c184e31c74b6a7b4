#include "install/sysv_generator.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <map>

#include "base/log.hpp"
#include "base/text.hpp"
#include "unit/search/directory_listing.hpp"
#include "unit/search/search_path.hpp"
#include "unit/search/unit_index.hpp"

namespace sctl {
namespace {

// The run levels of a shutdown are left out: what runs is stopped at the end anyway.
struct RunLevel {
    std::string_view directory, target;
};
constexpr RunLevel run_levels[] = {
    {"/etc/rc1.d", "rescue.target"},     {"/etc/rc2.d", "multi-user.target"},
    {"/etc/rc3.d", "multi-user.target"}, {"/etc/rc4.d", "multi-user.target"},
    {"/etc/rc5.d", "graphical.target"},
};

// Names that Debian's systemd masks, as their scripts would harm where systemd runs.
constexpr std::string_view masked[] = {"cryptdisks.service", "cryptdisks-early.service",
                                       "hwclock.service",    "rc.service",
                                       "rcS.service",        "x11-common.service"};

using Scripts = std::map<std::string, SysvScript>; // by unit

// What only generators wrote does not count: it is about to be made anew.
UnitIndex native_units(const Root& root, std::span<const EmbeddedUnit> embedded) {
    SearchPath paths = system_search_path();
    std::erase_if(paths.directories, [&](const std::string& directory) {
        return directory == paths.generator || directory == paths.generator_early ||
               directory == paths.generator_late;
    });
    return UnitIndex::scan(
        root, paths, [](std::string_view) {}, embedded);
}

bool has_native_unit(const UnitIndex& units, std::string_view name) {
    if (std::ranges::find(masked, name) != std::end(masked)) return true;
    auto parsed = UnitName::parse(name);
    if (!parsed) return true;
    auto found = units.find(*parsed);
    // Two files that claim one name are no reason to make a third.
    return !found || found->found();
}

bool is_executable_file(const std::string& path) {
    struct stat info {};
    return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & S_IXUSR);
}

Scripts read_scripts(const Root& root, const SysvWarning& warn,
                     std::span<const EmbeddedUnit> embedded) {
    Scripts scripts;
    auto items = list_directory(root.at(sysv_script_directory));
    if (!items) return scripts;
    std::optional<UnitIndex> units; // read only where there is a script at all
    for (const auto& item : *items) {
        auto path = cat(sysv_script_directory, "/", item.name);
        if (is_hidden_or_backup(item.name) || !is_executable_file(root.at(path))) continue;
        auto name = sysv_unit_name(item.name);
        if (name.empty() || scripts.contains(name)) continue;
        if (!units) units = native_units(root, embedded);
        if (has_native_unit(*units, name)) continue;
        SysvScript script;
        script.unit = name;
        script.path = path;
        auto text = read_file(root.at(path));
        if (!text) {
            warn(text.error().text);
            continue;
        }
        read_sysv_script(*text, script, warn);
        scripts.emplace(name, std::move(script));
    }
    return scripts;
}

// "S20exim4": two digits and the name of a script.
std::optional<int> start_priority(std::string_view link) {
    if (link.size() < 4 || link[0] != 'S') return std::nullopt;
    return parse_number<unsigned>(link.substr(1, 2));
}

void hang_on_run_levels(const Root& root, Scripts& scripts) {
    for (const auto& level : run_levels) {
        auto items = list_directory(root.at(level.directory));
        if (!items) continue;
        for (const auto& item : *items) {
            auto priority = start_priority(item.name);
            if (!priority) continue;
            auto found = scripts.find(sysv_unit_name(std::string_view(item.name).substr(3)));
            if (found == scripts.end()) continue;
            SysvScript& script = found->second;
            script.priority = std::max(script.priority, *priority);
            if (std::ranges::find(script.wanted_by, level.target) != script.wanted_by.end())
                continue;
            script.wanted_by.emplace_back(level.target);
            script.before.emplace_back(level.target);
        }
    }
}

// Modern headers say what they need; between others the numbers count.
void order_by_priority(Scripts& scripts) {
    for (auto& [name, script] : scripts) {
        if (script.priority < 0) continue;
        for (const auto& [other_name, other] : scripts) {
            if (other.priority < 0 || (script.has_lsb_header && other.has_lsb_header)) continue;
            if (other.priority < script.priority) script.after.push_back(other_name);
            if (other.priority > script.priority) script.before.push_back(other_name);
        }
    }
}

class UnitWriter {
  public:
    explicit UnitWriter(const std::string& directory) : directory_(directory) {}

    void write(const SysvScript& script) {
        note(write_file_atomically(cat(directory_, "/", script.unit), sysv_unit_text(script)));
        for (const auto& target : script.wanted_by) {
            auto wants = cat(directory_, "/", target, ".wants");
            note(make_directories(wants));
            link(cat("../", script.unit), cat(wants, "/", script.unit));
        }
    }

    // A script's own name comes before what another provides.
    void write_aliases(const SysvScript& script) {
        for (const auto& alias : script.aliases) link(script.unit, cat(directory_, "/", alias));
    }

    [[nodiscard]] Result<void> outcome() && { return std::move(outcome_); }

  private:
    void note(const Result<void>& done) {
        if (!done && outcome_) outcome_ = done.error();
    }

    void link(const std::string& target, const std::string& path) {
        if (symlink(target.c_str(), path.c_str()) == 0 || errno == EEXIST) return;
        note(errno_error(path));
    }

    const std::string& directory_;
    Result<void> outcome_;
};

} // namespace

Result<void> make_sysv_units(const Root& root, const std::string& directory,
                             const SysvWarning& warn, std::span<const EmbeddedUnit> embedded) {
    Scripts scripts = read_scripts(root, warn, embedded);
    hang_on_run_levels(root, scripts);
    order_by_priority(scripts);
    UnitWriter writer(directory);
    for (const auto& [name, script] : scripts) writer.write(script);
    for (const auto& [name, script] : scripts) writer.write_aliases(script);
    return std::move(writer).outcome();
}

int run_sysv_generator(int count, char** arguments) {
    if (count != 4) {
        log_error("This program takes three directories: normal, early, late.");
        return EXIT_FAILURE;
    }
    auto warn = [](std::string_view text) { log_warning(text); };
    auto made = make_sysv_units(Root(), arguments[3], warn, embedded_units());
    if (!made) log_error("Failed to make units of scripts: ", made.error().text);
    return made ? EXIT_SUCCESS : EXIT_FAILURE;
}

} // namespace sctl
