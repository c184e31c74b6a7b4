#include "tmpfiles/acl.hpp"

#include <doctest/doctest.h>

#include <cerrno>

using namespace sctl;

TEST_SUITE_BEGIN("tmpfiles");

namespace {

const AclNames names{[](std::string_view name) -> Result<uid_t> {
                         if (name == "www") return 33u;
                         return errno_error(name, ESRCH);
                     },
                     [](std::string_view name) -> Result<gid_t> {
                         if (name == "adm") return 4u;
                         return errno_error(name, ESRCH);
                     }};

std::string access_text(std::string_view text) {
    auto parsed = parse_acl(text, names);
    return parsed ? to_text(parsed->access) : "invalid";
}

} // namespace

TEST_CASE("an access list is read, sorted, and split from the default list") {
    auto parsed = parse_acl("g:adm:rx,d:group::r-x,user:www:rwx,default:u:www:w,o::-", names);
    REQUIRE(parsed);
    CHECK(to_text(parsed->access) == "u:33:rwx,g:4:r-x,o::---");
    CHECK(to_text(parsed->defaults) == "u:33:-w-,g::r-x");
    CHECK(access_text("m:rw") == "m::rw-");
    CHECK(access_text("mask::rw") == "m::rw-");
}

TEST_CASE("what is no access list is refused") {
    for (auto text : {"u:nobody:r", "u:www", "x:www:r", "u:www:rwxr", "u:www:rr", "u:www:", "www"})
        CHECK(access_text(text) == "invalid");
}

TEST_CASE(
    "the mask lets through what users and groups are granted, and stays where it is written") {
    auto acl = parse_acl("u:www:w,g::r,g:adm:-", names)->access;
    add_mask_if_needed(acl);
    CHECK(to_text(acl) == "u:33:-w-,g::r--,g:4:---,m::rw-");
    auto masked = parse_acl("u:www:w,m::r", names)->access;
    add_mask_if_needed(masked);
    CHECK(to_text(masked) == "u:33:-w-,m::r--");
    auto plain = parse_acl("u::rwx", names)->access;
    add_mask_if_needed(plain);
    CHECK(to_text(plain) == "u::rwx");
}

TEST_CASE("base entries come from the mode where they are missing") {
    auto acl = parse_acl("g::rwx", names)->access;
    add_base_entries(acl, 0741);
    CHECK(to_text(acl) == "u::rwx,g::rwx,o::--x");
}

TEST_CASE("a list that is added replaces entries for the same user") {
    auto acl = parse_acl("u:www:r,g:adm:r", names)->access;
    merge_acl(acl, parse_acl("u:www:rwx,o::r", names)->access);
    CHECK(to_text(acl) == "u:33:rwx,g:4:r--,o::r--");
}

TEST_CASE("the kernel's form is written and read") {
    auto acl = parse_acl("u::rw,u:www:r,g::r,m::r,o::-", names)->access;
    auto value = encode_acl(acl);
    CHECK(value.size() == 4 + 5 * 8);
    auto decoded = decode_acl(value);
    REQUIRE(decoded);
    CHECK(*decoded == acl);
    CHECK(!decode_acl("short"));
    CHECK(!decode_acl(std::string("\1\0\0\0", 4)));
}

TEST_SUITE_END();
