#include "manager/current_config.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include "manager_world.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("manager");

namespace {

struct ConfigWorld {
    TemporaryDirectory directory;
    ManagerOptions options;
    Facts facts;
    CollectedOutput output;
    LogLevel before = log_level();

    ConfigWorld() { options.instance = directory.path(); }
    ~ConfigWorld() { set_log_level(before); }
    void write(std::string_view text) { directory.write("/etc/systemd/system.conf", text); }
};

} // namespace

TEST_CASE("what clients say of log and status lines goes over the configuration until taken back") {
    ConfigWorld world;
    world.write("[Manager]\nLogLevel=warning\nShowStatus=no\n");
    ManagerEnvironment environment(world.options);
    CurrentConfig config(world.options, world.facts, world.output, environment);
    CHECK(config.shows_status());
    config.read_at_start();
    CHECK(!config.shows_status());
    CHECK(log_level() == LogLevel::Warning);
    config.override_log_level(LogLevel::Debug);
    config.override_log_level(LogLevel::Notice);
    config.override_show_status(true);
    world.write("[Manager]\nLogLevel=err\nShowStatus=no\nDefaultEnvironment=A=1\n");
    config.read_again();
    CHECK(log_level() == LogLevel::Notice);
    CHECK(config.shows_status());
    CHECK(environment.assignments().front() == "A=1");
    config.override_log_level(std::nullopt);
    config.override_show_status(std::nullopt);
    CHECK(log_level() == LogLevel::Error);
    CHECK(!config.shows_status());
    // A level that is configured no longer stays, as in systemd.
    world.write("");
    config.read_again();
    CHECK(log_level() == LogLevel::Error);
    CHECK(config.shows_status());
    CHECK(environment.assignments().front() != "A=1");
}

TEST_CASE("a configuration that cannot be read for a reason of the moment stays as it was") {
    ConfigWorld world;
    world.write("[Manager]\nDefaultRestartSec=5\nLogTarget=journal\n");
    ManagerEnvironment environment(world.options);
    CurrentConfig config(world.options, world.facts, world.output, environment);
    config.read_at_start();
    CHECK(world.output.said("no effect here: LogTarget="));
    rlimit old{};
    REQUIRE(getrlimit(RLIMIT_NOFILE, &old) == 0);
    rlimit none{0, old.rlim_max};
    REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
    config.read_again();
    setrlimit(RLIMIT_NOFILE, &old);
    CHECK(config.values().units.restart_sec == 5s);
    CHECK(world.output.said("Too many open files"));
    world.write("[Manager]\n");
    config.read_again();
    CHECK(config.values().units.restart_sec == 100ms);
}

TEST_SUITE_END();
