#include "client/calls/ask_ahead.hpp"

#include "client/calls/manager_calls.hpp"
#include "wire/bus_names.hpp"

namespace sctl {

void AskAhead::reach(size_t index) {
    constexpr size_t units_ahead = 8;
    if (units_.size() < 2 && !with_processes_) return;
    for (; asked_ < units_.size() && asked_ <= index + units_ahead; ++asked_) {
        const auto& unit = units_[asked_];
        auto all = string_call(unit_object_path(unit), properties_interface, "GetAll", "");
        auto processes = string_call(manager_path, manager_interface, "GetUnitProcesses", unit);
        if (all) manager_.prefetch(*std::move(all));
        if (processes && with_processes_) manager_.prefetch(*std::move(processes));
    }
}

} // namespace sctl
