#include "os/pid1.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include "base/text.hpp"
#include "temporary_directory.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("os");

namespace {

// A /proc in which PID 1 has this name, program and arguments (each with a zero byte at its end).
bool is_manager(std::string_view name, const char* program, std::string_view arguments) {
    TemporaryDirectory dir;
    dir.write("/proc/1/comm", name);
    dir.write("/proc/1/cmdline", arguments);
    dir.write("/proc/self/status", "");
    REQUIRE(symlink("/usr/bin/systemctl", (dir.path() + "/proc/self/exe").c_str()) == 0);
    REQUIRE(symlink(program, (dir.path() + "/proc/1/exe").c_str()) == 0);
    return pid1_is_manager(dir.root());
}

} // namespace

TEST_CASE("systemd, and whatever has taken its name, is a manager") {
    CHECK(
        is_manager("systemd\n", "/usr/lib/systemd/systemd", std::string_view("/sbin/init\0", 11)));
    CHECK(is_manager("systemd\n", "/usr/bin/systemctl", ""));
}

TEST_CASE("our init is a manager before it has taken its name") {
    auto ours = "/usr/bin/systemctl";
    CHECK(is_manager("systemctl\n", ours, std::string_view("systemctl\0init\0", 15)));
    CHECK(is_manager("systemctl\n", ours, std::string_view("/usr/bin/systemctl\0", 19)));
    CHECK(is_manager("init\n", ours, std::string_view("/sbin/init\0a.service\0", 21)));
}

TEST_CASE("our client as PID 1 is none, and so are a shell and another's init") {
    CHECK(!is_manager("systemctl\n", "/usr/bin/systemctl",
                      std::string_view("systemctl\0start\0", 16)));
    CHECK(!is_manager("sh\n", "/bin/dash", std::string_view("sh\0-c\0systemctl init\0", 21)));
    CHECK(!is_manager("init\n", "/sbin/docker-init", std::string_view("/sbin/init\0", 11)));
    CHECK(!is_manager("", "/usr/bin/systemctl", ""));
}

TEST_CASE("PID 1's variables are those of its container, not of its own service") {
    TemporaryDirectory dir;
    CHECK(pid1_environment(dir.root()).empty());
    dir.write("/proc/1/status", "Name:\tsh\nUid:\t0\t0\t0\t0\n");
    dir.write("/proc/1/environ",
              std::string_view("A=b\0NOTIFY_SOCKET=/n\0container=lxc\0=x\0odd\0PWD=/\0", 48));
    CHECK(pid1_environment(dir.root()) == std::vector<std::string>{"A=b", "container=lxc"});
}

TEST_CASE("systemctl3.py's options ask for the init in any place") {
    for (std::vector<std::string> words : {std::vector<std::string>{"init"},
                                           {"init", "a"},
                                           {"-1"},
                                           {"--init", "a"},
                                           {"default", "--init"},
                                           {"start", "a", "-1"}}) {
        CAPTURE(words.front());
        CHECK(ask_for_init(words, false));
    }
    CHECK_FALSE(ask_for_init({}, false));
    CHECK_FALSE(ask_for_init({"default"}, false));
    CHECK_FALSE(ask_for_init({"start", "a"}, true));
    CHECK_FALSE(ask_for_init({"healthcheck", "--", "x", "-1"}, true));
    CHECK(ask_for_init({}, true));
    CHECK(ask_for_init({"default"}, true));
    using Words = std::vector<std::string>;
    CHECK(words_for_init({"init", "a"}) == Words{"a"});
    CHECK(words_for_init({"-1"}) == Words{});
    CHECK(words_for_init({"start", "a", "--init"}) == Words{"a"});
    CHECK(words_for_init({"default", "--init"}) == Words{"default"});
    CHECK(words_for_init({"init", "a", "--", "x", "-1"}) == Words{"a", "--", "x", "-1"});
}

TEST_CASE("of a PID 1 that another user runs nothing is taken") {
    TemporaryDirectory dir;
    dir.write("/proc/1/environ", std::string_view("SYSTEMD_UNIT_PATH=/evil\0", 24));
    auto with_users = [&](std::string_view users) {
        dir.write("/proc/1/status", cat("Name:\tsh\nUid:\t", users, "\nGid:\t0\t0\t0\t0\n"));
        return pid1_environment(dir.root()).size();
    };
    CHECK(with_users("0\t0\t0\t0") == 1);
    CHECK(with_users("4242\t4242\t4242\t4242") == 0);
    CHECK(with_users("0\t0\t4242\t0") == 0);
    CHECK(with_users("") == 0);
    auto own = cat(geteuid());
    CHECK(with_users(cat(own, "\t", own, "\t", own, "\t", own)) == 1);
}

TEST_SUITE_END();
