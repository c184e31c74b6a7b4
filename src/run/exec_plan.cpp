#include "run/exec_plan.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/glob.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "os/users.hpp"
#include "unit/syntax/environment.hpp"
#include "unit/values/resource_limit.hpp"

namespace sctl {
namespace {

struct DirectoryKind {
    std::string_view base;
    std::string_view variable;
    SpawnStep step;
    std::string_view setting;
};
// By DirectoryType (systemd.exec(5), RuntimeDirectory=).
constexpr DirectoryKind directory_kinds[directory_type_count] = {
    {"/run", "RUNTIME_DIRECTORY", SpawnStep::RuntimeDirectory, "RuntimeDirectory"},
    {"/var/lib", "STATE_DIRECTORY", SpawnStep::StateDirectory, "StateDirectory"},
    {"/var/cache", "CACHE_DIRECTORY", SpawnStep::CacheDirectory, "CacheDirectory"},
    {"/var/log", "LOGS_DIRECTORY", SpawnStep::LogsDirectory, "LogsDirectory"},
    {"/etc", "CONFIGURATION_DIRECTORY", SpawnStep::ConfigurationDirectory,
     "ConfigurationDirectory"},
};

bool refuses_logins(std::string_view shell) {
    auto name = base_name(shell);
    return name == "nologin" || name == "false" || name == "true";
}

// Builds one plan from its inputs; each member does one part of it.
class PlanMaker {
  public:
    explicit PlanMaker(const ExecPlanInputs& inputs)
        : in_(inputs), config_(*inputs.unit.exec), command_(inputs.command) {}

    Result<ExecPlan> make() {
        take_user();
        auto environment = take_environment();
        if (!environment) return environment.error();
        take_passed_files(*environment);
        take_command(*environment);
        take_directories();
        take_credentials();
        take_limits();
        auto stdio = take_stdio();
        if (!stdio) return stdio.error();
        plan_.environment = environment->assignments();
        plan_.pid_variables.emplace_back("SYSTEMD_EXEC_PID");
        if (in_.is_watched) plan_.pid_variables.emplace_back("WATCHDOG_PID");
        return std::move(plan_);
    }

  private:
    // "+" runs with full privileges, "!" and "!!" as root but with the user's groups and home
    // unread.
    [[nodiscard]] bool drops_user() const {
        if (!in_.drops_privileges) return false;
        return command_.privilege == ExecCommand::Privilege::Normal ||
               command_.privilege == ExecCommand::Privilege::Ambient;
    }

    // A user that does not exist fails the start in the child, with 217/USER.
    void doom(SpawnStep step, int code) {
        if (!plan_.doomed) plan_.doomed = SpawnProblem{step, code};
    }

    [[nodiscard]] Result<User> look_for_user(const std::string& name) const {
        auto user = find_user(in_.root, name);
        if (user || !in_.names) return user;
        if (auto known = in_.names->user(name)) return std::move(*known);
        if (auto uid = in_.dynamic_users ? in_.dynamic_users->find(name) : std::nullopt)
            return User{name, *uid, *uid, {}, {}};
        return user;
    }
    [[nodiscard]] Result<Group> look_for_group(const std::string& name) const {
        auto group = find_group(in_.root, name);
        if (group || !in_.names) return group;
        if (auto known = in_.names->group(name)) return std::move(*known);
        return group;
    }

    // What getent has said, for a user of the files by its name, else by what User= says.
    void add_known_groups(std::vector<gid_t>& groups) const {
        if (!in_.names || !user_) return;
        for (std::string_view name :
             {std::string_view(config_.user), std::string_view(user_->name)}) {
            for (gid_t gid : in_.names->groups(name)) {
                if (std::ranges::find(groups, gid) == groups.end()) groups.push_back(gid);
            }
        }
    }

    // A dynamic user has no home and no shell, nor has one of the files that stands in for it.
    void take_dynamic_user() {
        const auto& identity = *in_.dynamic;
        if (!identity) return doom(SpawnStep::User, identity.error().code);
        user_ = User{config_.user, identity->uid, identity->gid, {}, {}};
        gid_ = identity->gid;
    }

    void take_user() {
        if (in_.dynamic) {
            take_dynamic_user();
            if (plan_.doomed) return;
        } else if (!config_.user.empty()) {
            auto user = look_for_user(config_.user);
            if (!user) return doom(SpawnStep::User, user.error().code);
            user_ = std::move(*user);
            gid_ = user_->gid;
        }
        if (!config_.group.empty() && !in_.dynamic) {
            auto group = look_for_group(config_.group);
            if (!group) return doom(SpawnStep::Group, group.error().code);
            gid_ = group->gid;
        }
        std::vector<gid_t> groups;
        if (in_.dynamic) {
            groups = {*gid_};
        } else {
            if (user_) groups = groups_of(in_.root, user_->name, *gid_);
            add_known_groups(groups);
        }
        for (const auto& name : config_.supplementary_groups) {
            auto group = look_for_group(name);
            if (!group) return doom(SpawnStep::Group, group.error().code);
            groups.push_back(group->gid);
        }
        if (user_) plan_.user = user_->uid;
        if (!drops_user()) return;
        plan_.uid = plan_.user;
        if (gid_) {
            plan_.gid = gid_;
            plan_.groups = std::move(groups);
        } else if (!groups.empty()) {
            plan_.groups = std::move(groups);
        }
    }

    // In the order in which later assignments win (systemd.exec(5), "Environment").
    Result<Environment> take_environment() {
        Environment environment(in_.environment);
        environment.merge(in_.own_variables);
        // Root's own variables are not set: a service without User= sees none, as under systemd,
        // but for the home that it asks to be in.
        if (!user_ && config_.working_directory == "~") environment.set("HOME", "/root");
        if (user_) {
            // A home or shell that says nothing is not passed on; nobody has none, whatever passwd
            // says.
            constexpr uid_t nobody = 65534;
            bool has_home = !user_->home.empty() && user_->home != "/" && user_->uid != nobody;
            if (has_home) environment.set("HOME", user_->home);
            environment.set("LOGNAME", user_->name);
            environment.set("USER", user_->name);
            if (!user_->shell.empty() && !refuses_logins(user_->shell))
                environment.set("SHELL", user_->shell);
        }
        if (!config_.set_credentials.empty() || !config_.load_credentials.empty())
            environment.set("CREDENTIALS_DIRECTORY", credentials_directory(in_.unit));
        for (size_t type = 0; type < directory_type_count; ++type) {
            std::vector<std::string> paths;
            for (const auto& item : config_.directories[type].items) {
                paths.push_back(cat(directory_kinds[type].base, "/", item.path));
            }
            if (!paths.empty()) environment.set(directory_kinds[type].variable, join(paths, ":"));
        }
        if (!config_.exec_search_path.empty())
            environment.set("PATH", join(config_.exec_search_path, ":"));
        for (const auto& name : config_.pass_environment) {
            if (const char* value = getenv(name.c_str())) environment.set(name, value);
        }
        environment.merge(config_.environment);
        for (const auto& file : config_.environment_files) {
            auto read = add_environment_file(file, environment);
            if (!read) return read.error();
        }
        for (const auto& name : config_.unset_environment) environment.unset(name);
        return environment;
    }

    void take_passed_files(Environment& environment) {
        if (in_.passed.descriptors.empty()) return;
        for (const auto& fd : in_.passed.descriptors) plan_.extra_descriptors.push_back(fd.get());
        environment.set("LISTEN_FDS", cat(in_.passed.descriptors.size()));
        environment.set("LISTEN_FDNAMES", join(in_.passed.names, ":"));
        plan_.pid_variables.emplace_back("LISTEN_PID");
    }

    Result<void> add_environment_file(const EnvironmentFile& file, Environment& environment) {
        std::vector<std::string> paths;
        if (is_glob(file.path))
            paths = matching_paths(in_.root.at(file.path));
        else
            paths.push_back(in_.root.at(file.path));
        if (paths.empty() && !file.optional) {
            return errno_error("Failed to load environment files", ENOENT);
        }
        for (const auto& path : paths) {
            auto text = read_file(path);
            auto parsed = text ? parse_environment_file(*text)
                               : Result<std::vector<std::string>>(text.error());
            if (!parsed && file.optional) continue;
            if (!parsed) return parsed.error().during("Failed to load environment files");
            for (const auto& assignment : *parsed) {
                if (environment_assignment_is_valid(assignment))
                    environment.set(assignment);
                else
                    log_warning(in_.unit.id.str(), ": Ignoring invalid environment assignment '",
                                assignment, "': ", path);
            }
        }
        return {};
    }

    void take_command(const Environment& environment) {
        plan_.arguments = expand_command(command_, environment);
        plan_.ignore_missing_executable = command_.ignore_failure;
        if (command_.path.find('/') != std::string::npos) {
            plan_.executables = {command_.path};
        } else {
            // Not in the unit's own PATH (systemd.service(5), "Command Lines").
            auto directories = config_.exec_search_path;
            if (directories.empty())
                for (auto each : split(service_search_path, ":")) directories.emplace_back(each);
            for (const auto& directory : directories)
                plan_.executables.push_back(cat(directory, "/", command_.path));
        }
        plan_.umask = config_.umask;
        if (command_.privilege != ExecCommand::Privilege::Full) {
            plan_.no_new_privileges = config_.no_new_privileges;
            plan_.bounding_set = config_.capability_bounding_set;
            plan_.ambient_set = config_.ambient_capabilities;
            plan_.secure_bits = config_.secure_bits;
        }
        if (in_.changes_root) plan_.root_directory = config_.root_directory;
        plan_.ignore_sigpipe = config_.ignore_sigpipe;
        if (config_.working_directory == "~" && in_.dynamic)
            doom(SpawnStep::Chdir, ENXIO);
        else if (config_.working_directory == "~")
            plan_.working_directory = user_ ? user_->home : "/root";
        else if (!config_.working_directory.empty())
            plan_.working_directory = config_.working_directory;
        plan_.ignore_missing_directory = config_.working_directory_missing_ok;
    }

    void take_directories() {
        uid_t uid = user_ ? user_->uid : 0;
        gid_t gid = gid_.value_or(0);
        for (size_t type = 0; type < directory_type_count; ++type) {
            const ExecDirectory& wanted = config_.directories[type];
            bool is_configuration =
                static_cast<DirectoryType>(type) == DirectoryType::Configuration;
            bool hides = is_private(config_, static_cast<DirectoryType>(type));
            for (const auto& item : wanted.items) {
                auto base = directory_kinds[type].base;
                plan_.directories.push_back(
                    {.step = directory_kinds[type].step,
                     .path = cat(base, "/", item.path),
                     .mode = wanted.mode,
                     .uid = uid,
                     .gid = gid,
                     .leave_existing = is_configuration,
                     .private_path =
                         is_configuration ? std::string() : cat(base, "/private/", item.path),
                     .is_private = hides,
                     .links = links_to(item, base, hides)});
            }
        }
    }

    void take_credentials() {
        bool wants = !config_.set_credentials.empty() || !config_.load_credentials.empty();
        if (!wants || !in_.makes_credentials) return;
        CredentialsPlan plan;
        plan.directory = in_.root.at(credentials_directory(in_.unit));
        plan.unit = in_.unit.id.str();
        plan.uid = drops_user() && user_ ? user_->uid : getuid();
        plan.anew = in_.makes_credentials_anew;
        for (const auto& load : config_.load_credentials) plan.loads.push_back(load_of(load));
        for (const auto& set : config_.set_credentials) {
            if (set.encrypted) doom(SpawnStep::Credentials, EOPNOTSUPP);
            plan.sets.push_back({set.id, set.text});
        }
        plan_.credentials = std::move(plan);
    }

    // Where a credential may come from. We decrypt none: one that is there fails the start.
    CredentialsPlan::Load load_of(const UnitCredential& credential) {
        bool has_default = std::ranges::find(config_.set_credentials, credential.id,
                                             &UnitCredential::id) != config_.set_credentials.end();
        CredentialsPlan::Load load{credential.id, {}, has_default};
        if (credential.text.starts_with('/')) {
            load.sources = {in_.root.at(credential.text)};
        } else {
            load.may_be_missing = true;
            if (const char* given = getenv("CREDENTIALS_DIRECTORY"))
                load.sources.push_back(cat(given, "/", credential.text));
            for (std::string_view store :
                 {"/etc/credstore", "/run/credstore", "/usr/lib/credstore"}) {
                load.sources.push_back(in_.root.at(cat(store, "/", credential.text)));
                if (credential.encrypted)
                    load.sources.push_back(in_.root.at(cat(store, ".encrypted/", credential.text)));
            }
        }
        auto is_there = [](const std::string& path) { return access(path.c_str(), F_OK) == 0; };
        if (credential.encrypted && std::ranges::any_of(load.sources, is_there))
            doom(SpawnStep::Credentials, EOPNOTSUPP);
        return load;
    }

    // "name:link" makes a relative link of that name beside the directory (systemd.exec(5)).
    static std::vector<DirectoryPlan::Link> links_to(const ExecDirectory::Item& item,
                                                     std::string_view base, bool hides) {
        std::vector<DirectoryPlan::Link> links;
        for (const auto& link : item.symlinks) {
            std::string target;
            for (auto depth = std::ranges::count(link, '/'); depth > 0; --depth) target += "../";
            links.push_back(
                {cat(base, "/", link), cat(target, hides ? "private/" : "", item.path)});
        }
        return links;
    }

    void take_limits() {
        for (const auto& limit : config_.limits) {
            plan_.limits.push_back(
                {limit.resource, {.rlim_cur = limit.soft, .rlim_max = limit.hard}, false});
        }
        // Ours is not for services: programs that use select(2) break above 1024.
        auto is_files = [](const ResourceLimit& limit) { return limit.resource == RLIMIT_NOFILE; };
        if (std::ranges::none_of(config_.limits, is_files)) {
            auto files = default_file_limit();
            plan_.limits.push_back(
                {RLIMIT_NOFILE, {.rlim_cur = files.soft, .rlim_max = files.hard}, true});
        }
        plan_.nice = config_.nice;
        plan_.cpu_affinity = config_.cpu_affinity;
        // NUMAMask= is not read, and without one there are no CPUs of its nodes.
        if (config_.cpu_affinity_from_numa) doom(SpawnStep::CpuAffinity, EINVAL);
        plan_.oom_score_adjust = config_.oom_score_adjust;
        plan_.io_priority = config_.io_priority;
        if (config_.cpu_scheduling_policy) {
            plan_.scheduling =
                SchedulingPlan{*config_.cpu_scheduling_policy, config_.cpu_scheduling_priority,
                               config_.cpu_scheduling_reset_on_fork};
        }
    }

    Result<void> take_stdio() {
        switch (config_.std_input) {
            case ExecInput::Null: plan_.standard_input = stream(StdioPlan::Kind::Null); break;
            case ExecInput::File:
                plan_.standard_input =
                    file(StdioPlan::Kind::File, config_.std_input_file,
                         is_input_file(config_.std_output, config_.std_output_file) ||
                             is_input_file(config_.std_error, config_.std_error_file));
                break;
            case ExecInput::Data:
                plan_.standard_input = stream(StdioPlan::Kind::Descriptor, in_.data);
                break;
            case ExecInput::Socket:
                plan_.standard_input = stream(StdioPlan::Kind::Descriptor, in_.socket.get());
                break;
            case ExecInput::NamedFd: {
                auto fd = passed_file(config_.std_input_file);
                if (!fd) return fd.error();
                plan_.standard_input = stream(StdioPlan::Kind::Descriptor, *fd);
                break;
            }
            default: return Error{EOPNOTSUPP, "StandardInput= is of a kind that is not built", {}};
        }
        auto output = output_plan(config_.std_output, config_.std_output_file, false);
        if (!output) return output.error();
        plan_.standard_output = std::move(*output);
        auto error = output_plan(config_.std_error, config_.std_error_file, true);
        if (!error) return error.error();
        plan_.standard_error = std::move(*error);
        // Two streams to one file share its offset, or the second would write over the first.
        const StdioPlan& first = plan_.standard_output;
        if (first.kind >= StdioPlan::Kind::File && first == plan_.standard_error) {
            plan_.standard_error = stream(StdioPlan::Kind::Stdout);
        }
        return {};
    }

    // The first of this name among those that the process gets.
    [[nodiscard]] Result<int> passed_file(std::string_view name) const {
        auto found = std::ranges::find(in_.passed.names, name);
        if (found == in_.passed.names.end()) return Error{ENOENT, strerror(ENOENT), {}};
        return in_.passed.descriptors[static_cast<size_t>(found - in_.passed.names.begin())].get();
    }

    // One file for input and output is opened once, for both; else input is only read.
    [[nodiscard]] bool is_input_file(ExecOutput output, const std::string& path) const {
        return output == ExecOutput::File && config_.std_input == ExecInput::File &&
               path == config_.std_input_file;
    }

    static StdioPlan stream(StdioPlan::Kind kind, int fd = -1) { return {kind, fd, {}, false}; }
    static StdioPlan file(StdioPlan::Kind kind, const std::string& path, bool read_write = false) {
        return {kind, -1, path, read_write};
    }

    Result<StdioPlan> output_plan(ExecOutput output, const std::string& path, bool is_error) const {
        using Kind = StdioPlan::Kind;
        switch (output) {
            case ExecOutput::Null: return stream(Kind::Null);
            case ExecOutput::Inherit:
                if (is_error) return stream(Kind::Stdout);
                // Output inherits from input; where that is nothing, there is nothing to write to.
                return stream(config_.std_input == ExecInput::File ||
                                      config_.std_input == ExecInput::Socket ||
                                      config_.std_input == ExecInput::NamedFd
                                  ? Kind::Stdin
                                  : Kind::Null);
            case ExecOutput::File:
                return is_input_file(output, path) ? stream(Kind::Stdin) : file(Kind::File, path);
            case ExecOutput::FileAppend: return file(Kind::Append, path);
            case ExecOutput::FileTruncate: return file(Kind::Truncate, path);
            case ExecOutput::Journal:
            case ExecOutput::JournalAndConsole:
            case ExecOutput::Kmsg:
            case ExecOutput::KmsgAndConsole: return stream(Kind::Descriptor, in_.capture);
            case ExecOutput::Socket: return stream(Kind::Descriptor, in_.socket.get());
            case ExecOutput::NamedFd: {
                auto fd = passed_file(path);
                return fd ? Result<StdioPlan>(stream(Kind::Descriptor, *fd)) : fd.error();
            }
            case ExecOutput::Tty: break;
        }
        return Error{
            EOPNOTSUPP, "StandardOutput= or StandardError= is of a kind that is not built", {}};
    }

    const ExecPlanInputs& in_;
    const ExecConfig& config_;
    const ExecCommand& command_;
    std::optional<User> user_;
    std::optional<gid_t> gid_;
    ExecPlan plan_;
};

bool is_captured(ExecOutput output) {
    return output == ExecOutput::Journal || output == ExecOutput::JournalAndConsole ||
           output == ExecOutput::Kmsg || output == ExecOutput::KmsgAndConsole;
}

} // namespace

NameLookup::Names missing_names(const ExecConfig& config, const Root& root) {
    NameLookup::Names missing;
    if (!config.user.empty()) {
        auto user = find_user(root, config.user);
        if (!user)
            missing.users.push_back(config.user);
        else if (user->uid != 0 && groups_have_other_sources(root))
            missing.members.push_back(user->name);
    }
    auto look_for_group = [&](const std::string& name) {
        if (!find_group(root, name)) missing.groups.push_back(name);
    };
    if (!config.group.empty()) look_for_group(config.group);
    for (const auto& name : config.supplementary_groups) look_for_group(name);
    return missing;
}

Result<ExecPlan> make_exec_plan(const ExecPlanInputs& inputs) {
    return PlanMaker(inputs).make();
}

std::string_view directory_base(DirectoryType type) {
    return directory_kinds[static_cast<size_t>(type)].base;
}

std::string credentials_directory(const LoadedUnit& unit) {
    return cat("/run/credentials/", unit.id.str());
}

std::string_view directory_setting(DirectoryType type) {
    return directory_kinds[static_cast<size_t>(type)].setting;
}

bool is_private(const ExecConfig& config, DirectoryType type) {
    if (!config.dynamic_user || type == DirectoryType::Configuration) return false;
    // What goes with the service leaves nothing to the next user of the number.
    return type != DirectoryType::Runtime || config.runtime_directory_preserve != PreserveMode::No;
}

std::string directory_path(const ExecConfig& config, DirectoryType type, std::string_view item) {
    return cat(directory_base(type), is_private(config, type) ? "/private/" : "/", item);
}

Result<UniqueFd> open_input_data(const std::string& data) {
    UniqueFd fd(memfd_create("standard-input", MFD_CLOEXEC));
    if (!fd) return errno_error("memfd_create");
    size_t done = 0;
    while (done < data.size()) {
        ssize_t put =
            pwrite(fd.get(), data.data() + done, data.size() - done, static_cast<off_t>(done));
        if (put <= 0) return errno_error("StandardInput=data", put < 0 ? errno : ENOSPC);
        done += static_cast<size_t>(put);
    }
    return fd;
}

bool wants_socket(const ExecConfig& config) {
    return config.std_input == ExecInput::Socket || config.std_output == ExecOutput::Socket ||
           config.std_error == ExecOutput::Socket;
}

bool wants_capture(const ExecConfig& config) {
    return is_captured(config.std_output) || is_captured(config.std_error);
}

} // namespace sctl
