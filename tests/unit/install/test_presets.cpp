#include <cerrno>

#include <doctest/doctest.h>

#include "install/presets.hpp"
#include "install_root.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("install");

namespace {

const std::string wants = "/etc/systemd/system/multi-user.target.wants/";

} // namespace

TEST_CASE("the first line of the first preset file that matches decides") {
    InstallRoot root;
    root.unit(
        "/etc/systemd/system-preset/10-x.preset",
        "# c\n; c\nenable a.service\ndisable b.*\n  disable d.service # x\ndisable e.service\n"
        "enable e.service\n");
    root.unit("/run/systemd/system-preset/10-x.preset",
              "disable a.service\n"); // hidden by the first
    root.unit("/lib/systemd/system-preset/05-y.preset", "disable f.service\n");
    auto presets = Presets::read(root.place);
    CHECK(presets.ask("a.service").enable);
    CHECK_FALSE(presets.ask("b.service").enable);
    CHECK(presets.ask("c.service").enable);
    CHECK(presets.ask("d.service").enable); // its line matches "d.service # x" alone
    CHECK_FALSE(presets.ask("e.service").enable);
    CHECK_FALSE(presets.ask("f.service").enable);
    CHECK(root.warnings.empty());
}

TEST_CASE("without preset files everything is enabled") {
    InstallRoot root;
    root.service("a.service");
    CHECK(root.lines(preset_units(root.place, names({"a.service"}), PresetMode::EnableOnly)) ==
          Lines{"symlink " + wants + "a.service " + lib + "a.service"});
    CHECK(preset_units(root.place, names({"a.service"})).changes.empty());
}

TEST_CASE("a preset line that is not understood is told and left out") {
    InstallRoot root;
    auto path = root.directory.write("/etc/systemd/system-preset/1.preset",
                                     "ignore c.service\nenable a.service b\n");
    (void)Presets::read(root.place);
    CHECK(root.warnings == Lines{path + ":1: Couldn't parse line 'ignore c.service'. Ignoring.",
                                 path + ":2: Couldn't parse line 'enable a.service b'. Ignoring."});
}

TEST_CASE("a preset line may name the instances of a template") {
    InstallRoot root;
    root.unit("/etc/systemd/system-preset/1.preset", "enable i@.service one two\ndisable *\n");
    root.service("i@.service");
    CHECK(root.lines(preset_units(root.place, names({"i@.service"}))) ==
          Lines{"symlink " + wants + "i@one.service " + lib + "i@.service",
                "symlink " + wants + "i@two.service " + lib + "i@.service"});
    auto presets = Presets::read(root.place);
    CHECK(presets.ask("i@two.service").enable);
    CHECK_FALSE(presets.ask("i@three.service").enable);
}

TEST_CASE("preset modes do one half only") {
    InstallRoot root;
    root.unit("/etc/systemd/system-preset/1.preset", "disable b.service\n");
    root.service("a.service");
    root.service("b.service");
    (void)enable_units(root.place, names({"b.service"}));
    auto both = names({"a.service", "b.service"});
    CHECK(root.lines(preset_units(root.place, both, PresetMode::DisableOnly)) ==
          Lines{"unlink " + wants + "b.service"});
    CHECK(root.lines(preset_units(root.place, both, PresetMode::EnableOnly)) ==
          Lines{"symlink " + wants + "a.service " + lib + "a.service"});
}

TEST_CASE("preset of an alias does nothing, of a missing or masked unit fails") {
    InstallRoot root;
    root.service("a.service");
    root.directory.link(lib + "ali.service", "a.service");
    root.unit(etc + "m.service", "");
    CHECK(preset_units(root.place, names({"ali.service"})).changes.empty());
    CHECK(preset_units(root.place, names({"nope.service"})).error == ENOENT);
    CHECK(preset_units(root.place, names({"m.service"})).error == ERFKILL);
}

TEST_CASE("preset-all goes on past what cannot be enabled") {
    InstallRoot root;
    root.unit(etc + "m.service", "");
    root.service("z.service");
    auto outcome = preset_all(root.place);
    CHECK(outcome.error == 0);
    CHECK(root.state("z.service") == "enabled");
    // None of its changes is a failure, for which systemctl would end with 1.
    CHECK(root.lines(outcome) == Lines{"masked " + etc + "m.service",
                                       "symlink " + wants + "z.service " + lib + "z.service"});
}

TEST_SUITE_END();
