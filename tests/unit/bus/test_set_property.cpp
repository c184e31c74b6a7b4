#include <doctest/doctest.h>

#include "base/files.hpp"
#include "bus_world.hpp"
#include "unit/settings/directives.hpp"
#include "wire/property_value.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("bus");

namespace {

using Values = std::vector<std::pair<std::string, std::function<void(Writer&)>>>;

Message set_call(std::string_view unit, bool runtime, const Values& values) {
    auto call = method_call(manager_path, manager_interface, "SetUnitProperties");
    Writer out;
    out.string(unit).boolean(runtime).open_array("(sv)");
    for (const auto& [name, write] : values) {
        out.open_struct().string(name);
        write(out);
        out.close_struct();
    }
    out.close_array();
    (void)!out.finish(call).has_value();
    return call;
}
std::function<void(Writer&)> number(uint64_t value) {
    return [=](Writer& out) { out.open_variant("t").uint64(value).close_variant(); };
}
std::function<void(Writer&)> text(std::string_view value) {
    return [=](Writer& out) { out.open_variant("s").string(value).close_variant(); };
}
std::function<void(Writer&)> texts(const std::vector<std::string>& value) {
    return [=](Writer& out) { out.open_variant("as").strings(value).close_variant(); };
}

constexpr std::string_view head =
    "# This is a drop-in unit file extension, created via \"systemctl set-property\"\n"
    "# or an equivalent operation. Do not edit.\n";

std::string drop_in(const BusWorld& world, std::string_view directory, std::string_view name) {
    return read_file(cat(world.files.path(), directory, "/systemd/system.control/a.service.d/50-",
                         name, ".conf"))
        .value_or("");
}

} // namespace

TEST_CASE("SetUnitProperties writes a drop-in for each property, in /etc or in /run") {
    BusWorld world;
    world.write("a.service", "[Service]\nExecStart=/bin/true\n");
    auto peer = world.peer();
    auto set = [&](bool runtime, const Values& values) {
        return error_text(peer.call(set_call("a.service", runtime, values)));
    };
    CHECK(set(false, {{"CPUWeight", number(200)}, {"MemoryMax", number(UINT64_MAX)}}) == "");
    CHECK(drop_in(world, "/etc", "CPUWeight") == cat(head, "[Service]\nCPUWeight=200\n"));
    CHECK(drop_in(world, "/etc", "MemoryMax") == cat(head, "[Service]\nMemoryMax=infinity\n"));
    CHECK(set(true, {{"CPUQuotaPerSecUSec", number(500000)}, {"Description", text("50% x")}}) ==
          "");
    CHECK(drop_in(world, "/run", "CPUQuota") == cat(head, "[Service]\nCPUQuota=50%\n"));
    CHECK(drop_in(world, "/run", "Description") == cat(head, "[Unit]\nDescription=50%% x\n"));
}

TEST_CASE("an amount and a share of all take each other's place") {
    BusWorld world;
    world.write("a.service", "[Service]\nExecStart=/bin/true\n");
    auto peer = world.peer();
    auto set = [&](std::string_view name, const std::function<void(Writer&)>& value) {
        return error_text(peer.call(set_call("a.service", true, {{std::string(name), value}})));
    };
    auto share = [](Writer& out) { out.open_variant("u").uint32(UINT32_MAX / 2).close_variant(); };
    CHECK(set("MemoryMaxScale", share) == "");
    CHECK(drop_in(world, "/run", "MemoryMaxScale") == cat(head, "[Service]\nMemoryMax=50.00%\n"));
    CHECK(set("MemoryMax", number(7168)) == "");
    CHECK(drop_in(world, "/run", "MemoryMax") == cat(head, "[Service]\nMemoryMax=7168\n"));
    CHECK(drop_in(world, "/run", "MemoryMaxScale") == "");
    CHECK(set("MemoryMaxScale", share) == "");
    CHECK(drop_in(world, "/run", "MemoryMax") == "");
}

TEST_CASE("a property that cannot be set refuses the whole call") {
    BusWorld world;
    world.write("a.service", "[Service]\nExecStart=/bin/true\n");
    world.write("a.target", "[Unit]\n");
    auto peer = world.peer();
    auto set = [&](std::string_view unit, const Values& values) {
        return error_text(peer.call(set_call(unit, false, values)));
    };
    CHECK(set("a.service", {{"CPUWeight", number(1)}, {"Nice", number(5)}}) ==
          "org.freedesktop.DBus.Error.PropertyReadOnly: Cannot set property Nice, or unknown "
          "property.");
    CHECK(drop_in(world, "/etc", "CPUWeight") == "");
    CHECK(set("a.target", {{"CPUWeight", number(1)}})
              .starts_with("org.freedesktop.DBus.Error.PropertyReadOnly: "));
    CHECK(set("a.service", {{"TasksMax", number(0)}}) ==
          "org.freedesktop.DBus.Error.InvalidArgs: Value specified in TasksMax is out of range");
    CHECK(set("a.service", {{"TasksMax", text("5")}}).starts_with("System.Error.ENXIO: "));
    CHECK(set("a.service", {{"Description", text("a\n[Service]\nExecStart=/bin/b")}}) != "");
    CHECK(set("nosuch.service", {{"CPUWeight", number(1)}}) ==
          "org.freedesktop.systemd1.NoSuchUnit: Unit nosuch.service not found.");
}

TEST_CASE("markers are set, added and taken away") {
    BusWorld world;
    world.write("a.service", "[Service]\nExecStart=/bin/sleep 1000\n");
    REQUIRE(world.start("a.service")); // what does not run is not kept in memory
    auto peer = world.peer();
    auto markers = [&] {
        auto reply = peer.call(object_call("/org/freedesktop/systemd1/unit/a_2eservice",
                                           "org.freedesktop.DBus.Properties", "Get",
                                           {"org.freedesktop.systemd1.Unit", "Markers"}));
        Reader in(*reply);
        REQUIRE(in.enter_variant());
        return in.strings().value();
    };
    auto set = [&](const std::vector<std::string>& words) {
        return error_text(peer.call(set_call("a.service", true, {{"Markers", texts(words)}})));
    };
    using Words = std::vector<std::string>;
    CHECK(set({"needs-restart"}) == "");
    CHECK(markers() == Words{"needs-restart"});
    CHECK(set({"+needs-reload", "-needs-restart"}) == "");
    CHECK(markers() == Words{"needs-reload"});
    CHECK(set({"+needs-reload", "needs-restart"}) != "");
    CHECK(set({"needs-nothing"}) != "");
    CHECK(set({}) == "");
    CHECK(markers() == Words{});
}

TEST_CASE("no settable property's value can add a line of its own to a unit file") {
    const std::string bad = "/dev/null\nExecStart=/bin/evil";
    const PropertyValue values[] = {bad, Strings{bad}, StringPairs{{bad, "rw"}},
                                    NumberedPaths{{bad, 100}}, NameFilter{true, {bad}}};
    for (const auto& row : directives()) {
        if (!row.settable.kind) continue;
        for (const auto& value : values) {
            if (signature_of(value) == row.signature)
                CHECK_MESSAGE(!row.settable.kind->lines(row, value), row.name);
        }
    }
}

TEST_CASE("what sockets may be bound to is checked, and written as systemd does") {
    BusWorld world;
    world.write("a.service", "[Service]\nExecStart=/bin/sleep 1000\n");
    REQUIRE(world.start("a.service")); // what does not run is not kept in memory
    auto peer = world.peer();
    auto set = [&](int32_t family, int32_t protocol, uint16_t count, uint16_t first) {
        auto write = [=](Writer& out) {
            out.open_variant("a(iiqq)").open_array("(iiqq)").open_struct();
            out.int32(family).int32(protocol).uint16(count).uint16(first);
            out.close_struct().close_array().close_variant();
        };
        return error_text(peer.call(set_call("a.service", true, {{"SocketBindDeny", write}})));
    };
    auto lines = [&] { return drop_in(world, "/run", "SocketBindDeny").substr(head.size()); };
    CHECK(set(10, 6, 0, 0) == "");
    CHECK(lines() == "[Service]\nSocketBindDeny=ipv6:tcp:any\n\n");
    CHECK(set(0, 17, 1, 65535) == "");
    CHECK(lines() == "[Service]\nSocketBindDeny=udp:65535\nSocketBindDeny=ipv6:tcp:any\n\n");
    CHECK(set(2, 0, 65535, 1) == "");
    CHECK(lines() ==
          "[Service]\nSocketBindDeny=ipv4:1-65535\nSocketBindDeny=udp:65535\n"
          "SocketBindDeny=ipv6:tcp:any\n\n");
    CHECK(set(1, 0, 1, 1) != "");
    CHECK(set(2, 1, 1, 1) != "");
    CHECK(set(2, 6, 2, 65535) != "");
    CHECK(set(2, 6, 1, 0) != "");
}

TEST_SUITE_END();
