// Methods on services alone: mounts in their namespaces, which none has here. They find in the
// arguments what systemd 252 finds.
#include "base/files.hpp"
#include "bus/methods/method.hpp"

namespace sctl {
namespace {

using namespace interface_name;

Error no_mount(std::string text) {
    return error_named(bus_error::invalid_args, std::move(text));
}

Result<void> mount_in_service(MethodCall& call) {
    auto unit = known_unit(call);
    if (!unit) return unit.error();
    if ((*unit)->type() != UnitType::Service) return no_mount("Unit is not of type .service");
    std::string_view source, destination;
    if (auto read = call.in.read(source, destination); !read) return read;
    if (!is_normalized_absolute(source))
        return no_mount("Source path must be absolute and normalized.");
    if (!destination.empty() && !is_normalized_absolute(destination))
        return no_mount("Destination path must be absolute and normalized.");
    return no_mount("Unit not running in private mount namespace, cannot activate bind mount");
}

constexpr Method service_method_rows[] = {
    {manager, "BindMountUnit", "sssbb", "", Access::Trusted, mount_in_service,
     "name source destination read_only mkdir"},
    {manager, "MountImageUnit", "sssbba(ss)", "", Access::Trusted, mount_in_service,
     "name source destination read_only mkdir options"},
    {service, "BindMount", "ssbb", "", Access::Trusted, mount_in_service,
     "source destination read_only mkdir"},
    {service, "MountImage", "ssbba(ss)", "", Access::Trusted, mount_in_service,
     "source destination read_only mkdir options"},
};

} // namespace

std::span<const Method> service_methods() {
    return service_method_rows;
}

} // namespace sctl
