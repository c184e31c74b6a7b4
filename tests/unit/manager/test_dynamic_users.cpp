#include "run/dynamic_users.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cerrno>

#include "temporary_directory.hpp"
#include "unit/values/dynamic_user_name.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("dynamic users");

namespace {

ExecConfig dynamic(std::string user, std::string group = {}) {
    ExecConfig config;
    config.dynamic_user = true;
    config.group = group.empty() ? user : std::move(group);
    config.user = std::move(user);
    return config;
}

} // namespace

TEST_CASE("a unit's user has its name, or that of a hash") {
    CHECK(dynamic_user_name(*UnitName::parse("web.service")) == "web");
    CHECK(dynamic_user_name(*UnitName::parse("web@a.service")) == "web");
    CHECK(dynamic_user_name(*UnitName::parse("my.dotted.service")) == "_due4ad19d9bf0e1399");
}

TEST_CASE("a user has systemd's number, shared by its units until the last has let go") {
    TemporaryDirectory files;
    Root root(files.path());
    DynamicUsers users;
    auto first = users.acquire(UnitId{1}, dynamic("ghost"), root, nullptr);
    auto second = users.acquire(UnitId{2}, dynamic("ghost", "hh"), root, nullptr);
    REQUIRE(first);
    REQUIRE(second);
    CHECK(first->uid == 62786);
    CHECK(first->gid == 62786);
    CHECK(second->uid == 62786);
    CHECK(second->gid == 64040);
    CHECK(users.name_of(64040) == "hh");
    CHECK(users.find("ghost") == 62786);
    users.release(UnitId{1});
    CHECK(users.find("ghost") == 62786);
    users.release(UnitId{2});
    CHECK(users.all().empty());
}

TEST_CASE("a number that a file or another user has is taken by nobody else") {
    TemporaryDirectory files;
    files.write("/etc/passwd", "other:x:62786:100::/:/bin/sh\n");
    files.write("/etc/group", "lonely:x:77:\n");
    Root root(files.path());
    DynamicUsers users;
    auto ghost = users.acquire(UnitId{1}, dynamic("ghost"), root, nullptr);
    REQUIRE(ghost);
    CHECK(ghost->uid != 62786);
    CHECK(ghost->uid >= first_dynamic_uid);
    CHECK(ghost->uid <= last_dynamic_uid);
    auto other = users.acquire(UnitId{2}, dynamic("other"), root, nullptr);
    REQUIRE(other);
    CHECK(other->uid == 62786);
    CHECK(other->gid == 100);
    auto lonely = users.acquire(UnitId{3}, dynamic("lonely"), root, nullptr);
    REQUIRE_FALSE(lonely);
    CHECK(lonely.error().code == EILSEQ);
}

TEST_CASE("the owner of the state that is there is taken again") {
    TemporaryDirectory files;
    files.write("/var/lib/private/app/file", "");
    REQUIRE(chown((files.path() + "/var/lib/private/app").c_str(), 61999, 61999) == 0);
    auto config = dynamic("app");
    config.directories[static_cast<size_t>(DirectoryType::State)].items = {{"app", {}}};
    DynamicUsers users;
    auto app = users.acquire(UnitId{1}, config, Root(files.path()), nullptr);
    REQUIRE(app);
    CHECK(app->uid == 61999);
}
