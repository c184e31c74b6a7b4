#include "os/mounts.hpp"

#include <doctest/doctest.h>

using namespace sctl;

TEST_SUITE_BEGIN("os");

TEST_CASE("a mount is the last one at its path, with the options of both lists once") {
    constexpr std::string_view table =
        "1 0 0:1 / / rw - tmpfs none rw\n"
        "2 1 0:2 / /a\\040b rw,relatime shared:1 - ext4 /dev/x rw,errors=remount-ro,relatime\n"
        "3 2 0:3 / / ro,nosuid - overlay over rw,lowerdir=/l\n";
    auto root = find_mount("/", table);
    REQUIRE(root);
    CHECK(root->what == "over");
    CHECK(root->type == "overlay");
    CHECK(root->options == "ro,nosuid,lowerdir=/l");
    auto other = find_mount("/a b", table);
    REQUIRE(other);
    CHECK(other->what == "/dev/x");
    CHECK(other->options == "rw,relatime,errors=remount-ro");
    CHECK(!find_mount("/nowhere", table));
    CHECK(!find_mount("/", "broken\n"));
    CHECK_FALSE(all_mounts().empty());
}

TEST_SUITE_END();
