#include <doctest/doctest.h>
#include <unistd.h>

#include "manager/generators.hpp"
#include "manager_world.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("manager");

namespace {

constexpr std::string_view etc = "/etc/systemd/system-generators/";
constexpr std::string_view shipped = "/usr/lib/systemd/system-generators/";

struct GeneratorWorld : ManagerWorld {
    void generator(std::string_view name, std::string_view script,
                   std::string_view directory = etc) {
        files.write(std::string(directory) + std::string(name), script, 0755);
    }
    bool reload() {
        bool done = false;
        manager().reload([&] { done = true; });
        return run_until([&] { return done; });
    }
    [[nodiscard]] bool exists(std::string_view path) const {
        return access((files.path() + std::string(path)).c_str(), F_OK) == 0;
    }
};

std::string writes_unit(std::string_view directory, std::string_view description) {
    return "#!/bin/sh\nprintf '[Unit]\\nDescription=" + std::string(description) +
           "\\n[Service]\\nExecStart=/bin/true\\n' >\"" + std::string(directory) +
           "/made.service\"\n";
}

std::vector<std::string> names_of(const std::vector<Generator>& generators) {
    std::vector<std::string> names;
    for (const auto& generator : generators) names.push_back(generator.name);
    return names;
}

} // namespace

TEST_CASE("the first directory with a generator's name wins, and a mask hides it") {
    TemporaryDirectory dir;
    auto put = [&](std::string_view directory, std::string_view name, std::string_view text,
                   mode_t mode = 0755) {
        return dir.write(std::string(directory) + std::string(name), text, mode);
    };
    auto mine = put(etc, "both", "#!/bin/sh\n");
    put(shipped, "both", "#!/bin/sh\n");
    put(shipped, "masked", "#!/bin/sh\n");
    put(shipped, "emptied", "#!/bin/sh\n");
    put(shipped, "left-out", "#!/bin/sh\n");
    put(shipped, "backup~", "#!/bin/sh\n");
    put(shipped, "data", "text", 0644);
    put(etc, "emptied", "", 0644);
    dir.link(std::string(etc) + "masked", "/dev/null");
    put(etc, "in-etc-left-out", "#!/bin/sh\n");
    put(etc, "not-executable", "#!/bin/sh\n", 0644);
    put(shipped, "not-executable", "#!/bin/sh\n");
    auto found = find_generators(
        dir.root(), [](std::string_view name) { return name.find("left-out") != name.npos; });
    CHECK(names_of(found) == std::vector<std::string>{"both", "in-etc-left-out", "not-executable"});
    CHECK(found.front().path == mine);
}

TEST_CASE("daemon-reload runs generators and reads what they have written") {
    GeneratorWorld world;
    world.generator("one", writes_unit("$1", "First"));
    REQUIRE(world.reload());
    CHECK(world.unit("made.service").description() == "First");
    world.generator("one", writes_unit("$3", "Second"));
    REQUIRE(world.reload());
    CHECK(world.unit("made.service").description() == "Second");
    CHECK(!world.exists("/run/systemd/generator"));
    CHECK(world.exists("/run/systemd/generator.late/made.service"));
    CHECK(!world.exists("/run/systemd/generator.former"));
}

TEST_CASE("what was generated before can be read while generators run") {
    GeneratorWorld world;
    world.generator("one", writes_unit("$1", "First"));
    REQUIRE(world.reload());
    world.generator("one", "#!/bin/sh\nuntil [ -e \"${0%/*}/go\" ]; do sleep 0.01; done\n");
    bool done = false;
    world.manager().reload([&] { done = true; });
    CHECK(world.unit("made.service").description() == "First");
    CHECK(!done);
    world.files.write(std::string(etc) + "go", "");
    REQUIRE(world.run_until([&] { return done; }));
    CHECK(world.unit("made.service").loaded.load_state == LoadState::NotFound);
}

TEST_CASE("a generator that fails or cannot be executed costs a line in the log") {
    GeneratorWorld world;
    world.generator("bad", "#!/bin/sh\nexit 3\n");
    world.generator("dead", "#!/bin/sh\nkill -KILL $$\n");
    world.generator("lost", "#!/no/such/interpreter\n");
    world.generator("good", writes_unit("$2", "Made"));
    REQUIRE(world.reload());
    CHECK(world.unit("made.service").description() == "Made");
}

TEST_CASE("a reload that is asked for during another runs the generators again") {
    GeneratorWorld world;
    world.generator("count", "#!/bin/sh\necho >>\"${0%/*}/runs\"\n");
    int done = 0;
    for (int i = 0; i < 3; ++i) world.manager().reload([&] { ++done; });
    REQUIRE(world.run_until([&] { return done == 3; }));
    CHECK(world.files.read(std::string(etc) + "runs") == "\n\n");
}

TEST_CASE("generators are told the scope, the architecture and where to write") {
    GeneratorWorld world;
    world.generator("tell", "#!/bin/sh\nenv >\"${0%/*}/env\"\necho \"$*\" >>\"${0%/*}/env\"\n");
    REQUIRE(world.reload());
    auto text = world.files.read(std::string(etc) + "env");
    CHECK(text.find("SYSTEMD_SCOPE=system\n") != std::string::npos);
    CHECK(text.find("SYSTEMD_IN_INITRD=0\n") != std::string::npos);
    CHECK(text.find("SYSTEMD_FIRST_BOOT=0\n") != std::string::npos);
    CHECK(text.find("SYSTEMD_ARCHITECTURE=") != std::string::npos);
    auto run = world.files.path() + "/run/systemd/generator";
    CHECK(text.find(run + " " + run + ".early " + run + ".late\n") != std::string::npos);
}
