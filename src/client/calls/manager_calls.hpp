// The manager's methods by the kinds of their arguments, and properties of its objects. An Error
// comes from the manager (with its D-Bus name) or from the connection; see exit_code.hpp for its
// words.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "wire/client_connection.hpp"

namespace sctl {

inline constexpr std::string_view manager_path = "/org/freedesktop/systemd1";
inline constexpr std::string_view manager_interface = "org.freedesktop.systemd1.Manager";
inline constexpr std::string_view unit_interface = "org.freedesktop.systemd1.Unit";
inline constexpr std::string_view properties_interface = "org.freedesktop.DBus.Properties";
inline constexpr std::string_view no_such_unit = "org.freedesktop.systemd1.NoSuchUnit";

// A call of a method that takes strings only.
template <class... Strings>
Result<Message> call_manager(ClientConnection& manager, std::string_view member,
                             const Strings&... arguments) {
    Message call = method_call(manager_path, manager_interface, member);
    Writer body;
    (body.string(arguments), ...);
    if (auto finished = body.finish(call); !finished) return finished.error();
    return manager.call(std::move(call));
}
// A call of a method that takes one list of strings.
Result<Message> call_manager_with_list(ClientConnection& manager, std::string_view member,
                                       const std::vector<std::string>& list);
// A call of a method that takes one number.
Result<Message> call_manager_with_number(ClientConnection& manager, std::string_view member,
                                         uint32_t number);
// A call of any object's method that takes one string, to be sent.
Result<Message> string_call(std::string_view path, std::string_view interface,
                            std::string_view member, std::string_view argument);

// The reply stands before the variant of the value.
Result<Message> get_property(ClientConnection& manager, std::string_view path,
                             std::string_view interface, std::string_view property);
Result<std::string> get_text(ClientConnection& manager, std::string_view path,
                             std::string_view interface, std::string_view property);
Result<std::vector<std::string>> get_texts(ClientConnection& manager, std::string_view path,
                                           std::string_view interface, std::string_view property);
Result<bool> get_boolean(ClientConnection& manager, std::string_view path,
                         std::string_view interface, std::string_view property);
// All properties of all interfaces of an object, as a{sv}.
Result<Message> get_all_properties(ClientConnection& manager, std::string_view path);

// A unit's ActiveState, loaded if need be; "inactive" for one without a file.
Result<std::string> get_active_state(ClientConnection& manager, std::string_view name);
} // namespace sctl
