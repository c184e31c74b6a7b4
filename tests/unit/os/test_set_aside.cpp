#include "os/set_aside.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/text.hpp"
#include "temporary_directory.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("os");

namespace {

bool is_at(const std::string& path) {
    struct stat info {};
    return lstat(path.c_str(), &info) == 0;
}

} // namespace

TEST_CASE("a directory is moved out of the way with all that is in it") {
    TemporaryDirectory directory;
    directory.write("/run/app/sub/file", "text");
    auto path = cat(directory.path(), "/run/app"), place = cat(directory.path(), "/removed");
    auto moved = set_aside(path, place);
    REQUIRE(moved);
    CHECK(moved->starts_with(cat(place, "/")));
    CHECK(is_at(cat(*moved, "/sub/file")));
    CHECK(!is_at(path));
    auto again = set_aside(path, place);
    REQUIRE(!again);
    CHECK(again.error().code == ENOENT);
}

TEST_CASE("nothing is moved over a link or a directory that others may write to") {
    TemporaryDirectory directory;
    directory.write("/run/app/file", "text");
    directory.link("/way", "run");
    auto place = cat(directory.path(), "/removed"), run = cat(directory.path(), "/run");
    CHECK(!set_aside(cat(directory.path(), "/way/app"), place));
    for (mode_t mode : {0777, 0775}) {
        chmod(run.c_str(), mode);
        auto moved = set_aside(cat(run, "/app"), place);
        REQUIRE(!moved);
        CHECK(moved.error().code == EPERM);
    }
    chmod(run.c_str(), 01777); // as /tmp
    CHECK(set_aside(cat(run, "/app"), place));
}

TEST_CASE("a few files are removed at once, more are not") {
    TemporaryDirectory directory;
    for (int count : {0, 64, 65}) {
        CAPTURE(count);
        auto path = cat(directory.path(), "/", count);
        REQUIRE(mkdir(path.c_str(), 0755) == 0);
        for (int i = 0; i < count; ++i) directory.write(cat("/", count, "/", i), "");
        CHECK(remove_little(path) == (count <= 64));
        CHECK(is_at(path) == (count > 64));
    }
    auto file = directory.write("/file", "");
    CHECK(remove_little(file));
    CHECK(!is_at(file));
    directory.write("/deep/sub/file", "");
    CHECK(!remove_little(cat(directory.path(), "/deep")));
}

TEST_SUITE_END();
