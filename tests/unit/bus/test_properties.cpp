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

// A value of any type in words: "5", "text", "[a, b]", "(a, true)".
std::string value_text(Reader& in);

std::string list_text(Reader& in, std::string_view open, std::string_view close) {
    std::string out(open);
    for (bool first = true; !in.at_end(); first = false)
        out += cat(first ? "" : ", ", value_text(in));
    return cat(out, close);
}

std::string value_text(Reader& in) {
    std::string out;
    switch (in.next_type().front()) {
        case 'y': return cat(static_cast<unsigned>(in.byte().value()));
        case 'b': return in.boolean().value() ? "true" : "false";
        case 'i': return cat(in.int32().value());
        case 'u': return cat(in.uint32().value());
        case 'x': return cat(in.int64().value());
        case 't': return cat(in.uint64().value());
        case 'd': return cat(static_cast<int64_t>(in.float64().value()));
        case 'a':
            REQUIRE(in.enter_array());
            out = list_text(in, "[", "]");
            CHECK(in.exit_array());
            return out;
        case '(':
            REQUIRE(in.enter_struct());
            out = list_text(in, "(", ")");
            CHECK(in.exit_struct());
            return out;
        case '{':
            REQUIRE(in.enter_dict_entry());
            out = list_text(in, "{", "}");
            CHECK(in.exit_dict_entry());
            return out;
        case 'v':
            REQUIRE(in.enter_variant());
            out = value_text(in);
            CHECK(in.exit_variant());
            return out;
        case 'n': return cat(in.int16().value());
        case 'q': return cat(in.uint16().value());
        default: {
            auto text = in.any_text();
            REQUIRE(text);
            return std::string(*text);
        }
    }
}

struct FoundProperty {
    std::string signature, value;
};

// What a GetAll answers, by name; every value is read to its end.
std::map<std::string, FoundProperty> get_all(TestPeer& peer, std::string_view path,
                                             std::string_view interface) {
    std::map<std::string, FoundProperty> found;
    auto reply =
        peer.call(object_call(path, properties_interface, "GetAll", {std::string(interface)}));
    REQUIRE(error_text(reply) == "");
    Reader reader(*reply);
    REQUIRE(reader.enter_array());
    while (!reader.at_end()) {
        REQUIRE(reader.enter_dict_entry());
        std::string name(reader.string().value());
        std::string signature(reader.enter_variant().value());
        found[name] = {signature, value_text(reader)};
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

TEST_CASE("GetAll gives what the unit's file says, and systemd's defaults for the rest") {
    BusWorld world;
    world.write("a.service",
                "[Unit]\nDescription=An A\nDocumentation=man:a(8)\nConditionPathExists=|!/x\n"
                "AssertPathExists=/\nRequires=b.service\n"
                "[Service]\nExecStart=-@/bin/true name %n\nExecStart=+/bin/true\nType=oneshot\n"
                "RestartSec=5s\nTimeoutStopSec=infinity\nEnvironment=A=1 'B=two words'\n"
                "EnvironmentFile=-/nope\nSuccessExitStatus=5 SIGHUP\nRuntimeDirectory=r:link\n"
                "StandardInputText=x\nNice=-3\nMemoryMax=4M\nLimitNOFILE=10:20\n"
                "KillSignal=SIGINT\nUMask=0027\n");
    auto peer = world.peer();
    struct Wanted {
        std::string_view interface, name, value;
    };
    constexpr std::string_view unit = interface_name::unit, service = interface_name::service;
    const Wanted rows[] = {
        {unit, "Id", "a.service"},
        {unit, "Names", "[a.service]"},
        {unit, "Description", "An A"},
        {unit, "Documentation", "[man:a(8)]"},
        {unit, "LoadState", "loaded"},
        {unit, "ActiveState", "inactive"},
        {unit, "SubState", "dead"},
        {unit, "Requires", "[b.service, sysinit.target, system.slice]"},
        {unit, "Conditions", "[(ConditionPathExists, true, true, /x, 0)]"},
        {unit, "Asserts", "[(AssertPathExists, false, false, /, 0)]"},
        {unit, "CanStart", "true"},
        {unit, "CanReload", "false"},
        {unit, "Job", "(0, /)"},
        {unit, "StartLimitBurst", "5"},
        {unit, "CollectMode", "inactive"},
        {service, "Type", "oneshot"},
        {service, "Restart", "no"},
        {service, "RestartUSec", "5000000"},
        {service, "TimeoutStartUSec", "18446744073709551615"},
        {service, "TimeoutStopUSec", "18446744073709551615"},
        {service, "MainPID", "0"},
        {service, "Result", "success"},
        {service, "NotifyAccess", "none"},
        {service, "SuccessExitStatus", "([5], [1])"},
        {service, "ExecStart",
         "[(/bin/true, [name, a.service], true, 0, 0, 0, 0, 0, 0, 0), "
         "(/bin/true, [/bin/true], false, 0, 0, 0, 0, 0, 0, 0)]"},
        {service, "ExecStartEx",
         "[(/bin/true, [name, a.service], [ignore-failure], 0, 0, 0, 0, 0, 0, 0), "
         "(/bin/true, [/bin/true], [privileged], 0, 0, 0, 0, 0, 0, 0)]"},
        {service, "Environment", "[A=1, B=two words]"},
        {service, "EnvironmentFiles", "[(/nope, true)]"},
        {service, "RuntimeDirectory", "[r]"},
        {service, "RuntimeDirectorySymlink", "[(r, link, 0)]"},
        {service, "RuntimeDirectoryMode", "493"},
        {service, "StandardInput", "data"},
        {service, "StandardInputData", "[120, 10]"},
        {service, "Nice", "-3"},
        {service, "MemoryMax", "4194304"},
        {service, "LimitNOFILE", "20"},
        {service, "LimitNOFILESoft", "10"},
        {service, "KillSignal", "2"},
        {service, "KillMode", "control-group"},
        {service, "UMask", "23"},
        {service, "Slice", "system.slice"},
    };
    auto of_unit = get_all(peer, unit_object_path("a.service"), unit);
    auto of_service = get_all(peer, unit_object_path("a.service"), service);
    for (const auto& row : rows) {
        auto& found = row.interface == unit ? of_unit : of_service;
        CHECK_MESSAGE(found[std::string(row.name)].value == row.value, row.name);
    }
    auto missing = get_all(peer, unit_object_path("nosuch.service"), unit);
    CHECK(missing["LoadState"].value == "not-found");
    CHECK(missing["LoadError"].value.starts_with("(org.freedesktop.systemd1.NoSuchUnit, "));
    auto manager = get_all(peer, manager_path, interface_name::manager);
    CHECK(manager["Environment"].value.find("PATH=") != std::string::npos);
    CHECK(manager["DefaultTimeoutStopUSec"].value == "90000000");
    CHECK(manager["NFailedUnits"].value == "0");
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
            CHECK_MESSAGE(found[std::string(row.name)].signature == row.signature, row.name);
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
