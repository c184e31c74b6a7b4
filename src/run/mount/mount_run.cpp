#include "run/mount/mount_run.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "base/hex.hpp"
#include "base/text.hpp"
#include "run/mount_table.hpp"
#include "run/unit.hpp"
#include "unit/mount/mount_config.hpp"
#include "unit/search/directory_listing.hpp"

namespace sctl {
namespace {

constexpr std::string_view mount_program = "/bin/mount", umount_program = "/bin/umount";

ExecCommand command_line(std::string_view program, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), std::string(program));
    return {.path = std::string(program),
            .arguments = std::move(arguments),
            .no_environment_expansion = true};
}

} // namespace

const MountRun* mount_run(const Unit& unit) {
    return dynamic_cast<const MountRun*>(unit.run.get());
}
const MountStatus* mount_status(const Unit& unit) {
    return mount_run(unit) ? &static_cast<const MountMachine&>(*unit.machine).status() : nullptr;
}

const Mount* MountRun::mounted() const {
    const auto* settings = mount_config(loaded());
    return settings ? means_.mounts.at(settings->where) : nullptr;
}

// What the process has done is known before its end is told.
void MountRun::note_exit(const ProcessExit& exit) {
    ProcessRun::note_exit(exit);
    if (exit.pid == control_pid()) means_.mounts.refresh();
}

Answer MountRun::execute(const UnitAction& action) {
    if (const auto* spawn = std::get_if<action::Spawn>(&action)) {
        auto which = spawn->which.as<MountExecCommand>();
        // What somebody else has mounted can be unmounted, but nobody knows how to mount it.
        bool is_known = which == MountExecCommand::Unmount || !config().what.empty();
        if (!is_known) return event::SpawnFailed{strerror(ENOENT)};
        if (which == MountExecCommand::Mount) {
            if (auto prepared = prepare_place(); !prepared)
                return event::SpawnFailed{prepared.error().text};
        }
        make_command(which);
    }
    return ProcessRun::execute(action);
}

void MountRun::make_command(MountExecCommand which) {
    const auto& settings = config();
    ExecCommand made;
    if (which == MountExecCommand::Unmount) {
        made = command_line(umount_program, {settings.where, "-c"});
        if (settings.lazy_unmount) made.arguments.emplace_back("-l");
        if (settings.force_unmount) made.arguments.emplace_back("-f");
    } else {
        auto options = options_for_mount(settings);
        made = command_line(mount_program, {settings.what, settings.where});
        auto add = [&](std::string_view option, std::string value = {}) {
            made.arguments.emplace_back(option);
            if (!value.empty()) made.arguments.push_back(std::move(value));
        };
        bool again = which == MountExecCommand::Remount;
        if (again) add("-o", cat("remount", options.empty() ? "" : ",", options));
        if (settings.sloppy_options) add("-s");
        if (settings.read_write_only) add("-w");
        if (!settings.type.empty()) add("-t", settings.type);
        if (!again && !options.empty()) add("-o", std::move(options));
    }
    commands_[static_cast<size_t>(which)] = std::move(made);
}

// The directory to mount over, and that which a bind mount shows, are made where they are missing.
// mount(8) says what is wrong with those that cannot be.
Result<void> MountRun::prepare_place() {
    const auto& settings = config();
    if (auto canonical = check_canonical(); !canonical) return canonical;
    auto place = means_.root.at(settings.where);
    ignore_error(make_directories(place, settings.directory_mode));
    if (auto found = list_directory(place); found && !found->empty())
        log(LogLevel::Notice,
            cat("Directory ", settings.where, " to mount over is not empty, mounting anyway."));
    if (!is_bind_mount(settings)) return {};
    struct stat there {};
    auto source = means_.root.at(settings.what);
    if (stat(source.c_str(), &there) == 0) return {};
    if (auto made = make_directories(source, settings.directory_mode); !made)
        log(LogLevel::Error, cat("Failed to make bind mount source '", settings.what,
                                 "': ", strerror(made.error().code)));
    return {};
}

// A link on the way would have the kernel list the mount at another place, where nobody knows it.
Result<void> MountRun::check_canonical() const {
    const auto& where = config().where;
    for (size_t end = where.find('/', 1);; end = where.find('/', end + 1)) {
        struct stat there {};
        auto part = means_.root.at(where.substr(0, end));
        if (lstat(part.c_str(), &there) == 0 && S_ISLNK(there.st_mode)) {
            log(LogLevel::Error,
                cat("Mount path ", where, " is not canonical (contains a symlink)."));
            return Error{ELOOP, strerror(ELOOP), {}};
        }
        if (end == where.npos) return {};
    }
}

Result<void> MountRun::describe(const action::Spawn&, ExecPlanInputs& inputs) {
    inputs.own_variables.push_back(cat("INVOCATION_ID=", to_hex(unit_.invocation_id)));
    return {};
}

} // namespace sctl
