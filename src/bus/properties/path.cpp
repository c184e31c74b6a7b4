// org.freedesktop.systemd1.Path: what only path units have.
#include "bus/properties/kinds.hpp"
#include "bus/properties/property_rows.hpp"
#include "run/path/path_run.hpp"

namespace sctl {
namespace {

using enum Changes;

std::string_view result_of_path(const BusObject& o) {
    const auto* status = path_status(*o.unit);
    return to_string(status ? status->result : PathResult::Success);
}

constexpr Property path_rows[] = {
    {"Unit", "s", Never, of_object<triggered_name>},
    {"Result", "s", Announced, of_object<result_of_path>},
};

constexpr std::string_view path_order =
    "Unit Paths MakeDirectory DirectoryMode Result TriggerLimitIntervalUSec TriggerLimitBurst";

} // namespace

KindProperties path_properties() {
    return {path_rows, path_order};
}

} // namespace sctl
