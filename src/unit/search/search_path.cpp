#include "unit/search/search_path.hpp"

#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdlib>

#include "base/files.hpp"
#include "base/text.hpp"

namespace sctl {
namespace {

void add_search_directory(std::vector<std::string>& directories, std::string_view directory) {
    if (directory.empty()) return;
    auto simple = simplify_path(directory);
    if (std::ranges::find(directories, simple) == directories.end()) {
        directories.push_back(std::move(simple));
    }
}

std::string current_directory() {
    char path[PATH_MAX];
    return getcwd(path, sizeof path) ? path : "/";
}

// Puts $SYSTEMD_UNIT_PATH before the usual list or in its place.
void apply_unit_path(SearchPath& paths, const Variables& variables) {
    auto given = variables("SYSTEMD_UNIT_PATH");
    if (!given) return;
    std::vector<std::string> directories;
    for (auto directory : split(*given, ":")) {
        bool absolute = directory.starts_with('/');
        add_search_directory(directories, absolute ? std::string(directory)
                                                   : cat(current_directory(), "/", directory));
    }
    if (given->ends_with(':')) {
        for (const auto& directory : paths.directories)
            add_search_directory(directories, directory);
    }
    paths.directories = std::move(directories);
}

// "systemd/user" in each directory of the colon-separated variable, or of the default.
std::vector<std::string> user_directories(const Variables& variables, const char* name,
                                          std::string_view fallback) {
    auto value = variables(name).value_or("");
    std::vector<std::string> directories;
    for (auto directory : split(value.empty() ? fallback : value, ":")) {
        if (directory.starts_with('/')) directories.push_back(cat(directory, "/systemd/user"));
    }
    return directories;
}

// "$NAME", else "$HOME/FALLBACK", else nothing.
std::string home_directory(const Variables& variables, const char* name,
                           std::string_view fallback) {
    auto value = variables(name).value_or("");
    if (value.starts_with('/')) return value;
    auto home = variables("HOME").value_or("");
    return home.starts_with('/') ? cat(home, "/", fallback) : std::string();
}

std::string below_or_none(std::string_view directory, std::string_view name) {
    return directory.empty() ? std::string() : cat(directory, name);
}

} // namespace

std::optional<std::string> environment_variable(const char* name) {
    const char* value = getenv(name);
    return value ? std::optional<std::string>(value) : std::nullopt;
}

std::string user_config_directory(const Variables& variables) {
    return home_directory(variables, "XDG_CONFIG_HOME", ".config");
}

bool SearchPath::is_ours(std::string_view directory) const {
    return directory == generator || directory == generator_early || directory == generator_late ||
           directory == transient || directory == persistent_control ||
           directory == runtime_control;
}

SearchPath system_search_path(const Variables& variables, std::string_view below) {
    auto at = [&](std::string_view directory) { return simplify_path(cat(below, directory)); };
    SearchPath paths;
    paths.persistent_config = at("/etc/systemd/system");
    paths.runtime_config = at("/run/systemd/system");
    paths.persistent_control = at("/etc/systemd/system.control");
    paths.runtime_control = at("/run/systemd/system.control");
    paths.transient = at("/run/systemd/transient");
    paths.generator_early = at("/run/systemd/generator.early");
    paths.generator = at("/run/systemd/generator");
    paths.generator_late = at("/run/systemd/generator.late");
    paths.directories = {
        paths.persistent_control, paths.runtime_control, paths.transient, paths.generator_early,
        paths.persistent_config, at("/etc/systemd/system.attached"), paths.runtime_config,
        at("/run/systemd/system.attached"), paths.generator, at("/usr/local/lib/systemd/system"),
        // Debian's systemd searches both, /lib first, also where they are one.
        at("/lib/systemd/system"), at("/usr/lib/systemd/system"), paths.generator_late};
    apply_unit_path(paths, variables);
    return paths;
}

SearchPath user_search_path(const Variables& variables) {
    auto config_home = user_config_directory(variables);
    auto data_home = home_directory(variables, "XDG_DATA_HOME", ".local/share");
    auto runtime = variables("XDG_RUNTIME_DIR").value_or("");
    SearchPath paths;
    paths.persistent_config = below_or_none(config_home, "/systemd/user");
    paths.runtime_config = below_or_none(runtime, "/systemd/user");
    paths.persistent_control = below_or_none(config_home, "/systemd/user.control");
    paths.runtime_control = below_or_none(runtime, "/systemd/user.control");
    paths.transient = below_or_none(runtime, "/systemd/transient");
    paths.generator_early = below_or_none(runtime, "/systemd/generator.early");
    paths.generator = below_or_none(runtime, "/systemd/generator");
    paths.generator_late = below_or_none(runtime, "/systemd/generator.late");

    std::vector<std::string> all = {paths.persistent_control, paths.runtime_control,
                                    paths.transient, paths.generator_early,
                                    paths.persistent_config};
    std::ranges::copy(user_directories(variables, "XDG_CONFIG_DIRS", "/etc/xdg"),
                      std::back_inserter(all));
    all.insert(all.end(), {"/etc/systemd/user", paths.runtime_config, "/run/systemd/user",
                           paths.generator, below_or_none(data_home, "/systemd/user")});
    std::ranges::copy(user_directories(variables, "XDG_DATA_DIRS", "/usr/local/share:/usr/share"),
                      std::back_inserter(all));
    all.insert(all.end(),
               {"/usr/local/lib/systemd/user", "/usr/local/share/systemd/user",
                "/usr/lib/systemd/user", "/usr/share/systemd/user", paths.generator_late});
    for (const auto& directory : all) add_search_directory(paths.directories, directory);
    apply_unit_path(paths, variables);
    return paths;
}

} // namespace sctl
