#include "os/identity.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "os/machine.hpp"
#include "temporary_directory.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("os");

namespace {

// A variable of our own for the time of a test.
class Variable {
  public:
    Variable(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
    ~Variable() { unsetenv(name_); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

  private:
    const char* name_;
};

bool exists(const TemporaryDirectory& dir, const char* path) {
    return access((dir.path() + path).c_str(), F_OK) == 0;
}

} // namespace

TEST_CASE("a host name is the first line that is no comment, if it is one") {
    CHECK(host_name_in("web\n") == "web");
    CHECK(host_name_in("# name\n\n  web-1.example.org. \nother\n") == "web-1.example.org");
    CHECK(!host_name_in(""));
    CHECK(!host_name_in("# name\n"));
    for (const char* bad : {"a b", "-a", "a-", "a..b", ".a", "w\u00e4b", "a_b", "a/b"}) {
        CHECK_MESSAGE(!host_name_in(bad), bad);
    }
    CHECK(host_name_in(std::string(64, 'a')));
    CHECK(!host_name_in(std::string(65, 'a')));
}

TEST_CASE("an empty machine id is filled in place") {
    TemporaryDirectory dir;
    dir.write("/etc/machine-id", "");
    dir.write("/run/systemd/first-boot", "");
    struct stat before {
    }, after{};
    REQUIRE(stat((dir.path() + "/etc/machine-id").c_str(), &before) == 0);
    set_up_machine_id(dir.root());
    auto id = read_machine_id(dir.path() + "/etc/machine-id");
    CHECK(id);
    CHECK(!exists(dir, "/run/systemd/first-boot"));
    REQUIRE(stat((dir.path() + "/etc/machine-id").c_str(), &after) == 0);
    CHECK(before.st_ino == after.st_ino);
    set_up_machine_id(dir.root());
    CHECK(read_machine_id(dir.path() + "/etc/machine-id") == id);
}

TEST_CASE("a machine id that is missing or uninitialized makes a first boot") {
    for (bool is_there : {false, true}) {
        TemporaryDirectory dir;
        dir.write("/etc/hostname", "");
        dir.write("/run/systemd/notes", "");
        if (is_there) dir.write("/etc/machine-id", "uninitialized\n");
        set_up_machine_id(dir.root());
        CHECK(read_machine_id(dir.path() + "/etc/machine-id"));
        CHECK(exists(dir, "/run/systemd/first-boot"));
    }
}

TEST_CASE("the engine's id is taken, but that of D-Bus before it") {
    Variable given("container_uuid", "01234567-89ab-cdef-0123-456789abcdef");
    TemporaryDirectory dir;
    dir.write("/etc/machine-id", "");
    set_up_machine_id(dir.root());
    CHECK(read_machine_id(dir.path() + "/etc/machine-id") == "0123456789abcdef0123456789abcdef");
    dir.write("/etc/machine-id", "");
    dir.write("/var/lib/dbus/machine-id", "fedcba9876543210fedcba9876543210\n");
    set_up_machine_id(dir.root());
    CHECK(read_machine_id(dir.path() + "/etc/machine-id") == "fedcba9876543210fedcba9876543210");
}

TEST_CASE("a machine id that cannot be written is kept in /run") {
    TemporaryDirectory dir;
    dir.write("/etc/machine-id/not-a-file", "");
    dir.write("/run/machine-id", "0123456789abcdef0123456789abcdef\n");
    set_up_machine_id(dir.root());
    auto id = read_machine_id(dir.path() + "/run/machine-id");
    CHECK(id);
    CHECK(id != "0123456789abcdef0123456789abcdef");
}

TEST_CASE("the container's name is written down, or a stale one removed") {
    TemporaryDirectory dir;
    dir.write("/run/systemd/container", "old\n");
    {
        Variable name("container", "lxc");
        write_container_name(dir.root());
        CHECK(detect_container(dir.root()).id == "lxc");
    }
    unsetenv("container");
    write_container_name(dir.root());
    CHECK(!exists(dir, "/run/systemd/container"));
}

TEST_CASE("credentials of the engine are linked to") {
    TemporaryDirectory dir;
    dir.write("/given/key", "secret");
    Variable given("CREDENTIALS_DIRECTORY", (dir.path() + "/given").c_str());
    for (int boot = 0; boot < 2; ++boot) {
        import_credentials(dir.root());
        CHECK(exists(dir, "/run/credentials/@system/key"));
    }
}

TEST_SUITE_END();
