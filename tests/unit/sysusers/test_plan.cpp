#include "sysusers/plan.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("sysusers");

namespace {

struct World {
    ExistingAccounts existing;
    std::vector<IdRange> ranges{{100, 999}};

    World() {
        existing.users = {{"root", 0}, {"www", 33}};
        existing.groups = {{"root", 0}, {"www", 33}, {"adm", 4}};
        existing.users_by_id = {{0, "root"}, {33, "www"}};
        existing.groups_by_id = {{0, "root"}, {33, "www"}, {4, "adm"}};
    }
    AccountPlan plan(std::initializer_list<std::string_view> lines) const {
        SysusersLines all;
        for (auto text : lines) {
            auto line = parse_sysusers_line(text, Facts{});
            REQUIRE(line);
            CHECK(all.add(*line));
        }
        if (all.ranges.empty()) all.ranges = ranges;
        return plan_accounts(all, existing, [](const std::string& path) {
            using Owner = std::optional<std::pair<uid_t, gid_t>>;
            return path == "/file" ? Owner(std::pair(700u, 701u)) : Owner();
        });
    }
};

std::string text_of(const AccountPlan& plan) {
    std::string text;
    for (const auto& group : plan.groups) text += cat("g ", group.name, " ", group.gid, "; ");
    for (const auto& user : plan.users)
        text += cat("u ", user.name, " ", user.uid, ":", user.gid, "; ");
    return text;
}

} // namespace

TEST_CASE("numbers are given from above, the same for a user and its group") {
    CHECK(text_of(World().plan({"u a", "g b", "u c"})) ==
          "g b 999; g a 998; g c 997; u a 998:998; u c 997:997; ");
}

TEST_CASE("what exists stays") {
    CHECK(text_of(World().plan({"u www 500", "g adm 500"})).empty());
}

TEST_CASE("a wished number is taken if it is free for both") {
    auto plan = World().plan({"u a 33", "u b 500", "u c 4"});
    CHECK(text_of(plan) == "g a 999; g b 500; g c 998; u a 999:999; u b 500:500; u c 998:998; ");
    CHECK(plan.messages[1].text == "Suggested user ID 33 for a already used.");
}

TEST_CASE("a primary group is one of the lines, or must exist") {
    World world;
    CHECK(text_of(world.plan({"g b 600", "u a 5:b"})) == "g b 600; u a 5:600; ");
    CHECK(text_of(world.plan({"u a 5:4"})) == "u a 5:4; ");
    auto plan = world.plan({"u a 5:77"});
    CHECK(text_of(plan).empty());
    CHECK(plan.messages[0].text == "Failed to create a: please create GID 77");
    CHECK(world.plan({"u a 5:none"}).messages[0].text == "Group none not found.");
}

TEST_CASE("a number may be a file's owner's, if it is of a range") {
    World world;
    CHECK(text_of(world.plan({"u a /file"})) == "g a 701; u a 700:701; ");
    CHECK(text_of(world.plan({"r - 300-310", "u a /file"})) == "g a 310; u a 310:310; ");
}

TEST_CASE("users and groups of m lines are made if nothing else makes them") {
    auto plan = World().plan({"m a b", "m www b"});
    CHECK(text_of(plan) == "g b 999; g a 998; u a 998:998; ");
    CHECK(plan.members[0].second == std::vector<std::string>{"a", "www"});
}

TEST_CASE("ranges that are used up are told, and the rest goes on") {
    auto plan = World().plan({"r - 500", "g a", "g b", "g c 300"});
    CHECK(text_of(plan) == "g a 500; g c 300; ");
    CHECK(plan.messages[1].text == "No free group ID available for b.");
}

TEST_CASE("a line that contradicts an earlier one does not count") {
    SysusersLines lines;
    CHECK(lines.add(*parse_sysusers_line("u a 5", Facts{})));
    CHECK(lines.add(*parse_sysusers_line("u a 5", Facts{})));
    CHECK(!lines.add(*parse_sysusers_line("u a 6", Facts{})));
    CHECK(lines.add(*parse_sysusers_line("g a 6", Facts{})));
}

TEST_SUITE_END();
