#include "os/tracker.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "base/log.hpp"
#include "base/text.hpp"
#include "os/reaper.hpp"
#include "os/spawn.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("os");

namespace {

// A manager in small: a subreaper that starts, tracks and reaps. Whatever is left is killed.
struct SmallManager {
    explicit SmallManager(Tracker::Options options) : tracker(options) {
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
        a = tracker.add_owner("sctl-test-a.service");
        b = tracker.add_owner("sctl-test-b.service");
    }
    ~SmallManager() {
        for (OwnerId owner : {a, b}) {
            SignalRequest request;
            request.owner = owner;
            request.signal = SIGKILL;
            while (!tracker.signal_all(request)) continue;
        }
        reap_all();
        prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
    }
    // Runs `script` for `owner`, and returns when it has printed a line.
    pid_t start(OwnerId owner, std::string script, std::string* line = nullptr) {
        int ends[2];
        REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
        UniqueFd reader(ends[0]), writer(ends[1]);
        auto placement = tracker.place(owner);
        ExecPlan plan;
        plan.executables = {"/bin/sh"};
        plan.arguments = {"sh", "-c", std::move(script)};
        plan.environment = {"PATH=/usr/bin:/bin"};
        plan.standard_output = {StdioPlan::Kind::Descriptor, writer.get(), {}, false};
        plan.tag = placement.tag;
        plan.cgroup = placement.cgroup.get();
        auto spawned = spawn(plan);
        REQUIRE(spawned);
        tracker.note_process(spawned->pid, owner);
        char buffer[64];
        ssize_t got = read(reader.get(), buffer, sizeof buffer);
        REQUIRE(got > 0);
        if (line) *line = trim({buffer, static_cast<size_t>(got)});
        return spawned->pid;
    }
    // Reaps until the service has nobody left, or until `pid` has ended.
    void reap_until(const std::function<bool()>& done) {
        while (!done()) {
            siginfo_t info{};
            if (waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) < 0) break;
            reap_now();
        }
    }
    void reap_now() {
        reap_exited([this](const ProcessExit& exited) {
            owner_at_exit = tracker.owner_of(exited.pid);
            tracker.forget_process(exited.pid);
        });
    }
    void reap_all() {
        reap_until([] { return false; });
    }
    bool stop(OwnerId owner, int signal) {
        SignalRequest request;
        request.owner = owner;
        request.signal = signal;
        int turns = 0;
        while (!tracker.signal_all(request) && ++turns < 100) reap_now();
        reap_until([&] { return !tracker.any_left(owner); });
        return !tracker.any_left(owner);
    }

    Tracker tracker;
    OwnerId a, b;
    OwnerId owner_at_exit = no_owner;
};

// A daemon as hard to follow as can be: twice forked, in a session of its own, no environment.
constexpr const char* daemon_script =
    "setsid sh -c 'env -i sh -c \"echo \\$\\$; exec sleep 1000\" & exit 0' & wait; exit 0";

constexpr Tracker::Options by_tag{false, true};
constexpr Tracker::Options by_scan{false, false};

pid_t start_daemon(SmallManager& manager, OwnerId owner) {
    std::string line;
    pid_t main = manager.start(owner, daemon_script, &line);
    manager.reap_until([&] { return !read_process_stat(main); });
    return *parse_number<pid_t>(line);
}

} // namespace

TEST_CASE("below an orphan no more is known than of the orphan") {
    SmallManager manager(by_tag);
    std::string line;
    pid_t main = manager.start(manager.b,
                               "setsid sh -c 'env -i sh -c \"sleep 1000 & echo \\$!; wait\" & "
                               "exit 0' & wait; exit 0",
                               &line);
    manager.reap_until([&] { return !read_process_stat(main); });
    auto identity = manager.tracker.identify(*parse_number<pid_t>(line));
    CHECK(identity.owner == manager.b);
    CHECK(identity.evidence == Evidence::Tag);
}

TEST_CASE("a daemon that has left session, parent and environment is its service's, by tag") {
    SmallManager manager(by_tag);
    pid_t daemon = start_daemon(manager, manager.b);
    CHECK(manager.tracker.owner_of(daemon) == manager.b);
    CHECK(manager.tracker.identify(daemon).evidence == Evidence::Tag);
    CHECK(manager.tracker.processes_of(manager.b) == std::vector{daemon});
    CHECK(manager.tracker.own_children_of(manager.b) == std::vector{daemon});
    CHECK(!manager.tracker.any_left(manager.a));
    CHECK(manager.stop(manager.b, SIGTERM));
    manager.reap_until([&] { return !read_process_stat(daemon); });
    CHECK(manager.owner_at_exit == manager.b);
}

TEST_CASE("the same is found by going over all of /proc") {
    SmallManager manager(by_scan);
    pid_t daemon = start_daemon(manager, manager.a);
    CHECK(manager.tracker.processes_of(manager.a) == std::vector{daemon});
    CHECK(manager.stop(manager.a, SIGKILL));
}

TEST_CASE("with a writable cgroup the same is tracked by cgroup") {
    Tracker::Options options;
    SmallManager manager(options);
    if (!manager.tracker.uses_cgroups()) return;
    pid_t daemon = start_daemon(manager, manager.b);
    CHECK(manager.tracker.identify(daemon).evidence == Evidence::Cgroup);
    CHECK(read_process_cgroup(daemon) == manager.tracker.control_group(manager.b));
    CHECK(manager.tracker.processes_of(manager.b) == std::vector{daemon});
    CHECK(!manager.tracker.any_left(manager.a));
    CHECK(manager.stop(manager.b, SIGKILL));
    CHECK(!manager.tracker.any_left(manager.b));
}

TEST_CASE(
    "what is started after the whole cgroup was killed lives, also beside one that has not ended") {
    Tracker::Options options;
    SmallManager manager(options);
    if (!manager.tracker.uses_cgroups()) return;
    auto kill_all = [&] {
        SignalRequest request;
        request.owner = manager.b;
        request.signal = SIGKILL;
        while (!manager.tracker.signal_all(request)) continue;
    };
    pid_t first = manager.start(manager.b, "echo up; exec sleep 1000");
    kill_all();
    manager.reap_until([&] { return !read_process_stat(first); });
    pid_t second = manager.start(manager.b, "echo up; exec sleep 1000");
    CHECK(!read_process_stat(second)->dead());
    kill_all();
    // Somebody who was moved there, and lives on as a process in an uninterruptible sleep does.
    pid_t third = fork();
    if (third == 0) {
        pause();
        _exit(0);
    }
    UniqueFd directory(open(manager.tracker.control_group_directory(manager.b).c_str(),
                            O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    move_into_cgroup(directory.get(), {third});
    pid_t fourth = manager.start(manager.b, "echo up; exec sleep 1000");
    CHECK(!read_process_stat(fourth)->dead());
    auto found = manager.tracker.processes_of(manager.b);
    CHECK(std::ranges::find(found, third) != found.end());
    CHECK(std::ranges::find(found, fourth) != found.end());
    CHECK(manager.stop(manager.b, SIGKILL));
}

TEST_CASE("what runs below a main process is its service's by lineage") {
    SmallManager manager(by_tag);
    std::string line;
    pid_t main = manager.start(manager.a, "sleep 1000 & echo $!; wait", &line);
    pid_t child = *parse_number<pid_t>(line);
    CHECK(manager.tracker.identify(main).evidence == Evidence::Started);
    CHECK(manager.tracker.identify(child).evidence == Evidence::Lineage);
    CHECK(manager.tracker.processes_of(manager.a) == std::vector{main, child});
    CHECK(manager.tracker.any_left(manager.a));
    CHECK(manager.stop(manager.a, SIGTERM));
}

TEST_CASE("an orphan without a tag goes to the service that has its session") {
    SmallManager manager(by_tag);
    int ends[2];
    REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
    UniqueFd reader(ends[0]), writer(ends[1]);
    ExecPlan plan; // no tag: as after a pam_limits that may raise the limit
    plan.executables = {"/bin/sh"};
    plan.arguments = {"sh", "-c", "(echo x; exec sleep 1000) & exit"};
    plan.environment = {"PATH=/usr/bin:/bin"};
    plan.standard_output = {StdioPlan::Kind::Descriptor, writer.get(), {}, false};
    auto spawned = spawn(plan);
    REQUIRE(spawned);
    manager.tracker.note_process(spawned->pid, manager.a);
    char byte;
    REQUIRE(read(reader.get(), &byte, 1) == 1);
    manager.reap_until([&] { return !read_process_stat(spawned->pid); });
    auto left = manager.tracker.own_children_of(manager.a);
    REQUIRE(left.size() == 1);
    CHECK(manager.tracker.identify(left[0]).evidence == Evidence::Session);
    CHECK(manager.stop(manager.a, SIGTERM));
}

TEST_CASE("a manager with a limit of its own counts down from it, and the outer rounds up") {
    pid_t pid = fork();
    if (pid == 0) { // a limit, once lowered, stays
        Tracker outer({false, true});
        auto first = outer.add_owner("a"), second = outer.add_owner("b");
        auto tag = *outer.place(second).tag;
        rlimit locks{tag.locks, tag.locks}, rss{tag.rss, tag.rss};
        setrlimit(RLIMIT_LOCKS, &locks);
        setrlimit(RLIMIT_RSS, &rss);
        Tracker inner({false, true});
        auto nested = inner.add_owner("c");
        auto below = *inner.place(nested).tag;
        bool right = outer.place(first).tag->locks == uint64_t{1} << 32 &&
                     tag.locks == uint64_t{2} << 32 && below.locks == tag.locks - 1 &&
                     below.rss < tag.rss && below.rss > tag.rss - (uint64_t{1} << 32);
        _exit(right ? 0 : 1);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    rlimit own{};
    getrlimit(RLIMIT_LOCKS, &own);
    if (own.rlim_max == RLIM_INFINITY) CHECK(WEXITSTATUS(status) == 0);
}

namespace {

// An orphan in a session of its own that has lowered its limits; `prlimit` sets them.
pid_t start_with_limits(SmallManager& manager, OwnerId owner, const std::string& limits) {
    std::string line;
    auto script = cat("(setsid sh -c 'prlimit --pid $$ ", limits,
                      "; echo $$; exec sleep 1000' &); exec sleep 1000");
    manager.start(owner, script, &line);
    pid_t daemon = *parse_number<pid_t>(line);
    while (!is_own_child(daemon)) usleep(1000);
    return daemon;
}

} // namespace

TEST_CASE("a process that lowers its limit of locks is still its service's, and no other's") {
    for (const char* limits : {"--locks=0:0", "--locks=4294967296:4294967296"}) {
        CAPTURE(limits);
        SmallManager manager(by_tag);
        pid_t daemon = start_with_limits(manager, manager.b, limits);
        CHECK(manager.tracker.owner_of(daemon) == manager.b);
        CHECK(!manager.tracker.any_left(manager.a));
        CHECK(manager.stop(manager.b, SIGTERM));
        bool has_ended = !is_own_child(daemon) || is_own_zombie(daemon); // perhaps not yet reaped
        CHECK(has_ended);
    }
}

TEST_CASE("a process without its tag stays its service's where it was seen below it") {
    SmallManager manager(by_tag);
    std::string line;
    const char* script =
        "sh -c 'setsid sh -c \"prlimit --pid \\$\\$ --locks=0:0 --rss=0:0; echo \\$\\$; "
        "exec sleep 1000\" & wait'; exit 0";
    pid_t main = manager.start(manager.b, script, &line);
    pid_t daemon = *parse_number<pid_t>(line);
    CHECK(manager.tracker.processes_of(manager.b).size() >= 3);
    for (pid_t above = read_process_stat(daemon)->parent; above != getpid();) {
        pid_t next = read_process_stat(above)->parent;
        kill(above, SIGKILL);
        above = next;
    }
    manager.reap_until([&] { return !is_own_child(main); });
    CHECK(manager.tracker.identify(daemon).evidence == Evidence::Lineage);
    CHECK(manager.tracker.owner_of(daemon) == manager.b);
    CHECK(manager.stop(manager.b, SIGTERM));
}

TEST_CASE("a main process that was another's child is forgotten") {
    SmallManager manager(by_tag);
    std::string line;
    manager.start(manager.a, "sleep 1000 & echo $!; wait", &line);
    pid_t alien = *parse_number<pid_t>(line);
    manager.tracker.note_process(alien, manager.b);
    CHECK(manager.tracker.owner_of(alien) == manager.b);
    CHECK(manager.tracker.any_left(manager.b));
    manager.tracker.forget_alien(alien, manager.a); // not its to forget
    CHECK(manager.tracker.owner_of(alien) == manager.b);
    manager.tracker.forget_alien(alien, manager.b);
    CHECK(manager.tracker.owner_of(alien) == manager.a);
    CHECK(!manager.tracker.any_left(manager.b));
}

TEST_CASE("a stop ends what forks and exits without pause") {
    SmallManager manager(by_tag);
    // Each generation is in a new session, and its parent gone, before the next one. They end by
    // themselves some day, should a mistake let them live.
    const char* script =
        "s='[ $2 -gt 0 ] || exit; setsid sh -c \"$1\" x \"$1\" $(($2 - 1)) & exit'; echo go; "
        "for i in 1 2 3 4 5 6 7 8; do sh -c \"$s\" x \"$s\" 100 & done; wait";
    manager.start(manager.a, script);
    manager.start(manager.b, "echo x; exec sleep 1000");
    int generations = 0;
    manager.reap_until([&] { return ++generations > 30; });
    CHECK(manager.stop(manager.a, SIGKILL));
    CHECK(manager.tracker.any_left(manager.b));
}

TEST_CASE("what an orphan leaves behind without a pause is not overlooked when it has ended") {
    SmallManager manager(by_tag);
    // Of each process nothing is known but that its predecessor, which has ended, was the
    // service's.
    manager.start(manager.a,
                  "echo x; for i in 1 2 3; do (setsid sh -c 'sleep 0.05 & exit' &) ; done; "
                  "setsid sh -c '(sleep 1000 &) ; exit' & exit");
    int ended = 0;
    manager.reap_until([&] { return ++ended > 4; });
    CHECK(manager.tracker.any_left(manager.a));
    CHECK(manager.stop(manager.a, SIGKILL));
    CHECK(!manager.tracker.any_left(manager.a));
}

TEST_CASE("a signal spares whom it is told to spare") {
    SmallManager manager(by_tag);
    std::string line;
    pid_t main = manager.start(manager.a, "sleep 1000 & echo $!; wait", &line);
    SignalRequest request;
    request.owner = manager.a;
    request.signal = SIGTERM;
    request.except = {main};
    CHECK(manager.tracker.signal_all(request));
    manager.reap_until([&] { return !read_process_stat(main); }); // its wait ends with the child
    CHECK(request.told.size() == 1);
    CHECK(request.told.begin()->first == *parse_number<pid_t>(line));
}

TEST_CASE("what a process forks after it got the signal is spared, until SIGKILL") {
    SmallManager manager(by_tag);
    std::string line;
    pid_t main = manager.start(manager.a, "sh -c 'sleep 1000 & echo $!; wait'; wait", &line);
    pid_t grandchild = *parse_number<pid_t>(line);
    SignalRequest request;
    request.owner = manager.a;
    request.signal = SIGTERM;
    request.except = {main};
    request.newest_then = {{main, main}}; // as if the signal had come before it forked
    CHECK(manager.tracker.signal_all(request));
    CHECK(request.told.empty());
    CHECK(request.found);
    CHECK(manager.tracker.processes_of(manager.a).size() == 3);
    SignalRequest later;
    later.owner = manager.a;
    later.signal = SIGTERM;
    later.except = {main};
    later.newest_then = {{main, grandchild}};
    CHECK(manager.tracker.signal_all(later));
    CHECK(later.told.size() == 2);
    CHECK(manager.stop(manager.a, SIGKILL));
}

TEST_CASE("a pid is newer than another when it was given after it, also when they begin anew") {
    CHECK(is_newer(101, 100, 102));
    CHECK(!is_newer(100, 100, 102));
    CHECK(!is_newer(99, 100, 102));
    CHECK(!is_newer(103, 100, 102));
    CHECK(is_newer(300, 32767, 301));
    CHECK(is_newer(32768, 32767, 301));
    CHECK(!is_newer(302, 32767, 301));
    CHECK(!is_newer(101, 0, 102));
    CHECK(!is_newer(101, 100, 0));
    CHECK(NewestProcess().read() > 0);
}

TEST_SUITE_END();
