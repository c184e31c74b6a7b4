#include "os/machine.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/run_dir.hpp"
#include "temporary_directory.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("os");

TEST_CASE("facts are read from the root's files") {
    TemporaryDirectory dir;
    dir.write("/etc/machine-id", "0123456789abcdef0123456789abcdef\n");
    dir.write("/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n# comment\n");
    dir.write("/etc/machine-info", "PRETTY_HOSTNAME=\"My Machine\"\n");
    auto facts = collect_facts(dir.root());
    CHECK(facts.machine_id == "0123456789abcdef0123456789abcdef");
    REQUIRE(facts.os_release);
    CHECK(facts.os_release->get("VERSION_ID") == "12");
    CHECK(facts.pretty_hostname == "My Machine");
    CHECK(facts.user.uid == geteuid());
    CHECK(!facts.hostname.empty());
    CHECK(!facts.architecture.empty());
    CHECK(!facts.virtualization.empty());
    CHECK(!facts.environment.empty());
}

TEST_CASE("a machine id that is not set up is none") {
    TemporaryDirectory dir;
    CHECK(!collect_facts(dir.root()).machine_id);
    CHECK(!collect_facts(dir.root()).os_release);
    dir.write("/etc/machine-id", "uninitialized\n");
    CHECK(!collect_facts(dir.root()).machine_id);
    dir.write("/etc/machine-id", "00000000000000000000000000000000\n");
    CHECK(!collect_facts(dir.root()).machine_id);
}

TEST_CASE("a container is known by what its manager leaves, and is the innermost") {
    using Kind = Virtualization::Kind;
    TemporaryDirectory dir;
    auto detect = [&] { return detect_container(dir.root()); };
    CHECK(detect() == Virtualization{});
    dir.write("/sys/class/dmi/id/sys_vendor", "innotek GmbH\n");
    CHECK(detect_virtualization(dir.root()) == Virtualization{Kind::Machine, "oracle"});
    dir.write("/.dockerenv", "");
    CHECK(detect_virtualization(dir.root()) == Virtualization{Kind::Container, "docker"});
    dir.write("/run/.containerenv", "");
    CHECK(detect() == Virtualization{Kind::Container, "podman"});
    dir.write("/proc/1/environ", std::string_view("A=b\0container=lxc\0", 18));
    CHECK(detect() == Virtualization{Kind::Container, "lxc"});
    dir.write("/proc/1/environ", std::string_view("container=oci\0", 14));
    CHECK(detect().id == "podman");
    dir.write("/run/systemd/container", "mine\n");
    CHECK(detect().id == "container-other");
    dir.write("/run/systemd/container", "oci\n");
    CHECK(detect().id == "podman");
    dir.write("/run/host/container-manager", "systemd-nspawn\n");
    CHECK(detect().id == "systemd-nspawn");
}

TEST_CASE("a machine id may be written as a UUID, and in large letters") {
    CHECK(parse_machine_id("01234567-89AB-cdef-0123-456789abcdef\n") ==
          "0123456789abcdef0123456789abcdef");
    CHECK(!parse_machine_id("0123456789abcdef"));
    CHECK(!parse_machine_id(""));
}

TEST_CASE("a machine id that could only be kept for this boot is read as well") {
    TemporaryDirectory dir;
    dir.write("/etc/machine-id", "");
    dir.write("/run/machine-id", "0123456789abcdef0123456789abcdef\n");
    CHECK(collect_facts(dir.root()).machine_id == "0123456789abcdef0123456789abcdef");
}

TEST_CASE("a user namespace is one that does not map all ids to themselves") {
    TemporaryDirectory dir;
    dir.write("/proc/self/uid_map", "         0          0 4294967295\n");
    CHECK(!in_user_namespace(dir.root()));
    dir.write("/proc/self/uid_map", "0 1000 1\n1 100000 65536\n");
    CHECK(in_user_namespace(dir.root()));
}

TEST_CASE("the directories of /run are made as systemd has them") {
    TemporaryDirectory dir;
    REQUIRE(prepare_run_directory(dir.root()));
    REQUIRE(prepare_run_directory(dir.root()));
    struct stat info {};
    REQUIRE(stat((dir.path() + "/run/systemd/system").c_str(), &info) == 0);
    CHECK((info.st_mode & 07777) == 0755);
    REQUIRE(stat((dir.path() + "/run/lock").c_str(), &info) == 0);
    CHECK((info.st_mode & 07777) == 01777);
    TemporaryDirectory blocked;
    blocked.write("/run/systemd", "a file");
    CHECK(!prepare_run_directory(blocked.root()));
    CHECK(stat((blocked.path() + "/run/lock").c_str(), &info) == 0);
}

TEST_SUITE_END();
