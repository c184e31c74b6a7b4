#include <doctest/doctest.h>

#include "bus/methods/method.hpp"
#include "bus_world.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("bus");

namespace {

constexpr std::string_view invalid_args = "org.freedesktop.DBus.Error.InvalidArgs: ";

Message kill_call(std::string name, std::string who, int32_t signal) {
    auto call = method_call(manager_path, manager_interface, "KillUnit");
    Writer writer;
    writer.string(name).string(who).int32(signal);
    (void)!writer.finish(call).has_value();
    return call;
}

Message strings_call(std::string_view member, const std::vector<std::vector<std::string>>& lists) {
    auto call = method_call(manager_path, manager_interface, member);
    Writer writer;
    for (const auto& list : lists) writer.strings(list);
    (void)!writer.finish(call).has_value();
    return call;
}

// The first field of each struct of an answer's array.
std::vector<std::string> first_fields(const std::optional<Message>& reply) {
    std::vector<std::string> found;
    REQUIRE(error_text(reply) == "");
    Reader reader(*reply);
    REQUIRE(reader.enter_array());
    while (!reader.at_end()) {
        REQUIRE(reader.enter_struct());
        auto text = reader.string();
        REQUIRE(text);
        found.emplace_back(*text);
        REQUIRE(reader.exit_struct());
    }
    return found;
}

} // namespace

TEST_CASE("GetUnit knows what is in memory, LoadUnit reads files") {
    BusWorld world;
    world.write("a.target", "[Unit]\n");
    auto peer = world.peer();
    constexpr std::string_view path = "/org/freedesktop/systemd1/unit/a_2etarget";
    CHECK(error_text(peer.call(manager_call("GetUnit", {"a.target"}))) ==
          "org.freedesktop.systemd1.NoSuchUnit: Unit a.target not loaded.");
    CHECK(text_of(peer.call(manager_call("LoadUnit", {"a.target"}))) == path);
    REQUIRE(world.start("a.target"));
    CHECK(text_of(peer.call(manager_call("GetUnit", {"a.target"}))) == path);
    CHECK(error_text(peer.call(manager_call("LoadUnit", {"nosuch"}))) ==
          cat(invalid_args, "Unit name nosuch is not valid."));
    CHECK(error_text(peer.call(manager_call("LoadUnit", {"a@.service"}))) ==
          cat(invalid_args, "Unit name a@.service is missing the instance name."));
}

TEST_CASE("what was only looked at is forgotten, what is in use stays") {
    BusWorld world;
    world.write("t@.service", "[Unit]\nWants=u@%i.service\n[Service]\nExecStart=/bin/true\n");
    world.write("u@.service", "[Unit]\nPartOf=t@%i.service\n[Service]\nExecStart=/bin/true\n");
    world.write("a.target", "[Unit]\nAfter=t@1.service\n");
    REQUIRE(world.start("a.target"));
    auto peer = world.peer(other_peer);
    auto count = [&] {
        peer.turn();
        return first_fields(peer.call(manager_call("ListUnits"))).size();
    };
    size_t before = count();
    for (int i = 1; i < 50; ++i) {
        CHECK(error_text(peer.call(manager_call("LoadUnit", {cat("t@", i, ".service")}))) == "");
    }
    CHECK(count() == before);
    CHECK(world.manager().find("t@1.service") != nullptr);
    CHECK(world.manager().find("u@1.service") != nullptr);
}

TEST_CASE("requests for jobs are refused in systemd's words") {
    BusWorld world;
    world.write("a.service", "[Service]\nExecStart=/bin/true\n");
    world.write("b.service", "[Unit]\nRefuseManualStart=yes\n[Service]\nExecStart=/bin/true\n");
    auto peer = world.peer();
    auto asked = [&](std::string_view member, std::vector<std::string> arguments) {
        return error_text(peer.call(manager_call(member, arguments)));
    };
    CHECK(asked("StartUnit", {"nosuch.service", "replace"}) ==
          "org.freedesktop.systemd1.NoSuchUnit: Unit nosuch.service not found.");
    CHECK(asked("StopUnit", {"nosuch.service", "replace"}) ==
          "org.freedesktop.systemd1.NoSuchUnit: Unit nosuch.service not loaded.");
    CHECK(asked("StartUnit", {"a.service", "oops"}) == cat(invalid_args, "Job mode oops invalid"));
    CHECK(asked("EnqueueUnitJob", {"a.service", "frob", "replace"}) ==
          cat(invalid_args, "Job type frob invalid"));
    CHECK(asked("StartUnit", {"a.service"}) ==
          cat(invalid_args,
              "Invalid arguments 's' to call org.freedesktop.systemd1.Manager.StartUnit(), "
              "expecting 'ss'."));
    CHECK(asked("StartUnit", {"b.service", "replace"})
              .find("Operation refused, unit b.service may be requested by "
                    "dependency only") != std::string::npos);
    CHECK(asked("ReloadUnit", {"x.target", "replace"}) != "");
    CHECK(error_text(peer.call(object_call(unit_object_path("nosuch.service"), interface_name::unit,
                                           "Start", {"replace"}))) ==
          "org.freedesktop.systemd1.NoSuchUnit: Unit nosuch.service not found.");
}

TEST_CASE("kill and reset-failed are for units that are loaded") {
    BusWorld world;
    world.write("a.service", "[Service]\nExecStart=/bin/true\n");
    world.write("x.target", "[Unit]\nAfter=a.service\n");
    REQUIRE(world.start("x.target"));
    auto peer = world.peer();
    auto killed = [&](std::string name, std::string who, int signal) {
        return error_text(peer.call(kill_call(name, who, signal)));
    };
    CHECK(killed("nosuch.service", "all", 15) ==
          "org.freedesktop.systemd1.NoSuchUnit: Unit nosuch.service not loaded.");
    CHECK(killed("a.service", "bad", 15) == cat(invalid_args, "Invalid who argument bad"));
    CHECK(killed("a.service", "all", 0) == cat(invalid_args, "Signal number out of range."));
    CHECK(killed("a.service", "all", 65) == cat(invalid_args, "Signal number out of range."));
    CHECK(killed("a.service", "main", 15) ==
          "org.freedesktop.systemd1.NoSuchProcess: No main process to kill");
    CHECK(killed("x.target", "all", 15) ==
          "org.freedesktop.DBus.Error.NotSupported: Operation not supported");
    CHECK(error_text(peer.call(manager_call("ResetFailedUnit", {"nosuch.service"}))) ==
          "org.freedesktop.systemd1.NoSuchUnit: Unit nosuch.service not loaded.");
    CHECK(error_text(peer.call(manager_call("ResetFailedUnit", {"a.service"}))) == "");
}

TEST_CASE("who is not root may look and nothing else") {
    BusWorld world;
    world.write("x.target", "[Unit]\n");
    constexpr ucred strangers[] = {
        other_peer, {.pid = 4711, .uid = 65534, .gid = 0}, {.pid = 0, .uid = 0, .gid = 0}};
    for (const ucred& who : strangers) {
        auto peer = world.peer(who);
        constexpr std::string_view denied =
            "org.freedesktop.DBus.Error.AccessDenied: Access denied";
        CHECK(error_text(peer.call(manager_call("StartUnit", {"x.target", "replace"}))) == denied);
        CHECK(error_text(peer.call(manager_call("Reload"))) == denied);
        CHECK(error_text(peer.call(manager_call("PowerOff"))) == denied);
        CHECK(error_text(peer.call(strings_call("SetEnvironment", {{"A=b"}}))) == denied);
        CHECK(error_text(peer.call(object_call(unit_object_path("x.target"), interface_name::unit,
                                               "Stop", {"replace"}))) == denied);
        CHECK(error_text(peer.call(manager_call("ListUnits"))) == "");
        CHECK(error_text(peer.call(manager_call("LoadUnit", {"x.target"}))) == "");
        CHECK(error_text(peer.call(manager_call("Subscribe"))) == "");
    }
    CHECK(world.manager().jobs().empty());
    CHECK(world.manager().objective() == Objective::None);
}

TEST_CASE("every method but those that only look is for root") {
    constexpr std::string_view for_anyone[] = {
        "Get",  "List", "Ping",      "Introspect",  "Hello", "AddMatch", "RemoveMatch",
        "Name", "Load", "Subscribe", "Unsubscribe", "Dump",  "Lookup"};
    for (auto table : method_tables()) {
        for (const Method& method : table) {
            bool looks = std::ranges::any_of(
                for_anyone, [&](auto word) { return method.name.starts_with(word); });
            CHECK_MESSAGE((method.access == Access::Anyone) == looks, method.name);
        }
    }
}

TEST_CASE("what is not there is told in systemd's words") {
    BusWorld world;
    auto peer = world.peer();
    CHECK(error_text(peer.call(manager_call("Frobnicate"))) ==
          "org.freedesktop.DBus.Error.UnknownMethod: Unknown method Frobnicate or interface "
          "org.freedesktop.systemd1.Manager.");
    CHECK(error_text(peer.call(object_call("/org/freedesktop/systemd1/nosuch", manager_interface,
                                           "GetUnit", {"a.service"}))) ==
          "org.freedesktop.DBus.Error.UnknownObject: Unknown object "
          "'/org/freedesktop/systemd1/nosuch'.");
    CHECK(error_text(peer.call(
              object_call(unit_directory, manager_interface, "GetUnit", {"a.service"}))) ==
          "org.freedesktop.DBus.Error.UnknownMethod: Unknown method GetUnit or interface "
          "org.freedesktop.systemd1.Manager.");
    CHECK(error_text(peer.call(
              object_call("/org/freedesktop", manager_interface, "GetUnit", {"a.service"}))) ==
          "org.freedesktop.DBus.Error.UnknownObject: Unknown object '/org/freedesktop'.");
    CHECK(error_text(
              peer.call(object_call(manager_path, "org.freedesktop.DBus.Peer", "Frobnicate"))) ==
          "org.freedesktop.DBus.Error.UnknownMethod: Unknown method 'Frobnicate' on interface "
          "'org.freedesktop.DBus.Peer'.");
    CHECK(error_text(peer.call(object_call(manager_path, "org.freedesktop.DBus.Properties", "Get",
                                           {"org.freedesktop.systemd1.Manager"}))) ==
          cat(invalid_args, "Expected interface and member parameters"));
}

TEST_CASE("what the engine does not do is refused by name, after the arguments were looked at") {
    BusWorld world;
    world.write("a.service", "[Service]\nExecStart=/bin/true\n");
    world.write("a.target", "[Unit]\nAfter=a.service\n");
    REQUIRE(world.start("a.target"));
    auto peer = world.peer();
    auto error = [&](std::string_view member, const std::vector<std::string>& arguments) {
        return error_text(peer.call(manager_call(member, arguments)));
    };
    CHECK(error("AbandonScope", {"a.service"}) ==
          cat(invalid_args, "Unit 'a.service' is not a scope unit, refusing."));
    CHECK(error("AbandonScope", {"init.scope"}) ==
          "org.freedesktop.DBus.Error.AccessDenied: Operation not permitted");
    CHECK(error("LookupDynamicUserByName", {"nobody"}) ==
          "org.freedesktop.systemd1.NoSuchDynamicUser: Dynamic user nobody does not exist.");
    CHECK(error("LookupDynamicUserByName", {"a:b"}) == cat(invalid_args, "User name invalid: a:b"));
    CHECK(error("SwitchRoot", {"/srv", ""}) ==
          "org.freedesktop.DBus.Error.NotSupported: This manager cannot switch to another root "
          "directory.");
    CHECK(error("RemoveSnapshot", {"x"}) ==
          "org.freedesktop.DBus.Error.NotSupported: Support for snapshots has been removed.");
    CHECK(error("StartUnitReplace", {"a.service", "a.target", "replace"}) ==
          "org.freedesktop.systemd1.NoSuchJob: No job queued for unit a.service");
    CHECK(error("SetShowStatus", {"frob"}) == cat(invalid_args, "Invalid show status 'frob'"));
    CHECK(error("SetShowStatus", {"no"}).empty());
    CHECK(!world.manager().show_status());
    CHECK(error("RefUnit", {"nosuch.service"}) ==
          "org.freedesktop.systemd1.NoSuchUnit: Unit nosuch.service not found.");
}

TEST_CASE("units are found by their control groups, slices and the manager itself by their names") {
    BusWorld world;
    auto peer = world.peer(other_peer);
    auto found = [&](const std::string& path) {
        return text_of(peer.call(manager_call("GetUnitByControlGroup", {path})));
    };
    CHECK(found("/init.scope/x") == unit_object_path("init.scope"));
    CHECK(found("/system.slice") == unit_object_path("system.slice"));
    CHECK(found("/nosuch") ==
          "org.freedesktop.systemd1.NoSuchUnit: Control group '/nosuch' is "
          "not valid or not managed by this instance");
    CHECK(found("x") == cat(invalid_args, "Control group path is not absolute: x"));
    CHECK(found("/a/../b") == cat(invalid_args, "Control group path is not normalized: /a/../b"));
}

TEST_CASE("a dump tells of units, of all or of those that match") {
    BusWorld world;
    world.write("a.target", "[Unit]\nDescription=The a\nAfter=b.target\n");
    world.write("b.target", "[Unit]\n");
    REQUIRE(world.start("a.target"));
    auto peer = world.peer(other_peer);
    auto all = text_of(peer.call(manager_call("Dump")));
    CHECK(all.starts_with("Manager: systemd 252 "));
    CHECK(all.find("-> Unit b.target:\n") != all.npos);
    auto some = text_of(peer.call(strings_call("DumpUnitsMatchingPatterns", {{"a*"}})));
    CHECK(some.starts_with("-> Unit a.target:\n\tDescription: The a\n"));
    CHECK(some.find("\tAfter: b.target\n") != some.npos);
    CHECK(some.find("-> Unit b.target") == some.npos);
    CHECK(text_of(peer.call(manager_call("DumpByFileDescriptor"))) ==
          "org.freedesktop.DBus.Error.UnknownMethod: This manager sends no file descriptors: "
          "DumpByFileDescriptor() is not available.");
}

TEST_CASE("units are listed by state, by pattern and by name") {
    BusWorld world;
    world.write("a.target", "[Unit]\nAfter=b.target\n");
    world.write("b.target", "[Unit]\n");
    REQUIRE(world.start("a.target"));
    auto peer = world.peer(other_peer);
    using List = std::vector<std::string>;
    CHECK(first_fields(peer.call(strings_call("ListUnitsByPatterns", {{}, {"[ab].target"}}))) ==
          List{"a.target", "b.target"});
    CHECK(first_fields(peer.call(strings_call("ListUnitsByPatterns",
                                              {{"active"}, {"[ab].target"}}))) == List{"a.target"});
    CHECK(first_fields(peer.call(strings_call("ListUnitsFiltered", {{"frob"}}))).empty());
    CHECK(first_fields(peer.call(
              strings_call("ListUnitsByNames", {{"b.target", "nosuch.target", "bad"}}))) ==
          List{"b.target", "nosuch.target"});
    CHECK(first_fields(peer.call(manager_call("ListUnits"))).size() >= 2);
}

TEST_CASE("jobs are listed, found, and cancelled") {
    BusWorld world;
    world.write("a.target", "[Unit]\nRequires=b.target\nAfter=b.target\n");
    world.write("b.target", "[Unit]\n");
    auto peer = world.peer();
    auto id =
        world.manager().add_job(JobType::Start, world.unit("a.target").id, JobMode::Replace, true);
    REQUIRE(id);
    auto call = method_call(manager_path, manager_interface, "GetJob");
    Writer writer;
    writer.uint32(9999);
    REQUIRE(writer.finish(call));
    CHECK(error_text(peer.call(call)) ==
          "org.freedesktop.systemd1.NoSuchJob: Job 9999 does not exist.");
}

TEST_CASE("EnqueueUnitJob tells what the job brings along") {
    BusWorld world;
    world.write("a.target", "[Unit]\nRequires=b.target\nAfter=b.target\n");
    world.write("b.target", "[Unit]\n");
    auto peer = world.peer();
    auto reply = peer.call(manager_call("EnqueueUnitJob", {"a.target", "start", "replace"}));
    REQUIRE(error_text(reply) == "");
    Reader reader(*reply);
    uint32_t id = 0;
    std::string_view job, unit, path, type;
    REQUIRE(reader.read(id, job, unit, path, type));
    CHECK(unit == "a.target");
    CHECK(type == "start");
    CHECK(job == job_object_path(id));
    std::vector<std::string> others;
    REQUIRE(reader.enter_array());
    while (!reader.at_end()) {
        REQUIRE(reader.enter_struct());
        REQUIRE(reader.read(id, job, unit, path, type));
        others.emplace_back(unit);
        REQUIRE(reader.exit_struct());
    }
    CHECK(std::ranges::find(others, "b.target") != others.end());
}

TEST_CASE("the environment is set and unset, and checked first") {
    BusWorld world;
    auto peer = world.peer();
    const auto own = world.manager().environment();
    auto with = [&](std::initializer_list<const char*> more) {
        auto all = own;
        all.insert(all.end(), more.begin(), more.end());
        return all;
    };
    CHECK(error_text(peer.call(strings_call("SetEnvironment", {{"nonsense"}}))) ==
          cat(invalid_args, "Invalid environment assignments"));
    CHECK(error_text(peer.call(strings_call("UnsetEnvironment", {{"A-A"}}))) ==
          cat(invalid_args, "Invalid environment variable names or assignments"));
    CHECK(error_text(peer.call(strings_call("SetEnvironment", {{"A=b", "C=d"}}))) == "");
    CHECK(world.manager().environment() == with({"A=b", "C=d"}));
    CHECK(error_text(peer.call(strings_call("UnsetAndSetEnvironment", {{"A"}, {"C=e"}}))) == "");
    CHECK(world.manager().environment() == with({"C=e"}));
}

TEST_CASE("the manager's own environment shows again when what was set over it is unset") {
    BusWorld world;
    auto peer = world.peer();
    const auto own = world.manager().environment();
    auto change = [&](const char* method, std::vector<std::string> words) {
        return error_text(peer.call(strings_call(method, {std::move(words)})));
    };
    CHECK(change("UnsetEnvironment", {"PATH"}) == "");
    CHECK(world.manager().environment() == own);
    CHECK(change("SetEnvironment", {"PATH=/bin"}) == "");
    CHECK(change("UnsetEnvironment", {"PATH=/other"}) == "");
    auto changed = world.manager().environment();
    CHECK(std::ranges::find(changed, "PATH=/bin") != changed.end());
    CHECK(change("UnsetEnvironment", {"PATH=/bin"}) == "");
    CHECK(world.manager().environment() == own);
}

TEST_CASE("unit files are enabled, listed and disabled, and subscribers are told") {
    BusWorld world;
    world.write("a.service", "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=x.target\n");
    auto peer = world.peer();
    REQUIRE(error_text(peer.call(manager_call("Subscribe"))) == "");
    auto enable = [&](std::string name) {
        auto call = method_call(manager_path, manager_interface, "EnableUnitFiles");
        Writer writer;
        writer.strings(std::vector{std::move(name)}).boolean(false).boolean(false);
        (void)!writer.finish(call).has_value();
        return peer.call(call);
    };
    auto state = [&] {
        return text_of(peer.call(manager_call("GetUnitFileState", {"a.service"})));
    };
    CHECK(state() == "disabled");
    auto reply = enable("a.service");
    REQUIRE(error_text(reply) == "");
    CHECK(reply->signature == "ba(sss)");
    Reader reader(*reply);
    bool carries_install_info = false;
    REQUIRE(reader.read(carries_install_info));
    CHECK(carries_install_info);
    REQUIRE(reader.enter_array());
    REQUIRE(reader.enter_struct());
    std::string_view kind, path, source;
    REQUIRE(reader.read(kind, path, source));
    CHECK(kind == "symlink");
    CHECK(path.ends_with("/etc/systemd/system/x.target.wants/a.service"));
    CHECK(state() == "enabled");
    CHECK(peer.signals("UnitFilesChanged").size() == 1);
    CHECK(error_text(enable("nosuch.service")) ==
          "org.freedesktop.systemd1.NoSuchUnit: Unit file nosuch.service does not exist.");
    CHECK(text_of(peer.call(manager_call("GetUnitFileState", {"nosuch.service"}))) ==
          "org.freedesktop.DBus.Error.FileNotFound: No such file or directory");
    auto files = peer.call(strings_call("ListUnitFilesByPatterns", {{}, {"a.*"}}));
    CHECK(first_fields(files).size() == 1);
    CHECK(error_text(peer.call(strings_call("RevertUnitFiles", {{"a.service"}}))) == "");
}

TEST_CASE("Reload is answered when unit files have been read anew") {
    BusWorld world;
    world.write("a.target", "[Unit]\nDescription=before\n");
    CHECK(world.unit("a.target").description() == "before");
    world.write("a.target", "[Unit]\nDescription=after\n");
    auto peer = world.peer();
    CHECK(error_text(peer.call(manager_call("Reload"))) == "");
    CHECK(world.unit("a.target").description() == "after");
}

TEST_CASE("a peer that takes us for a bus is served") {
    BusWorld world;
    auto peer = world.peer(other_peer);
    constexpr std::string_view driver_path = "/org/freedesktop/DBus",
                               driver = "org.freedesktop.DBus";
    CHECK(text_of(peer.call(object_call(driver_path, driver, "Hello"))).starts_with(":1."));
    CHECK(error_text(peer.call(object_call(driver_path, driver, "AddMatch", {"type='signal'"}))) ==
          "");
    CHECK(text_of(peer.call(object_call(driver_path, driver, "GetNameOwner",
                                        {"org.freedesktop.systemd1"}))) == ":1.0");
    CHECK(error_text(peer.call(object_call(driver_path, driver, "GetNameOwner", {"a.b"}))) ==
          "org.freedesktop.DBus.Error.NameHasNoOwner: Could not get owner of name 'a.b': no such "
          "name");
    CHECK(error_text(peer.call(object_call("/nosuch", "org.freedesktop.DBus.Peer", "Ping"))) == "");
}

TEST_CASE("a call that wants no answer gets none") {
    BusWorld world;
    auto peer = world.peer();
    auto call = manager_call("ListUnits");
    call.flags = flag_no_reply_expected;
    REQUIRE(peer.connection.send(call));
    CHECK(error_text(peer.call(object_call("/", "org.freedesktop.DBus.Peer", "Ping"))) == "");
    CHECK(peer.received.size() == 1);
}

TEST_SUITE_END();
