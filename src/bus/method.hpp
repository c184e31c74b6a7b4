// The one table of methods: who may call them, what goes in and comes out, and what they do.
// Dispatch, access and introspection all read it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "bus/errors.hpp"
#include "bus/object.hpp"
#include "bus/server.hpp"
#include "wire/message.hpp"

namespace sctl {

enum class Access : uint8_t {
    Anyone,  // only looks
    Trusted, // changes something: root and the manager's own user
};

// One call whose object, signature and access have been checked.
struct MethodCall {
    Manager& manager;
    BusRecord& record;
    BusServer& server;
    BusPeer& peer;
    const Message& message;
    const BusObject& object; // that the message's path names
    Reader& in;
    Writer& out;
    // Set by a method that answers by BusServer::answer(), now or later.
    bool answers_itself = false;
};

struct Method {
    std::string_view interface, name, in, out; // signatures
    Access access;
    // An Error becomes the reply; what was written to `out` is dropped then.
    Result<void> (*run)(MethodCall& call);
};

struct Signal {
    std::string_view interface, name, arguments;
};

// The method `name` of the first of `interfaces` that has it, or null.
[[nodiscard]] const Method* find_method(std::span<const std::string_view> interfaces,
                                        std::string_view name);
template <class F>
void for_each_method(std::string_view interface, F&& f);
[[nodiscard]] std::span<const Signal> signals();

// All that `path` is and has, as XML.
[[nodiscard]] std::string introspect(const BusObject& object, std::string_view path);

// The tables of each file.
[[nodiscard]] std::span<const std::span<const Method>> method_tables();
[[nodiscard]] std::span<const Method> bus_methods();      // org.freedesktop.DBus*
[[nodiscard]] std::span<const Method> unit_job_methods(); // jobs of units, of both interfaces
[[nodiscard]] std::span<const Method> list_methods();     // looking for units and jobs
[[nodiscard]] std::span<const Method> system_methods();   // the manager as a whole
[[nodiscard]] std::span<const Method> file_methods();     // unit files on disk
[[nodiscard]] std::span<const Method> set_property_methods();

template <class F>
void for_each_method(std::string_view interface, F&& f) {
    for (auto table : method_tables()) {
        for (const Method& method : table) {
            if (method.interface == interface) f(method);
        }
    }
}

} // namespace sctl
