#include "os/name_lookup.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>

#include "base/clock.hpp"
#include "temporary_directory.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("os");

namespace {

// Answers as getent would, and notes each call.
constexpr const char* fake_getent = R"(#!/bin/sh
echo "$*" >>"${0%/*}/calls"
case "$1 $3" in
"passwd ghost") echo ghost:x:4242:4243:A ghost:/home/ghost:/bin/sh ;;
"initgroups ghost") echo ghost 4243 77 88 ;;
"group spirits") echo spirits:x:77:ghost ;;
*) exit 2 ;;
esac
)";

class Lookup {
  public:
    Lookup() {
        sigset_t all;
        sigfillset(&all);
        sigprocmask(SIG_SETMASK, &all, &former_mask_);
        names.set_program({dir.write("/getent", fake_getent, 0755)});
    }
    ~Lookup() {
        for (pid_t pid : pids_) waitpid(pid, nullptr, 0);
        sigprocmask(SIG_SETMASK, &former_mask_, nullptr);
    }
    // Asks until all is known.
    void ask(const NameLookup::Names& wanted) {
        Span deadline = monotonic_now() + std::chrono::seconds(10);
        bool told = true;
        while (!names.ask(wanted, [&] { told = true; })) {
            told = false;
            while (!told && monotonic_now() < deadline)
                loop.run_once(std::chrono::milliseconds(100));
            REQUIRE(told);
        }
    }
    [[nodiscard]] size_t calls() const {
        auto text = dir.read("/calls");
        return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
    }

    TemporaryDirectory dir;
    EventLoop loop;
    NameLookup names{loop, [this](pid_t pid) { pids_.push_back(pid); }};

  private:
    std::vector<pid_t> pids_;
    sigset_t former_mask_{};
};

} // namespace

TEST_CASE("users and groups that are in no file are asked of getent") {
    Lookup lookup;
    lookup.ask({.users = {"ghost"}, .groups = {"spirits"}});
    auto user = lookup.names.user("ghost");
    REQUIRE(user);
    CHECK(user->uid == 4242);
    CHECK(user->gid == 4243);
    CHECK(user->home == "/home/ghost");
    CHECK(lookup.names.group("spirits")->gid == 77);
    CHECK(lookup.names.groups("ghost") == std::vector<gid_t>{4243, 77, 88});
}

TEST_CASE("of a user that is in the files only the groups are asked for") {
    Lookup lookup;
    lookup.ask({.users = {}, .groups = {}, .members = {"ghost"}});
    CHECK(lookup.calls() == 1);
    CHECK(lookup.names.groups("ghost") == std::vector<gid_t>{4243, 77, 88});
}

TEST_CASE("what getent does not know is unknown, and is not asked again at once") {
    Lookup lookup;
    lookup.ask({.users = {"nobody-knows"}, .groups = {"none"}});
    CHECK(!lookup.names.user("nobody-knows"));
    CHECK(!lookup.names.group("none"));
    CHECK(lookup.names.groups("nobody-knows").empty());
    CHECK(lookup.calls() == 3);
    lookup.ask({.users = {"nobody-knows"}, .groups = {"none"}});
    CHECK(lookup.calls() == 3);
}

TEST_CASE("many names are asked for a few at a time, and one name once") {
    Lookup lookup;
    NameLookup::Names many;
    for (int i = 0; i < 20; ++i) many.groups.push_back("group" + std::to_string(i));
    many.groups.emplace_back("group3");
    lookup.ask(many);
    CHECK(lookup.calls() == 20);
}

TEST_CASE("without getent every name is unknown") {
    Lookup lookup;
    lookup.names.set_program({lookup.dir.path() + "/nothing"});
    lookup.ask({.users = {"ghost"}, .groups = {}});
    CHECK(!lookup.names.user("ghost"));
}
