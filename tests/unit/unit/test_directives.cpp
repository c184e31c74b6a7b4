#include "unit/settings/directives.hpp"

#include <doctest/doctest.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <set>
#include <tuple>

#include "base/files.hpp"
#include "base/text.hpp"
#include "test_data.hpp"
#include "unit/service/service_config.hpp"
#include "unit/unit_kind.hpp"
#include "unit/values/enum_text.hpp"
#include "unit/values/inherited.hpp"
#include "wire/property_value.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("unit");

namespace {

// A service whose settings are read one by one.
struct Service {
    LoadedUnit unit;
    Facts facts;
    std::vector<std::string> warnings;

    explicit Service(std::string_view name = "a.service") {
        unit.id = UnitName::parse(name).value();
        unit.names = {unit.id};
        unit.load_state = LoadState::Loaded;
        unit.own = std::make_unique<ServiceConfig>();
        facts.hostname = "box";
    }

    // The warning that a line brings, or "".
    std::string set(std::string_view section, std::string_view key, std::string_view value) {
        const auto* row = find_directive(kind_of(unit), section, key);
        REQUIRE(row != nullptr);
        REQUIRE((row->parse != nullptr));
        std::string said;
        WarningSink warn = [&](std::string_view text) {
            said += said.empty() ? "" : "\n", said += text;
        };
        SpecifierContext specifiers{unit.id, facts, {}, {}};
        Setting setting{{key, value, "f", 7, warn}, unit, *row, specifiers};
        row->parse(setting);
        return said;
    }
    std::string set(std::string_view key, std::string_view value) {
        return set("Service", key, value);
    }
    std::string set_unit(std::string_view key, std::string_view value) {
        return set("Unit", key, value);
    }

    PropertyValue get(std::string_view property) const {
        for (const auto& row : directives())
            if (row.property == property && row.get) return *value_of(row, unit);
        FAIL("no such property: ", std::string(property));
        return false;
    }
    std::string text(std::string_view property) const {
        return std::get<std::string>(get(property));
    }
    std::string words(std::string_view property) const {
        return join(std::get<std::vector<std::string>>(get(property)), " ");
    }
    uint64_t t(std::string_view property) const { return std::get<uint64_t>(get(property)); }
    uint32_t u(std::string_view property) const { return std::get<uint32_t>(get(property)); }
    int32_t i(std::string_view property) const { return std::get<int32_t>(get(property)); }
    bool b(std::string_view property) const { return std::get<bool>(get(property)); }

    std::string dependencies() const {
        std::string out;
        for (const auto& d : unit.unit.dependencies)
            out += cat(out.empty() ? "" : " ", to_string(d.kind), "=", d.name.str());
        return out;
    }
};

} // namespace

TEST_CASE("each directive has one row and each property one owner") {
    std::set<std::pair<std::string_view, std::string_view>> names;
    std::set<std::string_view> properties;
    const UnitKind& kind = kind_of(UnitType::Service);
    for (const auto& row : directives()) {
        if (section_of(row, kind).empty()) continue; // another kind's
        CAPTURE(row.name);
        CAPTURE(row.property);
        CHECK((row.name.empty() || names.emplace(section_of(row, kind), row.name).second));
        CHECK((row.property.empty() || properties.insert(row.property).second));
        CHECK(row.property.empty() == row.signature.empty());
        if (!row.name.empty()) CHECK(find_directive(kind, section_of(row, kind), row.name) == &row);
    }
    CHECK(names.size() > 350);
}

TEST_CASE("every property has the type that its signature says") {
    LoadedUnit not_loaded;
    Service service;
    for (const auto& row : directives()) {
        if (!row.get) continue;
        CAPTURE(row.property);
        CHECK(signature_of(*value_of(row, not_loaded)) == row.signature);
        CHECK(signature_of(*value_of(row, service.unit)) == row.signature);
    }
}

TEST_CASE("docs/compat.md lists each directive with its support") {
    std::set<std::tuple<std::string, std::string, std::string>> documented, known;
    auto page = read_file(std::string(TEST_DATA) + "/../../docs/compat.md").value();
    std::string section;
    for (auto line : split(page, "\n")) {
        if (line.starts_with("### ["))
            section = line.substr(5, line.size() - 6);
        else if (line.starts_with("#"))
            section.clear();
        auto cells = split(line, "|");
        if (section.empty() || cells.size() < 2 || !trim(cells[0]).ends_with('=')) continue;
        auto name = trim(cells[0]);
        name.remove_suffix(1);
        documented.emplace(section, name, trim(cells[1]));
    }
    constexpr std::string_view words[] = {"same", "different", "accepted", "absent", "protection"};
    // What kinds have in common stands with services.
    for (const auto& row : directives()) {
        bool is_tests = static_cast<size_t>(row.kind) >= unit_type_count;
        auto own_section = row.section == Section::Own
                               ? kind_of(row.kind).section
                               : section_of(row, kind_of(UnitType::Service));
        if (!is_tests && !row.name.empty() && !own_section.empty())
            known.emplace(own_section, row.name, words[static_cast<size_t>(row.support)]);
    }
    for (const auto& [s, name, support] : known) {
        CAPTURE(name);
        CHECK(documented.contains({s, name, support}));
    }
    CHECK(documented.size() == known.size());
}

TEST_CASE("a PIDFile= that climbs up makes the unit fail to load") {
    Service s;
    CHECK(s.set("PIDFile", "/a/../b") == "f:7: PIDFile= path is not normalized, ignoring: /a/../b");
    CHECK((s.unit.load_state == LoadState::Error));
}

TEST_CASE("SyslogLevel= is a level's name or number, and stays where it is neither") {
    Service s;
    CHECK(s.set("SyslogLevel", "warning") == "");
    CHECK(std::get<int32_t>(s.get("SyslogLevel")) == 4);
    CHECK(s.set("SyslogLevel", "loud") == "f:7: Failed to parse log level, ignoring: loud");
    CHECK(std::get<int32_t>(s.get("SyslogLevel")) == 4);
}

TEST_CASE("a service that sets no LimitNOFILE= gets systemd's, not ours") {
    Service s;
    CHECK(s.t("LimitNOFILESoft") == 1024);
    CHECK(s.t("LimitNOFILE") >= 524288);
}

TEST_CASE("sections belong to their unit types") {
    auto knows = [](UnitType type, std::string_view section, std::string_view key) {
        return find_directive(kind_of(type), section, key) != nullptr;
    };
    CHECK(knows(UnitType::Service, "Service", "Restart"));
    CHECK(knows(UnitType::Service, "Service", "User"));
    CHECK(!knows(UnitType::Service, "Unit", "Restart"));
    CHECK(!knows(UnitType::Service, "Service", ""));
    CHECK(!knows(UnitType::Target, "Service", "Restart"));
    CHECK(!knows(UnitType::Target, "Target", "User"));
    CHECK(knows(UnitType::Target, "Unit", "After"));
    // What kinds have in common stands in the section of each.
    CHECK(knows(UnitType::Socket, "Socket", "User"));
    CHECK(knows(UnitType::Socket, "Socket", "KillMode"));
    CHECK(!knows(UnitType::Socket, "Socket", "Restart"));
    CHECK(!knows(UnitType::Socket, "Service", "User"));
    CHECK(knows(UnitType::Slice, "Slice", "MemoryMax"));
    CHECK(!knows(UnitType::Slice, "Slice", "User"));
    CHECK(!knows(UnitType::Slice, "Slice", "KillMode"));
}

TEST_CASE("a unit that is not loaded shows systemd's defaults") {
    Service service;
    service.unit.own.reset();
    CHECK(service.text("Type") == "");
    CHECK(service.text("StandardOutput") == "inherit");
    CHECK(service.text("Restart") == "no");
    CHECK(service.text("KillMode") == "control-group");
    CHECK(service.text("Description") == "a.service");
    CHECK(service.i("KillSignal") == 15);
    CHECK(service.i("RestartKillSignal") == 15);
    CHECK(service.t("RestartUSec") == 100'000);
    CHECK(service.t("TimeoutStartUSec") == 90'000'000);
    CHECK(service.t("TimeoutAbortUSec") == 90'000'000);
    CHECK(service.t("RuntimeMaxUSec") == UINT64_MAX);
    CHECK(service.t("JobRunningTimeoutUSec") == UINT64_MAX);
    CHECK(service.i("SuccessActionExitStatus") == -1);
    CHECK(service.u("UMask") == 022);
    CHECK(service.u("RuntimeDirectoryMode") == 0755);
    CHECK(service.u("StartLimitBurst") == 5);
    CHECK(service.t("StartLimitIntervalUSec") == 10'000'000);
    CHECK(service.b("SendSIGKILL"));
    CHECK(service.b("GuessMainPID"));
    CHECK(service.b("DefaultDependencies"));
    CHECK(service.t("TasksMax") == UINT64_MAX);
}

TEST_CASE("bad values are told in systemd's words and change nothing") {
    Service s;
    CHECK(s.set("Restart", "sometimes") ==
          "f:7: Failed to parse service restart specifier, ignoring: sometimes");
    CHECK(s.set("Type", "foo") == "f:7: Failed to parse service type, ignoring: foo");
    CHECK(!service_config(s.unit)->type_set);
    CHECK(s.set("RemainAfterExit", "perhaps") ==
          "f:7: Failed to parse boolean value, ignoring: perhaps");
    CHECK(s.set("RestartSec", "10foo") == "f:7: Failed to parse sec value, ignoring: 10foo");
    CHECK(s.set("TimeoutStopSec", "") == "f:7: Failed to parse time value, ignoring: ");
    CHECK(s.set("TimeoutStartSec", "x") ==
          "f:7: Failed to parse TimeoutStartSec= parameter, ignoring: x");
    CHECK(s.set("TimeoutSec", "x") == "f:7: Failed to parse TimeoutSec= parameter, ignoring: x");
    CHECK(!service_config(s.unit)->timeout_start_set);
    CHECK(s.set("TimeoutAbortSec", "x") ==
          "f:7: Failed to parse TimeoutAbortSec= setting, ignoring: x");
    CHECK(s.set("KillSignal", "") == "f:7: Failed to parse signal name, ignoring: ");
    CHECK(s.set("KillMode", "all") ==
          "f:7: Failed to parse kill mode specification, ignoring: all");
    CHECK(s.set("UMask", "9") == "f:7: Failed to parse mode value, ignoring: 9");
    CHECK(s.set("Nice", "-50") == "f:7: Nice priority out of range, ignoring: -50");
    CHECK(s.set("Nice", "b@d") ==
          "f:7: Failed to parse nice priority 'b@d', ignoring: Invalid argument");
    CHECK(s.set("OOMScoreAdjust", "5000") ==
          "f:7: OOM score adjust value out of range, ignoring: 5000");
    CHECK(s.set("LimitNOFILE", "10:5") ==
          "f:7: Soft resource limit chosen higher than hard limit, ignoring: 10:5");
    CHECK(s.set("LimitNOFILE", "") == "f:7: Failed to parse resource value, ignoring: ");
    CHECK(s.set("BusName", "foo") == "f:7: Invalid bus name, ignoring: foo");
    CHECK(s.set("Sockets", "b.service") == "f:7: Unit must be of type socket, ignoring: b.service");
    CHECK(
        s.set("SuccessExitStatus", "300 SIGFOO") ==
        "f:7: Failed to parse value, ignoring: 300\nf:7: Failed to parse value, ignoring: SIGFOO");
    CHECK(s.set("Environment", "b@d") == "f:7: Invalid environment assignment, ignoring: b@d");
    CHECK(s.set("Environment", "\"x") == "f:7: Invalid syntax, ignoring: \"x");
    CHECK(s.set("EnvironmentFile", "x") ==
          "f:7: EnvironmentFile= path is not absolute, ignoring: x");
    CHECK(s.set("PassEnvironment", "9") ==
          "f:7: Invalid environment name for PassEnvironment, ignoring: 9");
    CHECK(s.set("UnsetEnvironment", "b@d") ==
          "f:7: Invalid environment name or assignment UnsetEnvironment, ignoring: b@d");
    CHECK(s.set("StandardInput", "b@d") == "f:7: Failed to parse input specifier, ignoring: b@d");
    CHECK(s.set("StandardOutput", "file") ==
          "f:7: Failed to parse output specifier, ignoring: file");
    CHECK(s.set("IOSchedulingClass", "9") ==
          "f:7: Failed to parse IO scheduling class, ignoring: 9");
    CHECK(s.set("CPUSchedulingPriority", "-5") ==
          "f:7: CPU scheduling priority is out of range, ignoring: -5");
    CHECK(s.set("RuntimeDirectory", "/x") ==
          "f:7: RuntimeDirectory= path is absolute, ignoring: /x");
    CHECK(s.set("RuntimeDirectory", "private") ==
          "f:7: RuntimeDirectory= path can't be 'private', ignoring assignment: private");
    CHECK(s.set("RuntimeDirectory", "\"x") ==
          "f:7: Invalid syntax RuntimeDirectory=\"x, ignoring: Invalid argument");
    CHECK(s.set_unit("OnFailureJobMode", "triggering").empty());
    CHECK(s.set_unit("OnFailureJobMode", "x") == "f:7: Failed to parse job mode, ignoring: x");
    CHECK(s.set_unit("FailureAction", "x") == "f:7: Failed to parse FailureAction=, ignoring: x");
    CHECK(s.set_unit("SuccessActionExitStatus", "-5") ==
          "f:7: Failed to parse exit status '-5', ignoring: Numerical result out of range");
    CHECK(s.set_unit("Description", "%Z") ==
          "f:7: Failed to resolve unit specifiers in '%Z', ignoring: Invalid slot");
    CHECK(s.set_unit("Documentation", "b@d") == "f:7: Invalid URL, ignoring: b@d");
    CHECK(s.set_unit("RequiresMountsFor", "b@d") ==
          "f:7: RequiresMountsFor= path is not absolute, ignoring: b@d");
    CHECK(s.set_unit("ConditionPathExists", "| /etc") ==
          "f:7: ConditionPathExists= path is not absolute, ignoring:  /etc");
    CHECK(s.set_unit("Requires", "b@d") ==
          "f:7: Failed to add dependency on b@d, ignoring: Invalid argument");

    CHECK(s.unit.load_state == LoadState::Loaded);
    CHECK(s.text("Restart") == "no");
    CHECK(s.t("TimeoutStopUSec") == 90'000'000);
    CHECK(s.words("Environment") == "");
    CHECK(s.unit.unit.dependencies.empty());
    CHECK(s.unit.unit.conditions.empty());
}

TEST_CASE("what systemd refuses a unit for makes its setting a bad one") {
    auto refused = [](std::string_view key, std::string_view value) {
        Service s;
        auto said = s.set(key, value);
        CHECK(s.unit.load_state == LoadState::BadSetting);
        return said;
    };
    CHECK(refused("ExecStart", "%i") == "f:7: Empty path in command line: '%i'");
    CHECK(refused("ExecStart", "/bin/true \"x") ==
          "f:7: Unbalanced quoting, ignoring: \"/bin/true \"x\"");
    CHECK(refused("ExecStart", "bin/true") ==
          "f:7: Neither a valid executable name nor an absolute path: bin/true");
    CHECK(refused("ExecStart", "/bin/date +%Z") ==
          "f:7: Failed to resolve unit specifiers in +%Z: Invalid slot");
    CHECK(refused("User", "-5") == "f:7: Invalid user/group name or numeric ID: -5");
    CHECK(refused("SupplementaryGroups", "a /b") ==
          "f:7: Invalid user/group name or numeric ID: /b");
    CHECK(refused("WorkingDirectory", "b@d") == "f:7: WorkingDirectory= path is not absolute: b@d");
    Service s;
    CHECK(s.set("WorkingDirectory", "-x") ==
          "f:7: WorkingDirectory= path is not absolute, ignoring: x");
    CHECK(s.set("ExecStart", "-%i") == "f:7: Empty path in command line, ignoring: '-%i'");
    CHECK(s.set("ExecStart", "-/bin/date +%Z") ==
          "f:7: Failed to resolve unit specifiers in +%Z, ignoring: Invalid slot");
    CHECK(s.unit.load_state == LoadState::Loaded);
}

TEST_CASE("lists add up, and an empty assignment resets them") {
    Service s;
    CHECK(s.set("SupplementaryGroups", "a b") == "");
    CHECK(s.set("SupplementaryGroups", "c") == "");
    CHECK(s.words("SupplementaryGroups") == "a b c");
    CHECK(s.set("SupplementaryGroups", "") == "");
    CHECK(s.words("SupplementaryGroups") == "");
    CHECK(s.set("ExecStart", "/bin/a ; /bin/b") == "");
    CHECK(s.set("ExecStart", "/bin/c") == "");
    CHECK(service_config(s.unit)->commands(ServiceExecCommand::Start).size() == 3);
    CHECK(s.set("ExecStart", "") == "");
    CHECK(service_config(s.unit)->commands(ServiceExecCommand::Start).empty());
    CHECK(s.set("SuccessExitStatus", "0 KILL 9 TEMPFAIL DATAERR 255 EXEC") == "");
    CHECK(service_config(s.unit)->success_exit_status->statuses ==
          std::vector<uint8_t>{0, 9, 65, 75, 203, 255});
    CHECK(service_config(s.unit)->success_exit_status->signals == std::vector<uint8_t>{9});
    CHECK(s.set("SuccessExitStatus", "") == "");
    CHECK(service_config(s.unit)->success_exit_status->empty());
    CHECK(s.set_unit("ConditionPathExists", "/a") == "");
    CHECK(s.set_unit("ConditionHost", "") == "");
    CHECK(s.unit.unit.conditions.empty());
}

TEST_CASE("lists of resources grow line by line, in systemd's order") {
    Service s;
    auto value = [&]<class T>(std::string_view property, const T&) {
        auto found = value_of(*directive_of(property), s.unit);
        return found ? std::get<T>(*found) : T();
    };
    auto set = [&](std::string_view key, std::initializer_list<std::string_view> lines) {
        for (auto line : lines) CHECK(s.set(key, line) == "");
    };
    set("AllowedCPUs", {"1,3", "8"});
    CHECK(value("AllowedCPUs", Bytes()) == Bytes{0x0a, 0x01});
    set("DeviceAllow", {"/dev/null rw", "char-pts"});
    CHECK(value("DeviceAllow", StringPairs()) ==
          StringPairs{{"char-pts", "rwm"}, {"/dev/null", "rw"}});
    set("IODeviceWeight", {"/dev/zero 300", "/dev/null 200", "/dev/zero 400"});
    CHECK(value("IODeviceWeight", NumberedPaths()) ==
          NumberedPaths{{"/dev/zero", 300}, {"/dev/null", 200}, {"/dev/zero", 400}});
    set("IOReadBandwidthMax",
        {"/dev/zero 1K", "/dev/null 5M", "/dev/null 7M", "/dev/zero infinity"});
    CHECK(value("IOReadBandwidthMax", NumberedPaths()) == NumberedPaths{{"/dev/null", 7000000}});
    set("IPAddressAllow", {"10.1.2.3/8", "1.2.3.4 10.0.0.0/8"});
    CHECK(value("IPAddressAllow", Addresses()) ==
          Addresses{{2, {10, 0, 0, 0}, 8}, {2, {1, 2, 3, 4}, 32}});
    set("SocketBindAllow", {"any", "udp:5"});
    CHECK(value("SocketBindAllow", PortRules()) == PortRules{{0, 17, 1, 5}, {0, 0, 0, 0}});
    set("RestrictNetworkInterfaces", {"~lo eth0", "eth1 eth0"});
    CHECK(value("RestrictNetworkInterfaces", NameFilter()) == NameFilter{false, {"lo"}});
    set("IPAddressAllow", {""});
    CHECK(value("IPAddressAllow", Addresses()).empty());
}

TEST_CASE("what is not acted on of systemd.exec(5) is told as it is written") {
    Service s;
    auto said = [&](std::string_view key, std::initializer_list<std::string_view> lines) {
        std::string text;
        for (auto line : lines) text += s.set(key, line);
        return text;
    };
    auto is = [&](std::string_view property, const PropertyValue& value) {
        auto found = value_of(*directive_of(property), s.unit);
        return found && *found == value;
    };
    CHECK(said("TimerSlackNSec", {"1ms"}) == "");
    CHECK(is("TimerSlackNSec", uint64_t{1000000}));
    CHECK(said("TimerSlackNSec", {"x"}) == "f:7: Failed to parse nsec value, ignoring: x");
    CHECK(said("LogRateLimitBurst", {"7"}) == "");
    CHECK(is("LogRateLimitBurst", uint32_t{7}));
    CHECK(said("SystemCallErrorNumber", {"EPERM"}) == "");
    CHECK(is("SystemCallErrorNumber", int32_t{1}));
    CHECK(said("SystemCallErrorNumber", {"kill"}) == "");
    CHECK(is("SystemCallErrorNumber", int32_t{2147483646}));
    CHECK(said("RestrictNamespaces", {"~user", "~net"}) == "");
    CHECK(is("RestrictNamespaces", uint64_t{0x7e020000 & ~0x50000000}));
    CHECK(said("RestrictNamespaces", {"", "user", "~net"}) == "");
    CHECK(is("RestrictNamespaces", uint64_t{0x10000000}));
    CHECK(said("RestrictNamespaces", {"ipc foo"}) ==
          "f:7: Failed to parse namespace type string, ignoring: ipc foo");
    CHECK(said("MountFlags", {"shared", "x"}) == "f:7: Failed to parse mount flag, ignoring: x");
    CHECK(is("MountFlags", uint64_t{1 << 20}));
    CHECK(said("CoredumpFilter", {"private-anonymous 0x4"}) == "");
    CHECK(is("CoredumpFilter", uint64_t{5}));
    CHECK(said("NUMAPolicy", {"bind"}) == "");
    CHECK(is("NUMAPolicy", int32_t{2}));
    CHECK(said("NUMAMask", {"0-3", "8"}) == "");
    CHECK(is("NUMAMask", Bytes{0x0f, 0x01}));
    CHECK(said("RestrictAddressFamilies", {"AF_UNIX AF_INET", "AF_INET6 AF_FOO"}) ==
          "f:7: Failed to parse address family, ignoring: AF_FOO");
    CHECK(is("RestrictAddressFamilies", NameFilter{true, {"AF_INET", "AF_INET6", "AF_UNIX"}}));
    CHECK(said("RestrictAddressFamilies", {"none", "~AF_INET"}) == "");
    CHECK(is("RestrictAddressFamilies", NameFilter{false, {"AF_INET"}}));
    CHECK(said("TemporaryFileSystem", {"/var:ro,size=1M /opt", "x"}) ==
          "f:7: TemporaryFileSystem= path is not absolute, ignoring: x");
    CHECK(is("TemporaryFileSystem", StringPairs{{"/var", "ro,size=1M"}, {"/opt", ""}}));
    CHECK(said("BindPaths", {"/tmp/x:/tmp/y /a", "-/c:/d:norbind"}) == "");
    CHECK(is("BindPaths", BindMounts{{"/tmp/x", "/tmp/y", false, 0x4000},
                                     {"/a", "/a", false, 0x4000},
                                     {"/c", "/d", true, 0}}));
    CHECK(said("SELinuxContext", {"-foo"}) == "");
    CHECK(is("SELinuxContext", OptionalLabel{true, "foo"}));
    CHECK(said("LogExtraFields", {"A=1 B=2", "C=3"}) == "");
    CHECK(is("LogExtraFields", ByteStrings{{'A', '=', '1'}, {'B', '=', '2'}, {'C', '=', '3'}}));
    CHECK(said("ReadOnlyDirectories", {"/a -/b"}) == "");
    CHECK(s.words("ReadOnlyPaths") == "/a -/b");
}

TEST_CASE("filters and images are told as systemd makes them of what is written") {
    Service s;
    auto said = [&](std::string_view key, std::initializer_list<std::string_view> lines) {
        std::string text;
        for (auto line : lines) text += s.set(key, line);
        return text;
    };
    auto value = [&](std::string_view property) {
        return value_of(*directive_of(property), s.unit);
    };
    auto filter = [&](std::string_view property) {
        auto [allows, names] = std::get<NameFilter>(*value(property));
        return cat(allows ? "" : "~", join(names, " "));
    };
    CHECK(filter("SystemCallFilter") == "~");
    CHECK(said("SystemCallFilter",
               {"~@clock:EPERM stime:kill", "~settimeofday:38 adjtimex", "clock_settime"}) == "");
    CHECK(filter("SystemCallFilter") ==
          "~adjtimex clock_adjtime64:EPERM clock_adjtime:EPERM "
          "clock_settime64:EPERM settimeofday:ENOSYS stime:kill");
    CHECK(said("SystemCallFilter", {"", "@aio", "~@default io_setup"}) == "");
    CHECK(filter("SystemCallFilter") ==
          "io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_submit "
          "io_uring_enter io_uring_register io_uring_setup");
    CHECK(said("SystemCallFilter", {"read:EPERM"}) ==
          "f:7: Allow-listed system calls cannot take error number, ignoring: read:EPERM");
    CHECK(said("SystemCallFilter", {"read:foo"}) ==
          "f:7: Failed to parse syscall:errno, ignoring: read:foo");
    CHECK(said("SystemCallFilter", {"nosuch @nosuch"}) ==
          "f:7: Failed to parse system call, ignoring: nosuch\n"
          "f:7: Unknown system call group, ignoring: @nosuch");
    CHECK(said("SystemCallLog", {"read write", "~read"}) == "");
    CHECK(filter("SystemCallLog") == "write");
    CHECK(said("SystemCallLog", {"", "~@swap"}) == "");
    CHECK(filter("SystemCallLog") == "~swapoff swapon");
    CHECK(said("RestrictFileSystems", {"ext4", "~@nosuch"}) ==
          "f:7: bpf-lsm: Unknown filesystem group, ignoring: @nosuch");
    CHECK(filter("RestrictFileSystems") == "");
    CHECK(said("SystemCallArchitectures", {"x86-64 native", "arm64 native bad"}) ==
          "f:7: Failed to parse system call architecture \"bad\", ignoring: Invalid argument");
    CHECK(s.words("SystemCallArchitectures") == "arm64 native x86-64");
    CHECK(said("RootImageOptions", {"root:ro home:rw x:y", "dev"}) ==
          "f:7: Invalid partition name x, ignoring");
    CHECK(*value("RootImageOptions") ==
          PropertyValue(StringPairs{{"root", "ro"}, {"home", "rw"}, {"root", "dev"}}));
    CHECK(said("RootHash", {"00112233445566778899aabbccddeeff"}) == "");
    CHECK(std::get<Bytes>(*value("RootHash"))[15] == 0xff);
    CHECK(said("RootHash", {"/x.hash", "abc", "ab"}) ==
          "f:7: Failed to decode RootHash=, ignoring: abc"
          "f:7: RootHash= is too short, ignoring: ab");
    CHECK(!value("RootHash"));
    CHECK(*value("RootHashPath") == PropertyValue("/x.hash"));
    CHECK(said("RootHashSignature", {"base64:AAEC", "x"}) ==
          "f:7: Failed to decode RootHashSignature=, not a path but doesn't start with 'base64:', "
          "ignoring: x");
    CHECK(*value("RootHashSignature") == PropertyValue(Bytes{0, 1, 2}));
    CHECK(said("ExtensionImages", {"-/a:root:ro:home:rw /b", "/d:ro"}) == "");
    CHECK(*value("ExtensionImages") ==
          PropertyValue(ExtensionImages{{"/a", true, {{"root", "ro"}, {"home", "rw"}}},
                                        {"/b", false, {}},
                                        {"/d", false, {{"root", "ro"}}}}));
    CHECK(said("MountImages", {"/a:/b:ro -/c:/d", "/e"}) ==
          "f:7: Missing destination in MountImages, ignoring: /e");
    CHECK(*value("MountImages") == PropertyValue(MountImages{{"/a", "/b", false, {{"root", "ro"}}},
                                                             {"/c", "/d", true, {}}}));
    CHECK(said("BPFProgram", {"egress:/a", "ingress:/b", "x:/c"}) ==
          "f:7: Unknown BPF attach type=x, ignoring: x:/c");
    CHECK(*value("BPFProgram") == PropertyValue(StringPairs{{"ingress", "/b"}, {"egress", "/a"}}));
    CHECK(said("IPIngressFilterPath", {"/a /b"}) == "");
    CHECK(s.words("IPIngressFilterPath") == "/a /b");
    CHECK(said("LogExtraFields", {"A=1 bad"}) ==
          "f:7: Log field lacks '=' character, ignoring: bad");
    CHECK(said("Personality", {"bad"}) == "f:7: Failed to parse personality, ignoring: bad");
}

TEST_CASE("a resource's value that is none, or outside of its bounds, is told in systemd's words") {
    Service s;
    CHECK(s.set("MemoryMax", "0") == "f:7: Memory limit '0' out of range, ignoring.");
    CHECK(s.set("MemoryMax", "x") == "f:7: Invalid memory limit 'x', ignoring: Invalid argument");
    CHECK(s.set("TasksMax", "0") == "f:7: Maximum tasks value '0' out of range, ignoring.");
    CHECK(s.set("TasksMax", "x") ==
          "f:7: Invalid maximum tasks value 'x', ignoring: Invalid argument");
    CHECK(s.set("CPUQuota", "0%") == "f:7: Invalid CPU quota '0%', ignoring.");
    CHECK(s.set("CPUWeight", "0") == "f:7: Invalid CPU weight, ignoring: 0");
    CHECK(s.set("IOWeight", "10001") == "f:7: Invalid weight, ignoring: 10001");
    CHECK(s.set("IOWeight", "idle") == "f:7: Invalid weight, ignoring: idle");
    CHECK(s.set("SocketBindDeny", "udp:80 tcp:90") ==
          "f:7: Unable to parse SocketBindDeny= assignment, ignoring: udp:80 tcp:90");
    CHECK(s.set("IPAddressDeny", "x") == "f:7: Address prefix is invalid, ignoring assignment: x");
    CHECK(s.set("ManagedOOMMemoryPressureLimit", "200%") ==
          "f:7: Failed to parse memory pressure limit value, ignoring: 200%");
    CHECK(s.unit.written_only.empty());
}

TEST_CASE("the later assignment to a variable wins in the place of the first") {
    Service s;
    CHECK(s.set("Environment", "A=1 B=2 \"C=3 4\" A=5") == "");
    CHECK(s.set("Environment", "\"D=%n\" 'E=a\"b' F=%%") == "");
    CHECK(std::get<std::vector<std::string>>(s.get("Environment")) ==
          std::vector<std::string>{"A=5", "B=2", "C=3 4", "D=a.service", "E=a\"b", "F=%"});
    CHECK(s.set("EnvironmentFile", "-/etc//x") == "");
    CHECK(s.unit.exec->environment_files.at(0).path == "/etc/x");
    CHECK(s.unit.exec->environment_files.at(0).optional);
}

TEST_CASE("limits of time take zero for none where systemd does") {
    Service s;
    CHECK(s.set("TimeoutSec", "5") == "");
    CHECK(s.t("TimeoutStartUSec") == 5'000'000);
    CHECK(s.t("TimeoutAbortUSec") == 5'000'000);
    CHECK(s.set("TimeoutSec", "0") == "");
    CHECK(s.t("TimeoutStartUSec") == UINT64_MAX);
    CHECK(s.t("TimeoutStopUSec") == UINT64_MAX);
    CHECK(service_config(s.unit)->timeout_start_set);
    CHECK(s.set("TimeoutAbortSec", "0") == "");
    CHECK(s.t("TimeoutAbortUSec") == 0);
    CHECK(s.set("TimeoutAbortSec", "") == "");
    CHECK(s.t("TimeoutAbortUSec") == UINT64_MAX);
    CHECK(s.set("RestartSec", "0") == "");
    CHECK(s.t("RestartUSec") == 0);
    CHECK(s.set_unit("JobTimeoutSec", "7") == "");
    CHECK(s.t("JobRunningTimeoutUSec") == 7'000'000);
    CHECK(s.set_unit("JobRunningTimeoutSec", "5") == "");
    CHECK(s.t("JobRunningTimeoutUSec") == 5'000'000);
}

TEST_CASE("paths are made simple, and old places new") {
    Service s;
    CHECK(s.set("PIDFile", "x.pid") == "");
    CHECK(s.text("PIDFile") == "/run/x.pid");
    CHECK(s.set("PIDFile", "/var/run/x//y.pid") ==
          "f:7: PIDFile= references a path below legacy directory /var/run/, updating "
          "/var/run/x/y.pid \u2192 /run/x/y.pid; please update the unit file accordingly.");
    CHECK(s.text("PIDFile") == "/run/x/y.pid");
    CHECK(s.set("WorkingDirectory", "-/x//y/") == "");
    CHECK(s.text("WorkingDirectory") == "!/x/y");
    CHECK(s.set("WorkingDirectory", "~") == "");
    CHECK(s.text("WorkingDirectory") == "~");
    CHECK(s.set("WorkingDirectory", "") == "");
    CHECK(s.text("WorkingDirectory") == "");
}

TEST_CASE("directories stay sorted and may have links") {
    Service s;
    CHECK(s.set("RuntimeDirectory", "b/c a:d:e") == "");
    CHECK(s.set("RuntimeDirectory", "%N") == "");
    CHECK(s.words("RuntimeDirectory") == "a b/c");
    CHECK(s.unit.exec->directories[0].items[0].symlinks == std::vector<std::string>{"d"});
    CHECK(s.set("RuntimeDirectoryMode", "700") == "");
    CHECK(s.u("RuntimeDirectoryMode") == 0700);
    CHECK(s.set("StateDirectory", "q") == "");
    CHECK(s.words("StateDirectory") == "q");
    CHECK(s.set("RuntimeDirectoryPreserve", "yes") == "");
    CHECK(s.text("RuntimeDirectoryPreserve") == "yes");
    CHECK(s.set("RuntimeDirectoryPreserve", "restart") == "");
    CHECK(s.text("RuntimeDirectoryPreserve") == "restart");
}

TEST_CASE("standard streams go to files, descriptors and the journal") {
    Service s;
    CHECK(s.set("StandardInput", "file:/x") == "");
    CHECK(s.text("StandardInput") == "file");
    CHECK(s.set("StandardOutput", "append:/var//log/%n") == "");
    CHECK(s.text("StandardOutput") == "append");
    CHECK(s.unit.exec->std_output_file == "/var/log/a.service");
    CHECK(s.set("StandardError", "fd") == "");
    CHECK(s.text("StandardErrorFileDescriptorName") == "stderr");
    CHECK(s.set("StandardInput", "fd:foo") == "");
    CHECK(s.text("StandardInputFileDescriptorName") == "foo");
    CHECK(s.set("StandardOutput", "syslog") ==
          "f:7: Standard output type syslog is obsolete, automatically updating to journal. Please "
          "update your unit file, and consider removing the setting altogether.");
    CHECK(s.text("StandardOutput") == "journal");
    CHECK(s.text("StandardOutputFileDescriptorName") == "");
    CHECK(s.set("StandardInputText", "hel\\x6co") == "");
    CHECK(s.set("StandardInputData", "aGVsbG8=") == "");
    CHECK(s.unit.exec->std_input_data == "hello\nhello");
}

TEST_CASE("limits and scheduling read as systemd reads them") {
    Service s;
    CHECK(s.set("LimitNOFILE", "5:10") == "");
    CHECK(s.t("LimitNOFILE") == 10);
    CHECK(s.t("LimitNOFILESoft") == 5);
    CHECK(s.set("LimitNICE", "+5") == "");
    CHECK(s.t("LimitNICE") == 15);
    CHECK(s.set("LimitRTTIME", "5s") == "");
    CHECK(s.t("LimitRTTIME") == 5'000'000);
    CHECK(s.set("LimitCPU", "1min") == "");
    CHECK(s.t("LimitCPUSoft") == 60);
    CHECK(s.set("LimitCPU", "infinity") == "");
    CHECK(s.t("LimitCPU") == UINT64_MAX);
    CHECK(s.unit.exec->limits.size() == 4);
    CHECK(s.set("IOSchedulingClass", "idle") == "");
    CHECK(s.set("IOSchedulingPriority", "3") == "");
    CHECK(s.i("IOSchedulingClass") == 3);
    CHECK(s.i("IOSchedulingPriority") == 3);
    CHECK(s.set("CPUSchedulingPolicy", "fifo") == "");
    CHECK(s.i("CPUSchedulingPriority") == 1);
    CHECK(s.set("CPUSchedulingPriority", "99") == "");
    CHECK(s.set("CPUSchedulingPolicy", "batch") == "");
    CHECK(s.i("CPUSchedulingPriority") == 0);
    CHECK(s.set("Nice", "+5") == "");
    CHECK(s.i("Nice") == 5);
    CHECK(s.set("Nice", "") == "");
    CHECK(!s.unit.exec->nice);
}

TEST_CASE("what a unit does not say of its processes' scheduling is the manager's") {
    Service s;
    CHECK(s.i("Nice") == getpriority(PRIO_PROCESS, 0));
    CHECK(s.i("CPUSchedulingPolicy") == sched_getscheduler(0));
    CHECK(s.i("IOSchedulingClass") == inherited_io_priority() >> io_class_shift);
    int before = prctl(PR_GET_TIMERSLACK);
    prctl(PR_SET_TIMERSLACK, 71'000);
    CHECK(s.t("TimerSlackNSec") == 71'000);
    prctl(PR_SET_TIMERSLACK, before);
    CHECK(s.set("CPUSchedulingPriority", "0") == "");
    CHECK(s.unit.exec->cpu_scheduling_policy == SCHED_OTHER);
    CHECK(s.set("CPUSchedulingPolicy", "") == "");
    CHECK(!s.unit.exec->cpu_scheduling_policy);
}

TEST_CASE("dependencies take several names, templates and old words") {
    Service s("a@one.service");
    CHECK(s.set_unit("Requires", "t@.service x.target a\\x2db.service") == "");
    CHECK(s.set_unit("Requires", "") == "");
    CHECK(s.set_unit("BindTo", "%i.service") == "");
    CHECK(s.set_unit("RequiresOverridable", "y.service") ==
          "f:7: Unit dependency type RequiresOverridable= is obsolete, replacing by Requires=, "
          "please "
          "update your unit file");
    CHECK(s.set_unit("Requires", "\"q") ==
          "f:7: Failed to add dependency on \"q, ignoring: Invalid argument");
    CHECK(s.dependencies() ==
          "Requires=t@one.service Requires=x.target Requires=a\\x2db.service "
          "BindsTo=one.service Requires=y.service");
}

TEST_CASE("start limits may still stand in [Service]") {
    Service s;
    CHECK(s.set("StartLimitInterval", "7s") == "");
    CHECK(s.set("StartLimitBurst", "9") == "");
    CHECK(s.t("StartLimitIntervalUSec") == 7'000'000);
    CHECK(s.u("StartLimitBurst") == 9);
    CHECK(s.set_unit("OnFailureIsolate", "yes") ==
          "OnFailureIsolate is deprecated. Please use OnFailureJobMode= instead");
    CHECK(s.text("OnFailureJobMode") == "isolate");
}

TEST_CASE("conditions take | and ! in this order") {
    Service s;
    CHECK(s.set_unit("ConditionPathExists", "|!/x//y") == "");
    CHECK(s.set_unit("ConditionVirtualization", "!container") == "");
    CHECK(s.set_unit("AssertHost", "%n") == "");
    CHECK(s.unit.unit.conditions ==
          std::vector<Condition>{{ConditionType::PathExists, true, true, "/x/y"},
                                 {ConditionType::Virtualization, false, true, "container"}});
    CHECK(s.unit.unit.asserts ==
          std::vector<Condition>{{ConditionType::Host, false, false, "a.service"}});
}

TEST_SUITE_END();
