// Path units in a manager whose clock and processes are the test's; the files are real.
#include <doctest/doctest.h>

#include <sys/stat.h>

#include "manager/unit_hold.hpp"
#include "process_world.hpp"
#include "run/path/path_run.hpp"

using namespace sctl;

namespace {

struct PathWorld : ProcessWorld {
    void write_path(std::string_view settings,
                    std::string_view service =
                        "[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=/bin/job\n") {
        write("a.path", cat("[Path]\n", settings));
        write("a.service", service);
        holds_.emplace_back(manager(), unit("a.path").id);
        holds_.emplace_back(manager(), unit("a.service").id);
        REQUIRE(start("a.path"));
    }
    [[nodiscard]] std::string at(std::string_view path) { return cat(files.path(), path); }
    void put(std::string_view path) { files.write(std::string(path), "x"); }
    // What was told of the files until now.
    void look() {
        for (int i = 0; i < 3; ++i) leap(Span{});
        REQUIRE(settle());
    }
    void finish_job() {
        pid_t pid = main_pid("a.service");
        processes.exits(pid, 0);
        REQUIRE(run_until([&] { return pid == 0 || main_pid("a.service") != pid; }));
        look();
    }
    // Runs that have begun since it was asked last, each of which ends.
    size_t runs() {
        look();
        while (main_pid("a.service") != 0) {
            leap(1s);
            finish_job();
        }
        return processes.spawned.size() - std::exchange(seen_, processes.spawned.size());
    }
    PathResult result() { return path_status(unit("a.path"))->result; }

  private:
    std::vector<UnitHold> holds_;
    size_t seen_ = 0;
};

} // namespace

TEST_SUITE_BEGIN("paths");

TEST_CASE("a file that appears below directories that are not there starts the service") {
    PathWorld world;
    world.write_path("PathChanged=/q/r/s/file\n");
    CHECK(world.sub_state("a.path") == "waiting");
    for (auto directory : {"/q", "/q/r", "/q/r/s"}) {
        REQUIRE(mkdir(world.at(directory).c_str(), 0755) == 0);
        CHECK(world.runs() == 0);
    }
    world.put("/q/r/s/sibling");
    CHECK(world.runs() == 0);
    world.put("/q/r/s/file");
    CHECK(world.runs() == 1);
    world.put("/q/r/s/file"); // written again
    CHECK(world.runs() == 1);
    REQUIRE(chmod(world.at("/q/r/s/file").c_str(), 0600) == 0);
    CHECK(world.runs() == 1);
    REQUIRE(unlink(world.at("/q/r/s/file").c_str()) == 0);
    CHECK(world.runs() == 1);
    world.put("/q/r/s/sibling");
    CHECK(world.runs() == 0);
    // Another takes its place; its directory goes and comes back with it.
    REQUIRE(rename(world.at("/q/r/s/sibling").c_str(), world.at("/q/r/s/file").c_str()) == 0);
    CHECK(world.runs() == 1);
    REQUIRE(rename(world.at("/q/r").c_str(), world.at("/q/x").c_str()) == 0);
    CHECK(world.runs() == 1);
    REQUIRE(rename(world.at("/q/x").c_str(), world.at("/q/r").c_str()) == 0);
    CHECK(world.runs() == 1);
    REQUIRE(world.stop("a.path"));
    CHECK(world.sub_state("a.path") == "dead");
    world.put("/q/r/s/file");
    CHECK(world.runs() == 0);
}

TEST_CASE("only PathModified= counts a write before the file is closed") {
    for (bool modified : {false, true}) {
        PathWorld world;
        world.put("/file");
        world.write_path(modified ? "PathModified=/file\n" : "PathChanged=/file\n");
        CHECK(world.runs() == 0);
        UniqueFd file(open(world.at("/file").c_str(), O_WRONLY | O_CLOEXEC));
        REQUIRE(write(file.get(), "y", 1) == 1);
        CHECK(world.runs() == (modified ? 1 : 0));
        file.reset();
        CHECK(world.runs() == 1);
    }
}

TEST_CASE("links on the way are followed, and one that leads elsewhere is a change") {
    PathWorld world;
    world.put("/one/file");
    world.put("/two/file");
    REQUIRE(symlink("one", world.at("/link").c_str()) == 0);
    REQUIRE(symlink("link/file", world.at("/last").c_str()) == 0);
    world.write_path("PathChanged=/last\n");
    world.put("/one/file");
    CHECK(world.runs() == 1);
    world.put("/two/file");
    CHECK(world.runs() == 0);
    REQUIRE(symlink("two", world.at("/new").c_str()) == 0);
    REQUIRE(rename(world.at("/new").c_str(), world.at("/link").c_str()) == 0);
    (void)world.runs();
    world.put("/two/file");
    CHECK(world.runs() == 1);
    world.put("/one/file");
    CHECK(world.runs() == 0);
    REQUIRE(symlink("one/file", world.at("/new").c_str()) == 0);
    REQUIRE(rename(world.at("/new").c_str(), world.at("/last").c_str()) == 0);
    CHECK(world.runs() == 1);
    // Where a link leads to nothing, that is waited for.
    REQUIRE(symlink("nowhere/yet", world.at("/new").c_str()) == 0);
    REQUIRE(rename(world.at("/new").c_str(), world.at("/last").c_str()) == 0);
    CHECK(world.runs() == 1);
    world.put("/nowhere/yet");
    CHECK(world.runs() == 1);
}

TEST_CASE("what is there starts the service at once, and again as long as it is there") {
    PathWorld world;
    world.put("/here");
    world.write_path("PathExists=/here\n");
    for (int i = 0; i < 3; ++i) {
        world.look();
        CHECK(world.sub_state("a.path") == "running");
        world.leap(5s);
        world.finish_job();
    }
    CHECK(world.processes.spawned.size() == 4);
    REQUIRE(unlink(world.at("/here").c_str()) == 0);
    world.finish_job();
    CHECK(world.sub_state("a.path") == "waiting");
}

TEST_CASE(
    "a service that ends too often takes its path unit along; one that never begins hits the "
    "limit of triggers") {
    PathWorld world;
    world.put("/here");
    world.write_path("PathExists=/here\n", "[Service]\nExecStart=/bin/job\n");
    REQUIRE(world.run_until([&] {
        if (pid_t pid = world.main_pid("a.service")) world.processes.exits(pid, 0);
        return world.state("a.path") == ActiveState::Failed;
    }));
    CHECK(world.result() == PathResult::UnitStartLimitHit);
    CHECK(world.state("a.service") == ActiveState::Failed);

    PathWorld other;
    other.put("/here");
    other.write_path("PathExists=/here\n",
                     "[Unit]\nConditionPathExists=/no\n[Service]\nExecStart=/bin/job\n");
    REQUIRE(other.run_until([&] { return other.state("a.path") == ActiveState::Failed; }));
    CHECK(other.result() == PathResult::TriggerLimitHit);
    CHECK(other.output.said("a.path: Trigger limit hit, refusing further activation."));
    CHECK(other.state("a.service") == ActiveState::Inactive);
}

TEST_CASE("a change while the service is at work brings one more run, and no third") {
    PathWorld world;
    world.put("/file");
    world.write_path("PathChanged=/file\n");
    world.put("/file");
    world.look();
    REQUIRE(world.processes.spawned.size() == 1);
    world.put("/file"); // of the same burst
    world.look();
    world.leap(1s);
    world.finish_job();
    CHECK(world.sub_state("a.path") == "waiting");
    world.put("/file");
    world.look();
    world.leap(1s);
    world.put("/file");
    world.look();
    world.finish_job();
    REQUIRE(world.processes.spawned.size() == 3);
    world.leap(1s);
    world.put("/file"); // as a service does that writes to it itself
    world.look();
    world.finish_job();
    CHECK(world.processes.spawned.size() == 3);
    CHECK(world.sub_state("a.path") == "waiting");
    world.put("/file");
    CHECK(world.runs() > 0);
}

TEST_CASE("patterns match what comes later, in any part of the path") {
    PathWorld world;
    world.write_path("PathExistsGlob=/g/*/*.conf\n");
    world.put("/g/x/a.txt");
    CHECK(world.runs() == 0);
    REQUIRE(mkdir(world.at("/g/y").c_str(), 0755) == 0);
    world.look();
    world.put("/g/y/a.conf");
    world.look();
    CHECK(world.processes.spawned.size() == 1);
    REQUIRE(unlink(world.at("/g/y/a.conf").c_str()) == 0);
    world.finish_job();
    CHECK(world.sub_state("a.path") == "waiting");
}

TEST_CASE("a directory is empty with what hides in it, and is made where that is asked for") {
    PathWorld world;
    world.write_path("DirectoryNotEmpty=/spool/in\nMakeDirectory=yes\nDirectoryMode=0700\n");
    struct stat info {};
    REQUIRE(stat(world.at("/spool/in").c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0700);
    for (auto name : {".hidden", "a~", "a.dpkg-new"}) world.put(cat("/spool/in/", name));
    CHECK(world.runs() == 0);
    world.put("/spool/in/mail");
    world.look();
    CHECK(world.processes.spawned.size() == 1);
    REQUIRE(unlink(world.at("/spool/in/mail").c_str()) == 0);
    world.finish_job();
    CHECK(world.sub_state("a.path") == "waiting");
}

TEST_CASE("several units may watch one file, each for changes of its own") {
    PathWorld world;
    world.put("/file");
    world.write_path("PathChanged=/file\n");
    world.write("b.path", "[Path]\nPathModified=/file\n");
    world.write("b.service", "[Service]\nExecStart=/bin/other\n");
    UnitHold hold(world.manager(), world.unit("b.path").id);
    REQUIRE(world.start("b.path"));
    UniqueFd file(open(world.at("/file").c_str(), O_WRONLY | O_CLOEXEC));
    REQUIRE(write(file.get(), "y", 1) == 1);
    world.look();
    CHECK(world.processes.spawned == std::vector<std::string>{"/bin/other"});
    REQUIRE(world.stop("b.path"));
    file.reset();
    world.look();
    CHECK(world.processes.spawned == std::vector<std::string>{"/bin/other", "/bin/job"});
}

TEST_SUITE_END();
