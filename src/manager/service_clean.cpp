#include "manager/service_clean.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "manager/exec_plan.hpp"
#include "manager/manager.hpp"
#include "manager/service_runner.hpp"
#include "os/remove_tree.hpp"

namespace sctl {
namespace {

// By DirectoryType.
constexpr std::string_view type_words[directory_type_count] = {"runtime", "state", "cache", "logs",
                                                               "configuration"};

Error clean_error(int code, std::string_view name, std::string text) {
    return Error{code, std::move(text), cat("org.freedesktop.", name)};
}

} // namespace

std::string_view to_string(DirectoryType type) {
    return type_words[static_cast<size_t>(type)];
}

std::optional<DirectoryType> directory_type_from(std::string_view text) {
    const auto* found = std::ranges::find(type_words, text);
    if (found == std::end(type_words)) return std::nullopt;
    return static_cast<DirectoryType>(found - std::begin(type_words));
}

std::vector<DirectoryType> cleanable_types(const Unit& unit) {
    std::vector<DirectoryType> types;
    if (!unit.service) return types;
    const auto& directories = unit.loaded.exec->directories;
    for (size_t type = 0; type < directories.size(); ++type) {
        if (!directories[type].items.empty()) types.push_back(static_cast<DirectoryType>(type));
    }
    return types;
}

std::vector<std::string> paths_to_clean(const ExecConfig& config,
                                        const std::vector<DirectoryType>& types) {
    std::vector<std::string> paths;
    for (size_t i = 0; i < directory_type_count; ++i) {
        auto type = static_cast<DirectoryType>(i);
        if (std::ranges::find(types, type) == types.end()) continue;
        auto base = directory_base(type);
        for (const auto& item : config.directories[i].items) {
            paths.push_back(cat(base, "/", item.path));
            if (type != DirectoryType::Configuration)
                paths.push_back(cat(base, "/private/", item.path));
            for (const auto& link : item.symlinks) paths.push_back(cat(base, "/", link));
        }
    }
    return paths;
}

// The order of the refusals is systemd's.
Result<void> Manager::clean_unit(UnitId id, const std::vector<DirectoryType>& types) {
    Unit& unit = this->unit(id);
    if (!unit.service) {
        return clean_error(EOPNOTSUPP, "DBus.Error.NotSupported",
                           cat("Unit '", unit.name().str(), "' does not support cleaning."));
    }
    auto nothing = [] {
        return clean_error(EUNATCH, "systemd1.NothingToClean", "No matching resources found.");
    };
    if (types.empty()) return nothing();
    bool is_idle = unit.loaded.load_state == LoadState::Loaded && unit.job == 0 &&
                   unit.active == ActiveState::Inactive;
    if (!is_idle) {
        return clean_error(EBUSY, "systemd1.UnitBusy", "Unit is not inactive or has pending job.");
    }
    auto paths = paths_to_clean(*unit.loaded.exec, types);
    if (paths.empty()) return nothing();
    handle(id, event::CleanRequested{std::move(paths)});
    schedule_turn();
    return {};
}

void ServiceRunner::spawn_cleaner(Unit& unit, const action::SpawnCleaner& what) {
    constexpr std::string_view program = "sctl-remove";
    Placement placement = manager_.tracker().place(unit.service->owner);
    auto fail = [&](const Error& error) {
        manager_.answer(unit.id, event::SpawnFailed{error.text});
    };
    auto stream = manager_.output().open_stream(unit.name().str(), program, {});
    if (!stream) return fail(stream.error());
    ExecPlan plan;
    plan.executables = {"/proc/self/exe"};
    plan.arguments = {std::string(program)};
    Root root = manager_.options().root();
    for (const auto& path : what.paths) plan.arguments.push_back(root.at(path));
    plan.standard_output.kind = StdioPlan::Kind::Descriptor;
    plan.standard_output.fd = stream->write_end.get();
    plan.standard_error.kind = StdioPlan::Kind::Stdout;
    plan.tag = placement.tag;
    plan.cgroup = placement.cgroup.get();
    auto spawned = spawn(std::move(plan));
    if (!spawned) return fail(spawned.error());
    adopt(unit, std::move(*spawned), false, [&](pid_t) {
        ServiceProcess process;
        process.stream = stream->id;
        process.program = program;
        return process;
    });
}

} // namespace sctl
