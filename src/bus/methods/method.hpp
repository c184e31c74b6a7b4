// The one table of methods: who may call them, what goes in and comes out, and what they do.
// Dispatch, access and introspection all read it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "bus/errors.hpp"
#include "bus/objects/object.hpp"
#include "bus/server.hpp"
#include "wire/message.hpp"

namespace sctl {

using Words = std::vector<std::string>;

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

// What introspection says of a method, or that it is silent about it.
enum class Mark : uint8_t { None, NoReply, Privileged, Hidden };

struct Method {
    std::string_view interface, name, in, out; // signatures
    Access access;
    // An Error becomes the reply; what was written to `out` is dropped then.
    Result<void> (*run)(MethodCall& call);
    std::string_view arguments = {}; // the names of all that goes in, then of what comes out
    Mark mark = Mark::None;
};

struct Signal {
    std::string_view interface, name, signature, arguments;
};

// A property that is not only for reading; only trusted peers set it.
struct WritableProperty {
    std::string_view interface, name, signature;
    // Reads the value, whose signature has been checked.
    Result<void> (*set)(MethodCall& call);
};
// Null for one that cannot be set.
[[nodiscard]] const WritableProperty* find_writable(std::string_view interface,
                                                    std::string_view name);

// The method `name` of the first of `interfaces` that has it, or null.
[[nodiscard]] const Method* find_method(std::span<const std::string_view> interfaces,
                                        std::string_view name);
template <class F>
void for_each_method(std::string_view interface, F&& f);
[[nodiscard]] std::span<const Signal> signals();

// The unit that a method is about, which the manager's methods name in their first argument: loaded
// if need be, or only one that is in memory, where "" is the caller's own.
[[nodiscard]] Result<Unit*> loaded_unit(MethodCall& call);
[[nodiscard]] Result<Unit*> known_unit(MethodCall& call);
[[nodiscard]] Result<JobMode> read_mode(MethodCall& call);

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
[[nodiscard]] std::span<const Method> process_methods(); // the processes of units
[[nodiscard]] std::span<const Method> absent_methods();  // what the engine does not do
[[nodiscard]] std::span<const Method> dynamic_user_methods();
[[nodiscard]] std::span<const Method> dump_methods();
[[nodiscard]] std::span<const Method> service_methods(); // mounts in their namespaces

template <class F>
void for_each_method(std::string_view interface, F&& f) {
    for (auto table : method_tables()) {
        for (const Method& method : table) {
            if (method.interface == interface) f(method);
        }
    }
}

} // namespace sctl
