#include "bus/properties/property.hpp"

#include <doctest/doctest.h>

#include <map>

#include "bus/methods/method.hpp"
#include "bus_world.hpp"
#include "table.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("bus");

namespace {

constexpr std::string_view properties_interface = "org.freedesktop.DBus.Properties";

struct Table {
    std::string_view interface, file;
};
constexpr Table tables[] = {{interface_name::manager, "manager"},
                            {interface_name::unit, "unit"},
                            {interface_name::job, "job"},
                            {interface_name::service, "service"},
                            {"org.freedesktop.systemd1.Socket", "socket"},
                            {"org.freedesktop.systemd1.Timer", "timer"},
                            {"org.freedesktop.systemd1.Path", "path"},
                            {"org.freedesktop.systemd1.Mount", "mount"},
                            {"org.freedesktop.systemd1.Swap", "swap"},
                            {"org.freedesktop.systemd1.Device", "device"},
                            {"org.freedesktop.systemd1.Slice", "slice"},
                            {"org.freedesktop.systemd1.Scope", "scope"},
                            {"org.freedesktop.systemd1.Automount", "automount"},
                            {"org.freedesktop.systemd1.Target", "target"}};

std::vector<std::vector<std::string>> rows_of(const Table& table) {
    return read_table(cat("introspection/", table.file, ".tsv"));
}

std::string_view emits(Changes changes) {
    constexpr std::string_view words[] = {"const", "true", "invalidates", "false"};
    return words[static_cast<size_t>(changes)];
}

// Name to signature of what a GetAll answers; every value is read to its end.
std::map<std::string, std::string> get_all(TestPeer& peer, std::string_view path,
                                           std::string_view interface) {
    std::map<std::string, std::string> found;
    auto reply =
        peer.call(object_call(path, properties_interface, "GetAll", {std::string(interface)}));
    REQUIRE(error_text(reply) == "");
    Reader reader(*reply);
    REQUIRE(reader.enter_array());
    while (!reader.at_end()) {
        REQUIRE(reader.enter_dict_entry());
        auto name = reader.string();
        REQUIRE(name);
        auto type = reader.next_type();
        REQUIRE(type == "v");
        auto inside = reader.enter_variant();
        REQUIRE(inside);
        found.emplace(*name, *inside);
        REQUIRE(reader.skip());
        REQUIRE(reader.exit_variant());
        REQUIRE(reader.exit_dict_entry());
    }
    CHECK(reader.exit_array());
    CHECK(reader.finish());
    return found;
}

std::string get(TestPeer& peer, std::string_view path, std::string_view interface,
                std::string_view name) {
    auto reply = peer.call(object_call(path, properties_interface, "Get",
                                       {std::string(interface), std::string(name)}));
    if (error_text(reply) != "") return error_text(reply);
    Reader reader(*reply);
    if (!reader.enter_variant()) return "no variant";
    auto text = reader.any_text();
    return text ? std::string(*text) : text.error().text;
}

} // namespace

TEST_CASE("every property of systemd 252 is there as it has it, in its order, and no other") {
    for (const auto& table : tables) {
        std::vector<std::string> wanted, ours;
        for (const auto& row : rows_of(table)) {
            if (row[0] == "property") wanted.push_back(cat(row[1], " ", row[2], " ", row[3]));
        }
        for (const auto& row : properties_of(table.interface)) {
            ours.push_back(cat(row.name, " ", row.signature, " ", emits(row.changes)));
        }
        CHECK_MESSAGE(ours.size() == wanted.size(), table.file);
        for (size_t i = 0; i < std::min(ours.size(), wanted.size()); ++i) {
            CHECK(ours[i] == wanted[i]);
        }
    }
}

TEST_CASE("a method that we have takes and gives what systemd's does") {
    for (const auto& table : tables) {
        std::map<std::string, std::pair<std::string, std::string>> wanted;
        for (const auto& row : rows_of(table)) {
            if (row[0] == "method") wanted[row[1]] = {row[2], row[3]};
        }
        for_each_method(table.interface, [&](const Method& method) {
            if (method.mark == Mark::Hidden) return;
            CHECK_MESSAGE(wanted.contains(std::string(method.name)), method.name);
            CHECK_MESSAGE(wanted[std::string(method.name)] ==
                              std::pair(std::string(method.in), std::string(method.out)),
                          method.name);
        });
    }
}

TEST_CASE(
    "GetAll gives values of the announced types for services, targets, jobs and the manager") {
    BusWorld world;
    world.write("a.service",
                "[Unit]\nConditionPathExists=|!/x\nAssertPathExists=/\nAfter=b.service\n[Service]\n"
                "ExecStart=-@/bin/true name "
                "%n\nExecStart=+/bin/true\nType=oneshot\nEnvironmentFile=-/nope\n"
                "SuccessExitStatus=5 SIGHUP\nRuntimeDirectory=r:link\nStandardInputText=x\n");
    auto peer = world.peer();
    for (auto [path, interface] :
         {std::pair{unit_object_path("a.service"), interface_name::service},
          std::pair{unit_object_path("a.service"), interface_name::unit},
          std::pair{unit_object_path("nosuch.service"), interface_name::service},
          std::pair{std::string(manager_path), interface_name::manager}}) {
        auto found = get_all(peer, path, interface);
        CHECK(found.size() == properties_of(interface).size());
        for (const auto& row : properties_of(interface))
            CHECK_MESSAGE(found[std::string(row.name)] == row.signature, row.name);
    }
    CHECK(get_all(peer, unit_object_path("x.target"), "org.freedesktop.systemd1.Target").empty());
    CHECK(get_all(peer, unit_object_path("x.target"), "").size() ==
          properties_of(interface_name::unit).size());
    CHECK(get_all(peer, unit_object_path("x.target"), "org.sctl.Unit1").size() == 3);
    auto job =
        world.manager().add_job(JobType::Nop, world.unit("a.service").id, JobMode::Replace, false);
    REQUIRE(job);
    CHECK(get_all(peer, job_object_path(*job), interface_name::job).size() == 5);
}

TEST_CASE("a unit that has no files shows as not-found with the defaults") {
    BusWorld world;
    auto peer = world.peer(other_peer);
    auto path = unit_object_path("nosuch.service");
    CHECK(get(peer, path, interface_name::unit, "LoadState") == "not-found");
    CHECK(get(peer, path, interface_name::unit, "Description") == "nosuch.service");
    CHECK(get(peer, path, interface_name::unit, "ActiveState") == "inactive");
    peer.turn();
    CHECK(world.manager().find("nosuch.service") == nullptr);
}

TEST_CASE("a property that is not there is told in systemd's words") {
    BusWorld world;
    auto peer = world.peer();
    auto path = unit_object_path("a.service");
    CHECK(get(peer, path, interface_name::unit, "Nosuch") ==
          "org.freedesktop.DBus.Error.UnknownProperty: Unknown interface "
          "org.freedesktop.systemd1.Unit or property Nosuch.");
    CHECK(get(peer, path, "a.b", "Id") ==
          "org.freedesktop.DBus.Error.UnknownProperty: Unknown interface a.b or property Id.");
    CHECK(error_text(peer.call(object_call(path, properties_interface, "GetAll", {"a.b"}))) ==
          "org.freedesktop.DBus.Error.UnknownInterface: Unknown interface 'a.b'.");
    CHECK(get(peer, unit_object_path("nosuch"), interface_name::unit, "Id") ==
          "org.freedesktop.DBus.Error.InvalidArgs: Unit name nosuch is neither a valid invocation "
          "ID nor unit name.");
    CHECK(get(peer, "/org/freedesktop/systemd1/job/99", interface_name::job, "Id") ==
          "org.freedesktop.DBus.Error.UnknownObject: Unknown object "
          "'/org/freedesktop/systemd1/job/99'.");
}

TEST_CASE("properties cannot be set") {
    BusWorld world;
    auto peer = world.peer();
    auto call = method_call(unit_object_path("a.service"), properties_interface, "Set");
    Writer writer;
    writer.string(interface_name::unit).string("Id").open_variant("s").string("x").close_variant();
    REQUIRE(writer.finish(call));
    CHECK(error_text(peer.call(call)) ==
          "org.freedesktop.DBus.Error.PropertyReadOnly: Property 'Id' is not writable.");
}

TEST_CASE("what the manager logs can be set, and where to told") {
    BusWorld world;
    auto peer = world.peer();
    constexpr std::string_view errors = "org.freedesktop.DBus.Error.";
    auto set = [&](std::string_view path, std::string_view interface, std::string_view name,
                   std::string_view value) {
        auto call = method_call(path, properties_interface, "Set");
        Writer writer;
        writer.string(interface).string(name).open_variant("s").string(value).close_variant();
        REQUIRE(writer.finish(call));
        return error_text(peer.call(call));
    };
    constexpr auto log = interface_name::log_control;
    CHECK(get(peer, log_control_path, log, "SyslogIdentifier") == "systemd");
    CHECK(get(peer, log_control_path, log, "LogTarget") == "console");
    CHECK(set(log_control_path, log, "LogLevel", "debug").empty());
    CHECK(get(peer, manager_path, interface_name::manager, "LogLevel") == "debug");
    CHECK(set(manager_path, interface_name::manager, "LogLevel", "").empty());
    CHECK(get(peer, log_control_path, log, "LogLevel") == "info");
    CHECK(set(log_control_path, log, "LogTarget", "frob") ==
          cat(errors, "InvalidArgs: Invalid log target 'frob'"));
    CHECK(set(log_control_path, log, "LogTarget", "kmsg") ==
          cat(errors, "NotSupported: This manager logs to the console alone, not to 'kmsg'."));
    CHECK(set(log_control_path, log, "SyslogIdentifier", "x") ==
          cat(errors, "PropertyReadOnly: Property 'SyslogIdentifier' is not writable."));
    CHECK(set(manager_path, interface_name::manager, "ServiceWatchdogs", "x") ==
          cat(errors,
              "InvalidArgs: Incorrect parameters for property 'ServiceWatchdogs', expected "
              "'b', got 's'."));
}

TEST_CASE("the version begins with the number that clients look for") {
    BusWorld world;
    auto peer = world.peer();
    CHECK(get(peer, manager_path, interface_name::manager, "Version").starts_with("252 (sctl "));
}

TEST_CASE("introspection tells the methods, properties and children of an object") {
    BusWorld world;
    world.write("a.service", "[Service]\nExecStart=/bin/true\n");
    world.write("x.target", "[Unit]\nAfter=a.service\n");
    REQUIRE(world.start("x.target"));
    auto peer = world.peer(other_peer);
    auto xml = [&](std::string_view path) {
        return text_of(
            peer.call(object_call(path, "org.freedesktop.DBus.Introspectable", "Introspect")));
    };
    CHECK(xml("/").find("<node name=\"org\"/>") != std::string::npos);
    CHECK(xml("/org/freedesktop").find("<node name=\"systemd1\"/>") != std::string::npos);
    CHECK(xml(manager_path).find("<method name=\"StartUnit\">") != std::string::npos);
    CHECK(xml(manager_path).find("<node name=\"unit\"/>") != std::string::npos);
    CHECK(xml(unit_directory).find("<node name=\"a_2eservice\"/>") != std::string::npos);
    CHECK(xml(unit_object_path("a.service")).find("<property name=\"MainPID\" type=\"u\"") !=
          std::string::npos);
    CHECK(xml("/org/freedesktop/systemd2") ==
          "org.freedesktop.DBus.Error.UnknownObject: Unknown object '/org/freedesktop/systemd2'.");
}

TEST_SUITE_END();
