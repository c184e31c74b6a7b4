// What an object path stands for, and the paths of units and jobs.
//
//   /org/freedesktop/systemd1                 the manager
//   /org/freedesktop/systemd1/unit/a_2eservice  a unit, loaded when somebody asks for it
//   /org/freedesktop/systemd1/job/7           a job
//   /org/freedesktop/LogControl1              what the manager logs, and where to
//   /, /org, .../unit, .../job                nodes on the way to these, which are no objects
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "manager/manager.hpp"

namespace sctl {

inline constexpr std::string_view manager_path = "/org/freedesktop/systemd1";
inline constexpr std::string_view unit_directory = "/org/freedesktop/systemd1/unit";
inline constexpr std::string_view job_directory = "/org/freedesktop/systemd1/job";
inline constexpr std::string_view log_control_path = "/org/freedesktop/LogControl1";

namespace interface_name {
inline constexpr std::string_view manager = "org.freedesktop.systemd1.Manager";
inline constexpr std::string_view unit = "org.freedesktop.systemd1.Unit";
inline constexpr std::string_view service = "org.freedesktop.systemd1.Service";
inline constexpr std::string_view mount = "org.freedesktop.systemd1.Mount";
inline constexpr std::string_view scope = "org.freedesktop.systemd1.Scope";
inline constexpr std::string_view slice = "org.freedesktop.systemd1.Slice";
inline constexpr std::string_view socket = "org.freedesktop.systemd1.Socket";
inline constexpr std::string_view swap = "org.freedesktop.systemd1.Swap";
inline constexpr std::string_view job = "org.freedesktop.systemd1.Job";
inline constexpr std::string_view log_control = "org.freedesktop.LogControl1";
inline constexpr std::string_view bus = "org.freedesktop.DBus";
inline constexpr std::string_view monitoring = "org.freedesktop.DBus.Monitoring";
inline constexpr std::string_view peer = "org.freedesktop.DBus.Peer";
inline constexpr std::string_view properties = "org.freedesktop.DBus.Properties";
inline constexpr std::string_view introspectable = "org.freedesktop.DBus.Introspectable";
// Ours, of units, for what systemd does not keep. GetAll without an interface leaves it out, so
// that other clients see systemd's properties alone.
//   Cause (s)     why the unit failed last: "main process exited, status=203/EXEC"; "" where it did
//   not Unmet (s)     the condition or assertion that was not met last JobCause (ss) of the last
//   job that did not end well: the unit where it began, and why; "" and ""
inline constexpr std::string_view own_unit = "org.sctl.Unit1";
} // namespace interface_name

// Why a job did not end well, kept until the unit's next job.
struct JobFailure {
    std::string unit, text;
};

// What SetUnitProperties() has marked a unit for, as bits.
inline constexpr uint8_t marker_needs_reload = 1, marker_needs_restart = 2;

class UnitFileMemo;

// What the bus notes down about the past, which the manager does not keep.
struct BusRecord {
    Moment started, finished; // of the manager, and of its boot
    uint32_t installed_jobs = 0, failed_jobs = 0;
    std::vector<JobId>* new_jobs = nullptr; // where the ids of new jobs are noted, if anywhere
    std::unordered_map<std::string, JobFailure> job_failures; // by the unit of the job
    std::unordered_map<std::string, uint8_t> markers;         // by unit; none is left out
    UnitFileMemo* unit_files = nullptr;
};

// One object. The pointers hold for the call that it was found for.
struct BusObject {
    enum class Kind : uint8_t { Node, Manager, Unit, Job, LogControl } kind;
    Manager& manager;
    const BusRecord& record;
    sctl::Unit* unit = nullptr;
    const sctl::Job* job = nullptr;
};

// Loads a unit's files if its path is asked for. UnknownObject, or what is wrong with the unit's
// name.
[[nodiscard]] Result<BusObject> find_object(Manager& manager, const BusRecord& record,
                                            std::string_view path);
[[nodiscard]] Error no_such_object(std::string_view path);
// The names under `path`, for introspection.
[[nodiscard]] std::vector<std::string> child_nodes(const Manager& manager, std::string_view path);

// All interfaces of an object in the order of introspection: D-Bus's own, that of its type, others.
[[nodiscard]] std::vector<std::string_view> interfaces_of(const BusObject& object);

[[nodiscard]] std::string job_object_path(JobId id);

} // namespace sctl
