#include "sysusers/account_files.hpp"

#include <doctest/doctest.h>

using namespace sctl;

TEST_SUITE_BEGIN("sysusers");

namespace {

AccountDefaults defaults() {
    return {[](const NewUser& user) {
                return NewUserFacts{"/nologin", user.name == "known" ? "$6$x" : ""};
            },
            20000};
}

AccountPlan plan_with_a() {
    AccountPlan plan;
    plan.users = {{"a", 998, 997, "Text", "", ""}};
    plan.groups = {{"b", 997}};
    return plan;
}

} // namespace

TEST_CASE("new entries come after those that are there, which stay as they are") {
    AccountTexts now{"root:x:0:0::/root:/bin/sh\nodd line\n", {}, "root:x:0:\n", {}};
    auto texts = updated_accounts(now, plan_with_a(), defaults());
    CHECK(texts.passwd == "root:x:0:0::/root:/bin/sh\nodd line\na:x:998:997:Text:/:/nologin\n");
    CHECK(texts.group == "root:x:0:\nb:x:997:\n");
    CHECK(texts.shadow == "a:!*:20000::::::\n");
    CHECK(texts.gshadow == "b:!*::\n");
}

TEST_CASE("new entries come before those of NIS") {
    AccountTexts now{"root:x:0:0:::\n+::::::\n", {}, "+:::\n", {}};
    auto texts = updated_accounts(now, plan_with_a(), defaults());
    CHECK(texts.passwd == "root:x:0:0:::\na:x:998:997:Text:/:/nologin\n+::::::\n");
    CHECK(texts.group == "b:x:997:\n+:::\n");
}

TEST_CASE("members are added to a group's last field, sorted, each once") {
    AccountPlan plan;
    plan.members = {{"adm", {"zoe", "amy", "bob"}}};
    AccountTexts now{{}, {}, "adm:x:4:bob\nzz:x:5:\n", "adm:*::bob\n"};
    auto texts = updated_accounts(now, plan, defaults());
    CHECK(texts.group == "adm:x:4:amy,bob,zoe\nzz:x:5:\n");
    CHECK(texts.gshadow == "adm:*::amy,bob,zoe\n");
    CHECK(!texts.passwd);
    plan.members = {{"adm", {"bob"}}};
    CHECK(!updated_accounts(now, plan, defaults()).group);
}

TEST_CASE("a shadow entry that is left from before is taken over") {
    auto plan = plan_with_a();
    AccountTexts now{{}, "a:$6$old:100:1:2:3:4:5:\n", {}, {}};
    CHECK(updated_accounts(now, plan, defaults()).shadow == "a:$6$old:20000:1:2:3:4:5:\n");
}

TEST_CASE("a known password is put in") {
    AccountPlan plan;
    plan.users = {{"known", 5, 5, "", "/h", "/s"}};
    auto texts = updated_accounts({}, plan, defaults());
    CHECK(texts.shadow == "known:$6$x:20000::::::\n");
    CHECK(texts.passwd == "known:x:5:5::/h:/s\n");
}

TEST_CASE("accounts are found by name and by number, broken lines and NIS's are none") {
    auto accounts =
        read_accounts("a:x:1:1:::\na:x:2:2:::\nb:x:1:1:::\nc:x\n+n:x:9:9:::\n", "g:x:5:\n");
    CHECK(accounts.users == std::map<std::string, uid_t, std::less<>>{{"a", 1}, {"b", 1}});
    CHECK(accounts.users_by_id == std::map<uid_t, std::string>{{1, "a"}, {2, "a"}});
    CHECK(accounts.groups.at("g") == 5);
}

TEST_SUITE_END();
