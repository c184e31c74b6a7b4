#include <doctest/doctest.h>

#include "manager_world.hpp"
#include "run/clean.hpp"

using namespace sctl;
using enum DirectoryType;

TEST_SUITE_BEGIN("manager");

namespace {

constexpr std::string_view all_kinds =
    "[Service]\nExecStart=/bin/true\nRuntimeDirectory=r:r-link\n"
    "StateDirectory=s/below\nConfigurationDirectory=c\n";

} // namespace

TEST_CASE("what can be cleaned is what has directories, in the order of the types") {
    ManagerWorld world;
    world.write("a.service", all_kinds);
    std::vector<DirectoryType> wanted{Runtime, State, Configuration};
    CHECK(cleanable_types(world.unit("a.service")) == wanted);
    world.write("b.target", "[Unit]\n");
    CHECK(cleanable_types(world.unit("b.target")).empty());
}

TEST_CASE("links and the private copies of directories go with them, but no configuration's") {
    ManagerWorld world;
    world.write("a.service", all_kinds);
    const auto& config = *world.unit("a.service").loaded.exec;
    std::vector<std::string> state{"/var/lib/s/below", "/var/lib/private/s/below"};
    CHECK(paths_to_clean(config, State) == state);
    std::vector<std::string> runtime{"/run/r", "/run/private/r", "/run/r-link"};
    CHECK(paths_to_clean(world.unit("a.service"), {Runtime, Cache, Runtime}) == runtime);
    CHECK(paths_to_clean(config, Configuration) == std::vector<std::string>{"/etc/c"});
    CHECK(paths_to_clean(config, Logs).empty());
}

TEST_CASE("what cannot be cleaned is refused in systemd's words") {
    ManagerWorld world;
    world.write("a.service", all_kinds);
    world.write("b.target", "[Unit]\n");
    auto refusal = [&](std::string_view name, const std::vector<DirectoryType>& types) {
        auto asked = world.manager().clean_unit(world.unit(name).id, types);
        return asked ? std::string() : asked.error().text;
    };
    CHECK(refusal("b.target", {State}) == "Unit 'b.target' does not support cleaning.");
    CHECK(refusal("a.service", {Cache}) == "No matching resources found.");
    CHECK(refusal("a.service", {}) == "No matching resources found.");
    CHECK(world.ask(JobType::Start, "a.service") == "");
    CHECK(refusal("a.service", {State}) == "Unit is not inactive or has pending job.");
}

TEST_CASE("types are known by systemd's words") {
    CHECK(directory_type_from("logs") == Logs);
    CHECK(to_string(Configuration) == "configuration");
    CHECK_FALSE(directory_type_from("fdstore"));
}

TEST_SUITE_END();
