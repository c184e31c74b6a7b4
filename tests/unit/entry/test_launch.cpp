#include <doctest/doctest.h>

#include <algorithm>

#include "entry/init_arguments.hpp"
#include "entry/launch.hpp"
#include "entry/notices.hpp"
#include "unit/syntax/exec_command.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("entry");

TEST_CASE("a program is looked for as execvp does") {
    CHECK(candidates_for("/bin/x", "/a:/b") == std::vector<std::string>{"/bin/x"});
    CHECK(candidates_for("./x", "/a") == std::vector<std::string>{"./x"});
    CHECK(candidates_for("x", "/a::/b") == std::vector<std::string>{"/a/x", "./x", "/b/x"});
    CHECK(candidates_for("", "/a").empty());
}

TEST_CASE("the unit's file says the command word by word, whatever is in it") {
    auto text = unit_text_for(default_policy(true, false, false),
                              {"/bin/sh", "-c", "echo \"$HOME\" %n; x\ty\\"}, {"redis.service"});
    CHECK(text.find("ExecStart=@\"/bin/sh\" \"/bin/sh\" \"-c\" \"echo \\\"$$HOME\\\" %%n; "
                    "x\\x09y\\\\\"\n") != std::string::npos);
    CHECK(text.find("After=redis.service\n") != std::string::npos);
    CHECK(text.find("Type=exec\n") != std::string::npos);
    CHECK(text.find("TimeoutStopSec=1min 30s\n") != std::string::npos);
}

TEST_CASE("a trap's script gets the number where it has no arguments of its own") {
    CHECK(plan_trap({"/bin/x"}, 10, {}).arguments == std::vector<std::string>{"/bin/x", "10"});
    auto plan = plan_trap({"/bin/x", "a"}, 10, {});
    CHECK(plan.arguments == std::vector<std::string>{"/bin/x", "a"});
    CHECK(std::ranges::count(plan.environment, "SIGNAL_NUMBER=10") == 1);
}

TEST_CASE("a file of --run is a service of its name") {
    CHECK(service_name_of("/etc/yasinit/web.run") == "web.service");
    CHECK(service_name_of("/x/plain") == "plain.service");
    CHECK(service_name_of("/x/.hidden") == ".hidden.service");
}

TEST_SUITE_END();
