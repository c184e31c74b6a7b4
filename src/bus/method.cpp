#include "bus/method.hpp"

#include <array>

namespace sctl {
namespace {

using namespace interface_name;

constexpr Signal signal_rows[] = {
    {properties, "PropertiesChanged", "sa{sv}as"},
    {manager, "UnitNew", "so"},
    {manager, "UnitRemoved", "so"},
    {manager, "JobNew", "uos"},
    {manager, "JobRemoved", "uoss"},
    {manager, "StartupFinished", "tttttt"},
    {manager, "UnitFilesChanged", ""},
    {manager, "Reloading", "b"},
};

} // namespace

std::span<const Signal> signals() {
    return signal_rows;
}

std::span<const std::span<const Method>> method_tables() {
    static const std::array<std::span<const Method>, 6> tables = {
        bus_methods(),    unit_job_methods(), list_methods(),
        system_methods(), file_methods(),     set_property_methods()};
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
