#include "os/users.hpp"

#include <doctest/doctest.h>

#include <cerrno>

#include "temporary_directory.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("os");

namespace {

struct UserFiles {
    UserFiles() {
        dir.write("/etc/passwd",
                  "root:x:0:0:root:/root:/bin/bash\n+@nis\nbroken:x:1\n\n"
                  "www-data:x:33:34::/var/www:\nmad:x:no:1::/:/bin/sh\n");
        dir.write(
            "/etc/group",
            "root:x:0:\nwww:x:34:\nadm:x:4:syslog,www-data\nssl:x:5:www-data\nwww-data:x:6:x\n");
    }
    TemporaryDirectory dir;
    Root root = dir.root();
};

} // namespace

TEST_CASE("users are found by name and number in the root's own files") {
    UserFiles files;
    auto user = find_user(files.root, "www-data");
    REQUIRE(user);
    CHECK(user->uid == 33);
    CHECK(user->gid == 34);
    CHECK(user->home == "/var/www");
    CHECK(user->shell.empty());
    CHECK(find_user(files.root, "33")->name == "www-data");
    CHECK(find_user(files.root, "root")->shell == "/bin/bash");
    for (const char* unknown : {"mad", "broken", "77", "-1", "+@nis", "", "033"})
        CHECK(find_user(files.root, unknown).error().code == ESRCH);
}

TEST_CASE("groups of a user are its own and those that name it") {
    UserFiles files;
    CHECK(find_group(files.root, "adm")->gid == 4);
    CHECK(find_group(files.root, "34")->name == "www");
    CHECK(find_group(files.root, "none").error().code == ESRCH);
    CHECK(groups_of(files.root, "www-data", 34) == std::vector<gid_t>{34, 4, 5});
    CHECK(groups_of(files.root, "www-data", 5) == std::vector<gid_t>{5, 4});
}

TEST_CASE("only modules besides the files and systemd's know further groups of a user") {
    auto others = [](const char* text) {
        TemporaryDirectory dir;
        dir.write("/etc/nsswitch.conf", text);
        return groups_have_other_sources(dir.root());
    };
    CHECK(!others("passwd: files ldap\ngroup: files systemd\n"));
    CHECK(!others("group: files [SUCCESS=merge] systemd # ldap\n"));
    CHECK(!others("group: files [NOTFOUND = return] systemd\n"));
    CHECK(others("group:\tfiles systemd sss\n"));
    CHECK(others("group: files\ninitgroups: files ldap\n"));
    CHECK(!others("group: files ldap\ninitgroups: files\n"));
    CHECK(!groups_have_other_sources(TemporaryDirectory().root()));
}

TEST_CASE("root and nobody need no file") {
    TemporaryDirectory empty;
    CHECK(find_user(empty.root(), "root")->home == "/root");
    CHECK(find_user(empty.root(), "65534")->name == "nobody");
    CHECK(find_group(empty.root(), "nogroup")->gid == 65534);
    CHECK(find_user(empty.root(), "www-data").error().code == ESRCH);
    CHECK(groups_of(empty.root(), "x", 7) == std::vector<gid_t>{7});
}

TEST_SUITE_END();
