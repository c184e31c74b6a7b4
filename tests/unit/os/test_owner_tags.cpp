#include "os/owner_tags.hpp"

#include <doctest/doctest.h>

using namespace sctl;

TEST_SUITE_BEGIN("os");

namespace {

using Owners = std::array<uint64_t, 2>;
constexpr ProcessTag no_tag{};

} // namespace

TEST_CASE("a tag says whose a process is, by either limit") {
    OwnerTags tags(no_tag);
    for (OwnerId owner : {1u, 2u, 1000u}) {
        auto tag = tags.tag_of(owner);
        CHECK(tags.candidates(tag) == Owners{owner, owner});
        CHECK(tags.candidates({0, tag.rss}) == Owners{owner, 0});
        CHECK(tags.candidates({tag.locks, RLIM_INFINITY}) == Owners{0, owner});
    }
    CHECK(tags.candidates(no_tag) == Owners{0, 0});
}

TEST_CASE("a tag cannot be turned into another's by lowering its limits") {
    OwnerTags tags(no_tag);
    auto lower = tags.tag_of(3), higher = tags.tag_of(4);
    CHECK(lower.locks < higher.locks);
    CHECK(lower.rss > higher.rss);
}

TEST_CASE("the tags of a manager inside a service are that service's to the manager outside") {
    OwnerTags outside(no_tag);
    auto service = outside.tag_of(7);
    OwnerTags inside(service);
    for (OwnerId owner : {1u, 2u, 1000u}) {
        auto tag = inside.tag_of(owner);
        CHECK(inside.candidates(tag) == Owners{owner, owner});
        CHECK(outside.candidates(tag) == Owners{7, 7});
        CHECK(tag.locks < service.locks);
        CHECK(tag.rss < service.rss);
    }
    CHECK(inside.candidates(service) == Owners{0, 0});
}

TEST_SUITE_END();
