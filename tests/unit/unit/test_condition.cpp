#include "unit/condition/condition.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <set>

#include "base/text.hpp"
#include "temporary_directory.hpp"
#include "unit/values/enum_text.hpp"
#include "unit/values/version_compare.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("unit");

namespace {

// A machine with something for each condition to find.
struct Machine {
    TemporaryDirectory directory;
    Root root = directory.root();
    Facts facts;

    Machine() {
        facts.hostname = "web1";
        facts.kernel_release = "6.1.0-18-amd64";
        facts.architecture = "x86-64";
        facts.machine_id = "0123456789abcdef0123456789abcdef";
        facts.os_release = OsRelease{{{"ID", "debian"}, {"VERSION_ID", "12"}}};
        facts.virtualization = "podman";
        facts.environment = {"A=1", "CREDENTIALS_DIRECTORY=/cred"};
        facts.user.groups = {{"adm", 4}};
        directory.write("/cred/token", "x");
        directory.write("/proc/1/cmdline", std::string("systemctl\0init\0mode=fast\0quiet\0", 31));
        directory.write("/proc/cmdline", "root=/dev/sda quiet");
        directory.write("/proc/self/status", "Name:\tx\nCapBnd:\t00000000a80425fb\n");
        directory.write("/proc/meminfo", "MemTotal:        4194304 kB\nMemFree: 1 kB\n");
        directory.write("/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu sse2\n");
        directory.write("/proc/pressure/memory",
                        "some avg10=50.00 avg60=0 avg300=0 total=1\nfull avg10=20.00 avg60=5.00 "
                        "avg300=1.00 total=1\n");
        directory.write(
            "/proc/pressure/io",
            "some avg10=0 avg60=0 avg300=0 total=1\nfull avg10=0 avg60=0 avg300=9.5 total=1\n");
        directory.write("/proc/pressure/cpu", "some avg10=0 avg60=0 avg300=3.00 total=1\n");
        directory.write("/sys/fs/cgroup/cgroup.controllers", "cpu memory pids\n");
        directory.write("/sys/module/apparmor/parameters/enabled", "Y\n");
        directory.write("/sys/firmware/efi/x", "");
        directory.write("/sys/class/dmi/id/board_name", "Board 7\n");
        directory.write("/sys/class/power_supply/AC/type", "Mains\n");
        directory.write("/sys/class/power_supply/AC/online", "0\n");
        directory.write("/run/systemd/first-boot", "");
        directory.write("/usr/bin/tool", "#!", 0755);
        directory.write("/etc/empty", "");
        directory.write("/etc/.updated", "");
        directory.write("/etc/conf.d/a.conf", "x");
        directory.write("/srv/hidden/.x", "");
        directory.link("/etc/link", "conf.d");
        directory.link("/etc/dangling", "nothing");
    }

    bool holds(ConditionType type, const std::string& parameter) {
        return condition_holds({type, false, false, parameter}, facts, root);
    }
    ConditionVerdict check(const std::vector<Condition>& conditions) {
        return check_all(conditions, facts, root);
    }
};

struct Row {
    std::string_view type;
    std::string parameter;
    bool holds;
};

const std::vector<Row> rows = {
    {"Architecture", "x86-64", true},
    {"Architecture", "native", true},
    {"Architecture", "arm64", false},
    {"Firmware", "uefi", true},
    {"Firmware", "device-tree", false},
    {"Firmware", "smbios-field(board_name = \"Board*\")", true},
    {"Firmware", "smbios-field(board_name != \"Board*\")", false},
    {"Firmware", "device-tree-compatible(x)", false},
    {"Firmware", "other", false},
    {"Virtualization", "yes", true},
    {"Virtualization", "container", true},
    {"Virtualization", "podman", true},
    {"Virtualization", "vm", false},
    {"Virtualization", "no", false},
    {"Virtualization", "docker", false},
    {"Virtualization", "private-users", false},
    {"Host", "WEB*", true},
    {"Host", "web2", false},
    {"Host", "01234567-89ab-cdef-0123-456789abcdef", true},
    {"Host", "00000000000000000000000000000000", false},
    {"KernelCommandLine", "init", true},
    {"KernelCommandLine", "mode", true},
    {"KernelCommandLine", "mode=fast", true},
    {"KernelCommandLine", "mode=slow", false},
    {"KernelCommandLine", "root", false},
    {"KernelVersion", ">=5.10", true},
    {"KernelVersion", ">= 5.10 <7", true},
    {"KernelVersion", "6.1.*", true},
    {"KernelVersion", "<6", false},
    {"KernelVersion", "5.*", false},
    {"KernelVersion", ">=5 <6", false},
    {"Credential", "token", true},
    {"Credential", "other", false},
    {"Credential", "../cred/token", false},
    {"Environment", "A", true},
    {"Environment", "A=1", true},
    {"Environment", "A=2", false},
    {"Environment", "B", false},
    {"Security", "apparmor", true},
    {"Security", "selinux", false},
    {"Security", "audit", false},
    {"Security", "nothing", false},
    {"Capability", "CAP_CHOWN", true},
    {"Capability", "cap_net_bind_service", true},
    {"Capability", "CAP_SYS_ADMIN", false},
    {"Capability", "CAP_FOO", false},
    {"ACPower", "no", true},
    {"ACPower", "yes", false},
    {"NeedsUpdate", "/etc", false},
    {"NeedsUpdate", "/var", true},
    {"FirstBoot", "yes", true},
    {"FirstBoot", "no", false},
    {"PathExists", "/etc/empty", true},
    {"PathExists", "/etc/dangling", false},
    {"PathExistsGlob", "/etc/*.d/*.conf", true},
    {"PathExistsGlob", "/etc/{x,conf}.d/a.conf", true},
    {"PathExistsGlob", "/etc/*.conf", false},
    {"PathExistsGlob", "/srv/hidden/*", false},
    {"PathExistsGlob", "/srv/hidden/.*", true},
    {"PathIsDirectory", "/etc/link", true},
    {"PathIsDirectory", "/etc/empty", false},
    {"PathIsSymbolicLink", "/etc/link", true},
    {"PathIsSymbolicLink", "/etc/conf.d", false},
    {"PathIsMountPoint", "/etc", false},
    {"PathIsMountPoint", "/nothing", false},
    {"PathIsReadWrite", "/etc", true},
    {"PathIsReadWrite", "/nothing", false},
    {"PathIsEncrypted", "/etc", false},
    {"DirectoryNotEmpty", "/etc/conf.d", true},
    {"DirectoryNotEmpty", "/srv/hidden", false},
    {"DirectoryNotEmpty", "/nothing", false},
    {"FileNotEmpty", "/usr/bin/tool", true},
    {"FileNotEmpty", "/etc/empty", false},
    {"FileNotEmpty", "/etc", false},
    {"FileIsExecutable", "/usr/bin/tool", true},
    {"FileIsExecutable", "/etc/empty", false},
    {"FileIsExecutable", "/etc", false},
    {"User", "root", true},
    {"User", "0", true},
    {"User", "@system", true},
    {"User", "www-data", false},
    {"User", "33", false},
    {"Group", "root", true},
    {"Group", "adm", true},
    {"Group", "4", true},
    {"Group", "users", false},
    {"ControlGroupController", "v2", true},
    {"ControlGroupController", "cpu memory", true},
    {"ControlGroupController", "v1", false},
    {"ControlGroupController", "io", false},
    {"ControlGroupController", "nobody-knows", true},
    {"Memory", "4G", true},
    {"Memory", ">=4G", true},
    {"Memory", "<4G", false},
    {"Memory", "5G", false},
    {"Memory", "some", false},
    {"CPUs", "1", true},
    {"CPUs", ">= 1", true},
    {"CPUs", ">100000", false},
    {"CPUFeature", "sse2", true},
    {"CPUFeature", "sse", false},
    {"OSRelease", "ID=debian", true},
    {"OSRelease", "ID=debian VERSION_ID>=11", true},
    {"OSRelease", "ID!=debian", false},
    {"OSRelease", "VERSION_ID>12", false},
    {"OSRelease", "ID= debian", false},
    {"MemoryPressure", "2%", true},
    {"MemoryPressure", "10%/10s", false},
    {"MemoryPressure", "5%/1min", true},
    {"CPUPressure", "3%", true},
    {"CPUPressure", "2%", false},
    {"CPUPressure", "x", false},
    {"IOPressure", "10%", true},
    {"IOPressure", "9%/5min", false},
    {"IOPressure", "system.slice:0%", true},
};

} // namespace

TEST_CASE("every condition holds and fails as systemd.unit(5) says") {
    Machine machine;
    std::set<ConditionType> held, failed;
    for (const auto& row : rows) {
        CAPTURE(row.type);
        CAPTURE(row.parameter);
        auto type = from_text<ConditionType>(row.type).value();
        CHECK(machine.holds(type, row.parameter) == row.holds);
        (row.holds ? held : failed).insert(type);
    }
    CHECK(failed.size() == EnumText<ConditionType>::words.size());
    // A mount point and an encrypted volume are not to be had in a temporary directory.
    CHECK(held.size() == EnumText<ConditionType>::words.size() - 2);
}

TEST_CASE("the root and /proc are mount points") {
    CHECK(path_condition_holds(ConditionType::PathIsMountPoint, "/", Root()) == true);
    CHECK(path_condition_holds(ConditionType::PathIsMountPoint, "/proc", Root()) == true);
}

TEST_CASE("an encrypted volume is found below the device that a path lies on") {
    TemporaryDirectory directory;
    struct stat found;
    directory.write("/data", "");
    REQUIRE(stat((directory.path() + "/data").c_str(), &found) == 0);
    auto device = cat("/sys/dev/block/", major(found.st_dev), ":", minor(found.st_dev));
    directory.write(device + "/slaves/dm-0/dev", "253:7\n");
    CHECK(path_condition_holds(ConditionType::PathIsEncrypted, "/data", directory.root()) == false);
    directory.write("/sys/dev/block/253:7/dm/uuid", "CRYPT-LUKS2-x\n");
    CHECK(path_condition_holds(ConditionType::PathIsEncrypted, "/data", directory.root()) == true);
}

TEST_CASE("outside a container the kernel's own command line counts") {
    Machine machine;
    machine.facts.virtualization = "kvm";
    CHECK(machine.holds(ConditionType::KernelCommandLine, "root"));
    CHECK(!machine.holds(ConditionType::KernelCommandLine, "init"));
    CHECK(machine.holds(ConditionType::Virtualization, "vm"));
}

TEST_CASE("a condition on a FIFO does not wait") {
    Machine machine;
    REQUIRE(mkfifo((machine.directory.path() + "/fifo").c_str(), 0600) == 0);
    CHECK(machine.holds(ConditionType::PathExists, "/fifo"));
    CHECK(!machine.holds(ConditionType::FileNotEmpty, "/fifo"));
    CHECK(!machine.holds(ConditionType::DirectoryNotEmpty, "/fifo"));
}

TEST_CASE("all conditions without | must hold, and one of those with it") {
    using enum ConditionType;
    using enum ConditionResult;
    Machine machine;
    const Condition yes{PathExists, false, false, "/etc"}, no{PathExists, false, false, "/no"};
    const Condition no_negated{PathExists, false, true, "/etc"};
    const Condition trigger_yes{PathExists, true, false, "/etc"},
        trigger_no{PathExists, true, false, "/no"};

    CHECK(machine.check({}).met);
    CHECK(machine.check({yes, yes}).met);
    CHECK(machine.check({trigger_no, trigger_yes, yes}).met);

    auto first = machine.check({yes, no, no_negated});
    CHECK(!first.met);
    CHECK(first.results == std::vector{Succeeded, Failed, Untested});
    CHECK(first.reason == "of an unmet condition check (ConditionPathExists=/no)");

    auto negated = machine.check({trigger_yes, no_negated});
    CHECK(!negated.met);
    CHECK(negated.reason == "of an unmet condition check (ConditionPathExists=!/etc)");

    auto triggers = machine.check({trigger_no, yes, trigger_no});
    CHECK(!triggers.met);
    CHECK(triggers.reason == "no trigger condition checks were met");
    CHECK(triggers.results == std::vector{Failed, Succeeded, Failed});
}

TEST_CASE("versions are compared as the version format specification says") {
    const std::vector<std::string> ascending = {"~1",  "",    "1~rc1", "1",  "1-2", "1^x",
                                                "1.0", "1.9", "1.10",  "2a", "2b",  "122.1"};
    for (size_t i = 0; i + 1 < ascending.size(); ++i) {
        CAPTURE(ascending[i]);
        CHECK(compare_versions(ascending[i], ascending[i + 1]) < 0);
        CHECK(compare_versions(ascending[i + 1], ascending[i]) > 0);
        CHECK(compare_versions(ascending[i], ascending[i]) == 0);
    }
    CHECK(compare_versions("6.01", "6.1") == 0);
}

TEST_SUITE_END();
