#include "client/calls/manager_calls.hpp"

#include "wire/bus_names.hpp"

namespace sctl {

Result<Message> call_manager_with_list(ClientConnection& manager, std::string_view member,
                                       const std::vector<std::string>& list) {
    Message call = method_call(manager_path, manager_interface, member);
    Writer body;
    body.strings(list);
    if (auto finished = body.finish(call); !finished) return finished.error();
    return manager.call(std::move(call));
}

Result<Message> call_manager_with_number(ClientConnection& manager, std::string_view member,
                                         uint32_t number) {
    Message call = method_call(manager_path, manager_interface, member);
    Writer body;
    body.uint32(number);
    if (auto finished = body.finish(call); !finished) return finished.error();
    return manager.call(std::move(call));
}

Result<Message> string_call(std::string_view path, std::string_view interface,
                            std::string_view member, std::string_view argument) {
    Message call = method_call(path, interface, member);
    Writer body;
    body.string(argument);
    if (auto finished = body.finish(call); !finished) return finished.error();
    return call;
}

Result<Message> get_property(ClientConnection& manager, std::string_view path,
                             std::string_view interface, std::string_view property) {
    Message call = method_call(path, properties_interface, "Get");
    Writer body;
    body.string(interface).string(property);
    if (auto finished = body.finish(call); !finished) return finished.error();
    return manager.call(std::move(call));
}

Result<std::string> get_text(ClientConnection& manager, std::string_view path,
                             std::string_view interface, std::string_view property) {
    auto reply = get_property(manager, path, interface, property);
    if (!reply) return reply.error();
    Reader in(*reply);
    (void)in.enter_variant().has_value();
    auto text = in.any_text();
    if (!text) return text.error();
    return std::string(*text);
}

Result<std::vector<std::string>> get_texts(ClientConnection& manager, std::string_view path,
                                           std::string_view interface, std::string_view property) {
    auto reply = get_property(manager, path, interface, property);
    if (!reply) return reply.error();
    Reader in(*reply);
    (void)in.enter_variant().has_value();
    return in.strings();
}

Result<bool> get_boolean(ClientConnection& manager, std::string_view path,
                         std::string_view interface, std::string_view property) {
    auto reply = get_property(manager, path, interface, property);
    if (!reply) return reply.error();
    Reader in(*reply);
    (void)in.enter_variant().has_value();
    return in.boolean();
}

Result<Message> get_all_properties(ClientConnection& manager, std::string_view path) {
    auto call = string_call(path, properties_interface, "GetAll", "");
    return call ? manager.call(*std::move(call)) : call;
}

Result<std::string> get_active_state(ClientConnection& manager, std::string_view name) {
    return get_text(manager, unit_object_path(name), unit_interface, "ActiveState");
}

} // namespace sctl
