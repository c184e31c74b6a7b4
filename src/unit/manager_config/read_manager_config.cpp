#include "unit/manager_config/read_manager_config.hpp"

#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>

#include "base/text.hpp"
#include "unit/manager_config/boot_arguments.hpp"
#include "unit/manager_config/manager_keys.hpp"
#include "unit/search/config_files.hpp"
#include "unit/search/unit_file.hpp"

namespace sctl {
namespace {

constexpr std::string_view sections[] = {"Manager"};

class Reader {
  public:
    Reader(const Root& root, const Facts& facts, const WarningSink& warn, ManagerConfig& config)
        : root_(root), facts_(facts), warn_(warn), config_(config) {}

    // The first of `files` that is there, and then the drop-ins; an error ends all of it, as in
    // systemd.
    void read(std::span<const std::string> files, std::span<const std::string_view> directories) {
        Result<void> done;
        for (const auto& file : files) {
            if (file.empty()) continue;
            auto found = read_file(file);
            done = found ? Result<void>() : found.error();
            if (!found || *found) break;
        }
        for (const auto& file : config_files(root_, directories)) {
            if (!done) break;
            if (auto found = read_file(file); !found) done = found.error();
        }
    }

  private:
    // Whether there is such a file.
    Result<bool> read_file(const std::string& path) {
        auto file = read_unit_file(root_, path);
        if (!file && file.error().code == ENOENT) return false;
        if (!file) {
            config_.incomplete |= is_momentary(file.error().code);
            // Nothing else shows only when it is read.
            bool is_directory = file.error().code == EISDIR;
            warn_(is_directory
                      ? cat(path, ":0: Error while reading configuration file: ", strerror(EISDIR))
                      : cat("Failed to open configuration file '", path,
                            "': ", strerror(file.error().code)));
            return file.error();
        }
        auto take = [&](const IniAssignment& assignment) { apply(assignment, path); };
        auto read = read_ini(file->text, path, sections, take, warn_);
        if (!read) {
            warn_(read.error().text);
            return read.error();
        }
        return true;
    }

    void apply(const IniAssignment& assignment, std::string_view path) {
        const auto& [section, key, value, line] = assignment;
        const ManagerKey* row = find_manager_key(key);
        if (!row) {
            if (!key.starts_with("X-"))
                warn_(cat(path, ":", line, ": Unknown key '", key, "' in section [", section,
                          "], ignoring."));
            return;
        }
        ManagerSetting setting{{key, value, path, line, warn_}, config_, *row, facts_};
        row->read(setting);
    }

    const Root& root_;
    const Facts& facts_;
    const WarningSink& warn_;
    ManagerConfig& config_;
};

// Zero has always meant that there is no limit.
void zero_is_infinity(Span& timeout) {
    if (timeout == Span{}) timeout = infinity;
}

} // namespace

ManagerConfig read_manager_config(const Root& root, const Facts& facts,
                                  std::span<const std::string> arguments, const WarningSink& warn,
                                  const Variables& variables) {
    ManagerConfig config;
    Reader reader(root, facts, warn, config);
    if (facts.user_manager) {
        auto home = user_config_directory(variables);
        std::string own = home.empty() ? "" : cat(home, "/systemd/user.conf");
        std::string drop_ins = cat(home, "/systemd/user.conf.d");
        const std::string files[] = {std::move(own), "/etc/systemd/user.conf"};
        std::vector<std::string_view> directories = {drop_ins,
                                                     "/etc/systemd/user.conf.d",
                                                     "/run/systemd/user.conf.d",
                                                     "/usr/local/lib/systemd/user.conf.d",
                                                     "/usr/lib/systemd/user.conf.d",
                                                     "/lib/systemd/user.conf.d"};
        if (home.empty()) directories.erase(directories.begin());
        reader.read(files, directories);
    } else {
        const std::string files[] = {"/etc/systemd/system.conf"};
        constexpr std::string_view directories[] = {
            "/etc/systemd/system.conf.d", "/run/systemd/system.conf.d",
            "/usr/local/lib/systemd/system.conf.d", "/usr/lib/systemd/system.conf.d",
            "/lib/systemd/system.conf.d"};
        reader.read(files, directories);
    }
    zero_is_infinity(config.units.timeout_start);
    zero_is_infinity(config.units.timeout_stop);
    for (const auto& argument : arguments) apply_boot_argument(argument, config, warn);
    for (std::string_view name :
         {"log_level", "log_target", "log_color", "log_location", "log_time", "log_tid"}) {
        std::string variable = cat("SYSTEMD_", name);
        for (char& c : variable) c = static_cast<char>(toupper(c));
        if (auto value = variables(variable.c_str()))
            apply_boot_argument(cat("systemd.", name, "=", *value), config, warn);
    }
    return config;
}

} // namespace sctl
