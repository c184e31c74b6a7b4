#include <doctest/doctest.h>

#include "bus_world.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("bus");

namespace {

std::vector<std::string> members(const TestPeer& peer) {
    std::vector<std::string> all;
    for (const auto& message : peer.received) {
        all.push_back(message.type == MessageType::Signal ? message.member : "reply");
    }
    return all;
}

void turn_until_idle(BusWorld& world, std::initializer_list<TestPeer*> peers) {
    for (int i = 0; i < 20; ++i) {
        for (auto* peer : peers) peer->turn();
    }
    CHECK(world.manager().jobs().empty());
}

} // namespace

TEST_CASE("the answer to a start comes before JobRemoved, which comes to all unasked") {
    BusWorld world;
    world.write("x.target", "[Unit]\n");
    auto peer = world.peer();
    auto other = world.peer(other_peer);
    REQUIRE(error_text(other.call(manager_call("ListUnits"))) == "");
    auto job = text_of(peer.call(manager_call("StartUnit", {"x.target", "replace"})));
    turn_until_idle(world, {&peer, &other});
    CHECK(members(peer) == std::vector<std::string>{"reply", "JobRemoved"});
    CHECK(members(other) == std::vector<std::string>{"reply", "JobRemoved"});
    auto removed = peer.signals("JobRemoved").at(0);
    Reader reader(removed);
    uint32_t id = 0;
    std::string_view path, unit, result;
    REQUIRE(reader.read(id, path, unit, result));
    CHECK(path == job);
    CHECK(unit == "x.target");
    CHECK(result == "done");
}

TEST_CASE("a subscriber is told of jobs and of the unit's new state before its job is gone") {
    BusWorld world;
    world.write("x.target", "[Unit]\n");
    auto peer = world.peer();
    REQUIRE(error_text(peer.call(manager_call("Subscribe"))) == "");
    REQUIRE(error_text(peer.call(manager_call("StartUnit", {"x.target", "replace"}))) == "");
    turn_until_idle(world, {&peer});
    auto all = members(peer);
    auto at = [&](std::string_view member) { return std::ranges::find(all, member) - all.begin(); };
    REQUIRE(!peer.signals("PropertiesChanged").empty());
    CHECK(at("UnitNew") < at("JobNew"));
    CHECK(at("JobNew") < at("PropertiesChanged"));
    CHECK(at("PropertiesChanged") < at("JobRemoved"));
    bool active = false;
    for (const auto& signal : peer.signals("PropertiesChanged")) {
        CHECK(signal.signature == "sa{sv}as");
        CHECK(signal.path.starts_with(unit_directory));
        active |= signal.body.find("active") != std::string::npos;
    }
    CHECK(active);
    REQUIRE(error_text(peer.call(manager_call("Unsubscribe"))) == "");
    peer.received.clear();
    REQUIRE(error_text(peer.call(manager_call("StopUnit", {"x.target", "replace"}))) == "");
    turn_until_idle(world, {&peer});
    CHECK(members(peer) == std::vector<std::string>{"reply", "JobRemoved"});
}

TEST_CASE("Reloading goes to subscribers at both ends, before the answer") {
    BusWorld world;
    auto peer = world.peer();
    REQUIRE(error_text(peer.call(manager_call("Subscribe"))) == "");
    peer.received.clear();
    REQUIRE(error_text(peer.call(manager_call("Reload"))) == "");
    auto all = members(peer);
    std::erase(all, "UnitNew"); // of those that are always there
    CHECK(all == std::vector<std::string>{"Reloading", "Reloading", "reply"});
}

TEST_CASE("a job that failed tells where and why") {
    BusWorld world;
    world.write("a.target", "[Unit]\nRequires=b.service\nAfter=b.service\n");
    world.write("b.service", "[Service]\nType=oneshot\nExecStart=/nonexistent\n");
    auto peer = world.peer();
    REQUIRE(error_text(peer.call(manager_call("StartUnit", {"a.target", "replace"}))) == "");
    REQUIRE(world.settle());
    peer.turn();
    auto reply =
        peer.call(object_call(unit_object_path("a.target"), "org.freedesktop.DBus.Properties",
                              "Get", {std::string(interface_name::own_unit), "JobCause"}));
    REQUIRE(error_text(reply) == "");
    Reader reader(*reply);
    std::string_view unit, text;
    REQUIRE(reader.enter_variant());
    REQUIRE(reader.enter_struct());
    REQUIRE(reader.read(unit, text));
    CHECK(unit == "b.service");
    CHECK(text != "");
}

TEST_SUITE_END();
