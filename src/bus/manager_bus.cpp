#include "bus/manager_bus.hpp"

#include <exception>

#include "base/log.hpp"
#include "base/text.hpp"
#include "bus/errors.hpp"
#include "bus/methods/method.hpp"
#include "bus/properties/property.hpp"
#include "unit/unit_kind.hpp"

namespace sctl {
namespace {

constexpr size_t most_failures_kept = 1000;

// Peer and the bus driver answer at every path, as in libsystemd.
bool is_everywhere(const Message& call) {
    return call.interface == interface_name::bus || call.interface == interface_name::monitoring ||
           call.interface == interface_name::peer;
}

// The interfaces to look for the method in: the one that was named, if the object has it.
std::vector<std::string_view> candidates(const Message& call, const BusObject& object) {
    if (is_everywhere(call)) return {call.interface};
    auto known = interfaces_of(object);
    if (call.interface.empty()) return known;
    std::erase_if(known, [&](std::string_view interface) { return interface != call.interface; });
    return known;
}

// A node on the way to an object has nothing but what is below it. Below those of units and jobs
// objects come and go, which is why these are no strangers to libsystemd.
bool is_of_node(const Method* method, const Message& call) {
    if (!method) return call.path == unit_directory || call.path == job_directory;
    return method->interface == interface_name::introspectable;
}

Error no_such_method(const Message& call) {
    if (call.interface == interface_name::peer)
        return error_named(
            bus_error::unknown_method,
            cat("Unknown method '", call.member, "' on interface '", call.interface, "'."));
    return error_named(bus_error::unknown_method,
                       cat("Unknown method ", call.member, " or interface ", call.interface, "."));
}

// libsystemd's words, which differ for the interfaces that it answers itself.
Error wrong_signature(const Message& call, const Method& method) {
    std::string text = cat("Invalid arguments '", call.signature, "' to call ", method.interface,
                           '.', method.name, "(), expecting '", method.in, "'.");
    if (method.interface == interface_name::introspectable) text = "Expected no parameters";
    if (method.interface == interface_name::properties)
        text = method.name == "GetAll" ? "Expected interface parameter"
                                       : "Expected interface and member parameters";
    return error_named(bus_error::invalid_args, std::move(text));
}

} // namespace

ManagerBus::ManagerBus(Manager& manager, const BusLimits& limits)
    : manager_(manager),
      unit_files_(manager),
      record_{.started = current_moment(),
              .finished = {},
              .new_jobs = nullptr,
              .job_failures = {},
              .markers = {},
              .unit_files = &unit_files_},
      server_(manager.loop(), limits,
              [this](BusPeer& peer, const Message& message) { return handle(peer, message); }) {
    manager_.add_observer(this);
}

ManagerBus::~ManagerBus() {
    manager_.remove_observer(this);
}

Result<void> ManagerBus::open() {
    return server_.listen(manager_.options().root().at("/run/systemd/private"));
}

Result<void> ManagerBus::open(UniqueFd listener) {
    return server_.serve_listener(std::move(listener));
}

// --- calls
// -------------------------------------------------------------------------------------------

std::optional<Message> ManagerBus::handle(BusPeer& peer, const Message& message) {
    if (message.type != MessageType::MethodCall) return std::nullopt;
    Message reply;
    auto look = manager_.look_once();
    try {
        auto answered = answer(peer, message);
        if (answered) {
            if (!*answered) return std::nullopt;
            reply = std::move(**answered);
        } else {
            const Error& error = answered.error();
            reply = error_reply(message, error_name(error), error.text);
        }
    } catch (const std::exception& thrown) {
        log_error("A call of ", message.member, " failed: ", thrown.what());
        reply = error_reply(message, bus_error::failed, thrown.what());
    }
    if (!message.wants_reply()) return std::nullopt;
    if (!peer.name.empty()) {
        reply.sender = "org.freedesktop.systemd1";
        reply.destination = peer.name;
    }
    return reply;
}

Result<std::optional<Message>> ManagerBus::answer(BusPeer& peer, const Message& call) {
    auto found = is_everywhere(call) ? BusObject{BusObject::Kind::Node, manager_, record_}
                                     : find_object(manager_, record_, call.path);
    if (!found) return found.error();
    BusObject& object = *found;
    if (object.unit) manager_.may_be_garbage(object.unit->id);
    const Method* method = find_method(candidates(call, object), call.member);
    if (object.kind == BusObject::Kind::Node && !is_everywhere(call) && !is_of_node(method, call))
        return no_such_object(call.path);
    if (!method) return no_such_method(call);
    if (method->access == Access::Trusted && !peer.trusted) {
        return error_named(bus_error::access_denied, "Access denied");
    }
    if (call.signature != method->in) return wrong_signature(call, *method);
    Reader in(call);
    Writer out;
    MethodCall context{manager_, record_, server_, peer, call, object, in, out};
    if (auto done = method->run(context); !done) return done.error();
    if (context.answers_itself) return std::optional<Message>();
    Message reply = method_return(call);
    if (auto written = out.finish(reply); !written) return written.error();
    return std::optional(std::move(reply));
}

// --- signals
// -----------------------------------------------------------------------------------------

void ManagerBus::send(std::string_view member, Writer&& body, Audience audience) {
    Message signal = signal_message(manager_path, interface_name::manager, member);
    if (auto written = body.finish(signal); !written)
        return log_error("Cannot send ", member, ": ", written.error().text);
    server_.broadcast(signal, audience);
}

void ManagerBus::unit_new(const Unit& unit) {
    if (!server_.has_subscribers()) return;
    Writer body;
    body.string(unit.name().str()).object_path(unit_object_path(unit.name().str()));
    send("UnitNew", std::move(body));
}

void ManagerBus::unit_removed(const UnitName& name) {
    // Why its last job failed is asked for when the unit has gone already: kept within bounds.
    if (record_.job_failures.size() > most_failures_kept) record_.job_failures.erase(name.str());
    record_.markers.erase(name.str());
    unit_files_.forget(name);
    if (!server_.has_subscribers()) return;
    Writer body;
    body.string(name.str()).object_path(unit_object_path(name.str()));
    send("UnitRemoved", std::move(body));
}

void ManagerBus::unit_changed(const Unit& unit) {
    if (!server_.has_subscribers()) return;
    tell_properties(unit, kind_of(unit.type()).interface);
    tell_properties(unit, interface_name::unit);
}

void ManagerBus::tell_properties(const Unit& unit, std::string_view interface) {
    auto rows = properties_of(interface);
    if (rows.empty()) return;
    BusObject object{BusObject::Kind::Unit, manager_, record_, &manager_.unit(unit.id)};
    Writer body;
    body.string(interface);
    write_properties({&interface, 1}, object, body, [](const Property& property) {
        return property.changes == Changes::Announced;
    });
    body.open_array("s");
    for (const Property& property : rows) {
        if (property.changes == Changes::Invalidated) body.string(property.name);
    }
    body.close_array();
    Message signal = signal_message(unit_object_path(unit.name().str()), interface_name::properties,
                                    "PropertiesChanged");
    if (body.finish(signal)) server_.broadcast(signal, Audience::Subscribers);
}

void ManagerBus::job_new(const Job& job, const Unit& unit) {
    ++record_.installed_jobs;
    if (record_.new_jobs) record_.new_jobs->push_back(job.id);
    if (!server_.has_subscribers()) return;
    Writer body;
    body.uint32(job.id).object_path(job_object_path(job.id)).string(unit.name().str());
    send("JobNew", std::move(body));
}

void ManagerBus::job_removed(const Job& job, const Unit& unit) {
    note_end(job, unit);
    if (server_.peer_count() == 0) return;
    // A client that waited for the job reads the unit next: it must find the state that the job
    // left.
    unit_changed(unit);
    Writer body;
    body.uint32(job.id).object_path(job_object_path(job.id)).string(unit.name().str());
    body.string(to_string(job.result));
    send("JobRemoved", std::move(body), Audience::Everyone);
}

// What a unit was marked for has been done with its job.
void ManagerBus::forget_markers(const Job& job, const Unit& unit) {
    auto found = record_.markers.find(unit.name().str());
    if (found == record_.markers.end()) return;
    if (job.type == JobType::Reload)
        found->second &= static_cast<uint8_t>(~marker_needs_reload);
    else if (job.type == JobType::Start || job.type == JobType::Restart ||
             job.type == JobType::TryRestart)
        found->second = 0;
    if (found->second == 0) record_.markers.erase(found);
}

void ManagerBus::note_end(const Job& job, const Unit& unit) {
    bool ended_well = job.result == JobResult::Done || job.result == JobResult::Canceled;
    record_.failed_jobs += !ended_well;
    if (job.result == JobResult::Done) forget_markers(job, unit);
    if (job.cause.text.empty()) {
        record_.job_failures.erase(unit.name().str());
        return;
    }
    bool known = manager_.exists(job.cause.unit);
    record_.job_failures[unit.name().str()] = {
        known ? manager_.unit(job.cause.unit).name().str() : std::string(), job.cause.text};
}

void ManagerBus::reloading(bool begins) {
    unit_files_.forget();
    Writer body;
    body.boolean(begins);
    send("Reloading", std::move(body));
}

// Of the phases of a boot there is only one here: firmware, loader, kernel and initrd take no time.
void ManagerBus::startup_finished() {
    record_.finished = current_moment();
    uint64_t span = to_usec(record_.finished.monotonic - record_.started.monotonic);
    Writer body;
    body.uint64(0).uint64(0).uint64(0).uint64(0).uint64(span).uint64(span);
    send("StartupFinished", std::move(body), Audience::Everyone);
}

} // namespace sctl
