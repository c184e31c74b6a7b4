#include "bus/methods/method.hpp"

#include <array>

namespace sctl {
namespace {

using namespace interface_name;

constexpr Signal signal_rows[] = {
    {properties, "PropertiesChanged", "sa{sv}as",
     "interface_name changed_properties invalidated_properties"},
    {manager, "UnitNew", "so", "id unit"},
    {manager, "UnitRemoved", "so", "id unit"},
    {manager, "JobNew", "uos", "id job unit"},
    {manager, "JobRemoved", "uoss", "id job unit result"},
    {manager, "StartupFinished", "tttttt", "firmware loader kernel initrd userspace total"},
    {manager, "UnitFilesChanged", "", ""},
    {manager, "Reloading", "b", "active"},
    {scope, "RequestStop", "", ""}, // never sent: it is for a scope's controller
};

} // namespace

std::span<const Signal> signals() {
    return signal_rows;
}

std::span<const std::span<const Method>> method_tables() {
    static const std::array<std::span<const Method>, 11> tables = {
        bus_methods(),  unit_job_methods(),     list_methods(),    system_methods(),
        file_methods(), set_property_methods(), process_methods(), absent_methods(),
        dump_methods(), dynamic_user_methods(), service_methods()};
    return tables;
}

const Method* find_method(std::span<const std::string_view> interfaces, std::string_view name) {
    for (auto interface : interfaces) {
        for (auto table : method_tables()) {
            for (const Method& method : table) {
                if (method.interface == interface && method.name == name) return &method;
            }
        }
    }
    return nullptr;
}

} // namespace sctl
