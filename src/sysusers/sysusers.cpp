#include "sysusers/sysusers.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>

#include "base/log.hpp"
#include "base/resolve_path.hpp"
#include "base/text.hpp"
#include "base/version_text.hpp"
#include "os/credentials.hpp"
#include "os/machine.hpp"
#include "sysusers/account_files.hpp"
#include "sysusers/parse_line.hpp"
#include "sysusers/plan.hpp"
#include "sysusers/sysusers_request.hpp"
#include "sysusers/write_accounts.hpp"
#include "unit/search/config_files.hpp"

namespace sctl {
namespace {

constexpr std::string_view sysusers_directories[] = {"/etc/sysusers.d", "/run/sysusers.d",
                                                     "/usr/local/lib/sysusers.d",
                                                     "/usr/lib/sysusers.d", "/lib/sysusers.d"};
// Of Debian's build of systemd; it does not read login.defs either.
constexpr IdRange usual_range{1, 999};
constexpr time_t day = 24 * 60 * 60;

// Reads configuration into one value, and says what is wrong with it.
class SysusersReader {
  public:
    SysusersReader(const SysusersRequest& request, const Facts& facts)
        : request_(request), facts_(facts) {}

    // False where the arguments cannot be used; that has been logged.
    bool read();
    SysusersLines& lines() noexcept { return lines_; }

  private:
    bool read_arguments();
    void read_directories();
    bool read_file(const std::string& name, const Result<std::string>& path);
    bool add_line(const std::string& where, std::string_view text);

    const SysusersRequest& request_;
    const Facts& facts_;
    SysusersLines lines_;
};

bool SysusersReader::add_line(const std::string& where, std::string_view text) {
    auto line = parse_sysusers_line(text, facts_);
    if (!line) {
        log_error(where, line.error().text);
        return false;
    }
    auto name = line->name;
    bool is_user = line->type == SysusersLine::Type::User;
    if (!lines_.add(std::move(*line))) {
        log_warning(where, "Conflict with earlier configuration for ", is_user ? "user" : "group",
                    " '", name, "', ignoring line.");
    }
    return true;
}

bool SysusersReader::read_file(const std::string& name, const Result<std::string>& path) {
    auto lines = path ? read_config_lines(*path) : path.error();
    if (!lines) {
        log_error(
            errno_error(cat("Failed to open '", name, "', ignoring"), lines.error().code).text);
        return false;
    }
    bool all_well = true;
    for (const auto& line : *lines) {
        auto where = cat(*path == "-" ? "<stdin>" : *path, ":", line.number, ": ");
        all_well = add_line(where, line.text) && all_well;
    }
    return all_well;
}

bool SysusersReader::read_arguments() {
    unsigned position = 0;
    for (const auto& argument : request_.arguments) {
        ++position;
        if (request_.is_inline) {
            if (!add_line(cat("(argument):", position, ": "), argument)) return false;
            continue;
        }
        auto path = argument == "-"
                        ? Result<std::string>(argument)
                        : find_config_file(request_.root, sysusers_directories, argument);
        if (!read_file(argument, path)) return false;
    }
    return true;
}

void SysusersReader::read_directories() {
    auto files = request_.replace.empty()
                     ? config_files(request_.root, sysusers_directories)
                     : config_files_with(request_.root, sysusers_directories, request_.replace);
    for (const auto& file : files) {
        bool is_replaced = file == request_.replace;
        if (is_replaced) (void)read_arguments();
        if (!is_replaced && resolve_path(request_.root, file))
            (void)read_file(file, request_.root.at(file));
    }
}

bool SysusersReader::read() {
    if (request_.replace.empty() && !request_.arguments.empty()) {
        if (!read_arguments()) return false;
    } else {
        read_directories();
    }
    auto extra = credential_path("sysusers.extra");
    if (extra && access(extra->c_str(), F_OK) == 0) (void)read_file(*extra, extra);
    return true;
}

bool is_executable(const Root& root, const char* path) {
    auto resolved = resolve_path(root, path);
    return resolved && access(root.at(*resolved).c_str(), X_OK) == 0;
}

AccountDefaults defaults_for(const Root& root) {
    AccountDefaults defaults;
    defaults.today = std::max<time_t>(time(nullptr) / day, 1);
    defaults.of = [&root](const NewUser& user) {
        NewUserFacts facts;
        auto root_shell = is_executable(root, "/bin/bash") ? "/bin/bash" : "/bin/sh";
        facts.shell = user.uid == 0 ? root_shell : "/usr/sbin/nologin";
        if (auto shell = read_credential("passwd.shell." + user.name)) facts.shell = trim(*shell);
        if (auto password = read_credential("passwd.hashed-password." + user.name))
            facts.password = trim(*password);
        else if (read_credential("passwd.plaintext-password." + user.name))
            log_warning("Passwords are not encrypted here: give passwd.hashed-password.", user.name,
                        ". Ignoring.");
        return facts;
    };
    return defaults;
}

Result<void> change_accounts(const Root& root, const SysusersLines& lines, bool dry_run) {
    auto lock = dry_run ? Result<UniqueFd>(UniqueFd()) : lock_accounts(root);
    if (!lock) return lock.error();
    auto texts = read_account_files(root);
    if (!texts) return texts.error().during("Failed to load user database");
    auto existing = read_accounts(texts->passwd.value_or(""), texts->group.value_or(""));
    OwnerOf owner_of = [&root](const std::string& path) -> std::optional<std::pair<uid_t, gid_t>> {
        auto resolved = resolve_path(root, path);
        struct stat info {};
        if (!resolved || stat(root.at(*resolved).c_str(), &info) < 0) return std::nullopt;
        return std::pair(info.st_uid, info.st_gid);
    };
    auto plan = plan_accounts(lines, existing, owner_of);
    for (const auto& message : plan.messages) log(message.level, message.text);
    auto updated = updated_accounts(*texts, plan, defaults_for(root));
    if (!dry_run) {
        auto written = write_account_files(root, updated);
        return written ? written : written.error().during("Failed to write files");
    }
    struct {
        const char* name;
        const std::optional<std::string>& text;
    } const files[] = {{"group", updated.group},
                       {"gshadow", updated.gshadow},
                       {"passwd", updated.passwd},
                       {"shadow", updated.shadow}};
    for (const auto& [name, text] : files) {
        if (text) log_info("Would write /etc/", name, "…");
    }
    return {};
}

int apply(const SysusersRequest& request) {
    auto facts = collect_facts(request.root);
    SysusersReader reader(request, facts);
    if (!reader.read()) return EXIT_FAILURE;
    umask(022);
    auto& lines = reader.lines();
    if (lines.ranges.empty()) lines.ranges.push_back(usual_range);
    auto changed = change_accounts(request.root, lines, request.dry_run);
    if (changed) return EXIT_SUCCESS;
    log_error(changed.error().text);
    return EXIT_FAILURE;
}

} // namespace

int run_sysusers(int count, char** arguments) {
    auto request = read_sysusers_request({arguments + 1, arguments + count}, arguments[0]);
    switch (request.task) {
        case SysusersRequest::Task::Help: print(sysusers_help()); return EXIT_SUCCESS;
        case SysusersRequest::Task::Version: print(version_text()); return EXIT_SUCCESS;
        case SysusersRequest::Task::CatConfig:
            return print_config(request.root, sysusers_directories) ? EXIT_SUCCESS : EXIT_FAILURE;
        case SysusersRequest::Task::Apply: return apply(request);
        case SysusersRequest::Task::Wrong: break;
    }
    return EXIT_FAILURE;
}

} // namespace sctl
