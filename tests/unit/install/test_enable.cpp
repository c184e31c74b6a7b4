#include <cerrno>

#include <doctest/doctest.h>

#include "install_root.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("install");

TEST_CASE("enable makes the links of Alias=, WantedBy= and RequiredBy=, then those of Also=") {
    InstallRoot root;
    root.unit(lib + "x.target", "[Unit]\n");
    root.service("also.service");
    root.service("e.service",
                 "WantedBy=multi-user.target\nRequiredBy=x.target\n"
                 "Alias=alias.service\nAlso=also.service\n");
    auto outcome = enable_units(root.place, names({"e.service"}));
    CHECK(outcome.error == 0);
    CHECK(outcome.carries_install_info);
    CHECK(root.lines(outcome) ==
          Lines{"symlink " + etc + "alias.service " + lib + "e.service",
                "symlink " + etc + "multi-user.target.wants/e.service " + lib + "e.service",
                "symlink " + etc + "x.target.requires/e.service " + lib + "e.service",
                "symlink " + etc + "multi-user.target.wants/also.service " + lib + "also.service"});
    CHECK(root.state("e.service") == "enabled");
    CHECK(root.state("also.service") == "enabled");
    CHECK(root.state("alias.service") == "alias");
}

TEST_CASE("what is enabled already is no change") {
    InstallRoot root;
    root.service("a.service");
    CHECK(enable_units(root.place, names({"a.service"})).changes.size() == 1);
    auto again = enable_units(root.place, names({"a.service"}));
    CHECK(again.changes.empty());
    CHECK(again.carries_install_info);
}

TEST_CASE(
    "disable removes the links of dependencies first, then aliases, and the emptied directories") {
    InstallRoot root;
    root.service("also.service");
    root.service("e.service",
                 "WantedBy=multi-user.target\nAlias=alias.service\nAlso=also.service\n");
    (void)enable_units(root.place, names({"e.service"}));
    auto outcome = disable_units(root.place, names({"e.service"}));
    CHECK(root.lines(outcome) == Lines{"unlink " + etc + "multi-user.target.wants/also.service",
                                       "unlink " + etc + "multi-user.target.wants/e.service",
                                       "unlink " + etc + "alias.service"});
    CHECK(root.links().empty());
    CHECK_FALSE(boost::filesystem::exists(root.directory.path() + etc + "multi-user.target.wants"));
    CHECK(root.state("e.service") == "disabled");
}

TEST_CASE("disable removes stale links too, also to a unit that has gone") {
    InstallRoot root;
    root.directory.link(etc + "multi-user.target.wants/gone.service", lib + "gone.service");
    root.directory.link(etc + "other.service", lib + "gone.service");
    auto outcome = disable_units(root.place, names({"gone.service"}));
    CHECK(outcome.error == 0);
    CHECK(root.lines(outcome) == Lines{"!" + std::to_string(ENOENT) + " gone.service",
                                       "unlink " + etc + "multi-user.target.wants/gone.service",
                                       "unlink " + etc + "other.service"});
}

TEST_CASE("a unit without a file cannot be enabled") {
    InstallRoot root;
    auto outcome = enable_units(root.place, names({"nope.service"}));
    CHECK(outcome.error == ENOENT);
    CHECK(root.lines(outcome) == Lines{"!" + std::to_string(ENOENT) + " nope.service"});
    CHECK(root.state("nope.service") == "!" + std::to_string(ENOENT));
}

TEST_CASE("a link to a dependency that does not exist is made and said") {
    InstallRoot root;
    root.service("a.service", "WantedBy=nil.target\n");
    auto outcome = enable_units(root.place, names({"a.service"}));
    CHECK(root.lines(outcome) ==
          Lines{"symlink " + etc + "nil.target.wants/a.service " + lib + "a.service",
                "destination not present nil.target " + lib + "a.service"});
}

TEST_CASE("a target that is compiled in exists") {
    InstallRoot root;
    static constexpr EmbeddedUnit embedded[] = {{"nil.target", "[Unit]\n"}};
    root.place.embedded = embedded;
    root.service("a.service", "WantedBy=nil.target\n");
    CHECK(enable_units(root.place, names({"a.service"})).changes.size() == 1);
    CHECK(root.state("nil.target") == "static");
}

TEST_CASE("mask and unmask") {
    InstallRoot root;
    root.service("a.service");
    CHECK(root.lines(mask_units(root.place, names({"a.service"}))) ==
          Lines{"symlink " + etc + "a.service /dev/null"});
    CHECK(root.state("a.service") == "masked");
    CHECK(mask_units(root.place, names({"a.service"})).changes.empty());
    auto enabled = enable_units(root.place, names({"a.service"}));
    CHECK(root.lines(enabled) == Lines{"!" + std::to_string(ERFKILL) + " " + etc + "a.service"});
    CHECK(root.lines(disable_units(root.place, names({"a.service"}))) ==
          Lines{"masked " + etc + "a.service"});
    CHECK(root.lines(unmask_units(root.place, names({"a.service"}))) ==
          Lines{"unlink " + etc + "a.service"});
    CHECK(unmask_units(root.place, names({"a.service"})).changes.empty());
    CHECK(root.state("a.service") == "disabled");
}

TEST_CASE("a unit whose file lies in /etc cannot be masked, not even by force") {
    InstallRoot root;
    root.unit(etc + "a.service", "[Service]\nExecStart=/bin/true\n");
    auto outcome = mask_units(root.place, names({"a.service"}), {.runtime = false, .force = true});
    CHECK(outcome.error == EEXIST);
    CHECK(root.lines(outcome) == Lines{"!" + std::to_string(EEXIST) + " " + etc + "a.service"});
    CHECK(mask_units(root.place, names({"a.service"}), {.runtime = true}).error == 0);
    CHECK(root.state("a.service") == "static");
}

TEST_CASE("an empty file masks, and unmask removes it") {
    InstallRoot root;
    root.unit(etc + "m.service", "");
    CHECK(root.state("m.service") == "masked");
    CHECK(root.lines(unmask_units(root.place, names({"m.service"}))) ==
          Lines{"unlink " + etc + "m.service"});
}

TEST_CASE("unmask leaves alone what is no mask") {
    InstallRoot root;
    root.unit(etc + "a.service", "[Service]\nExecStart=/bin/true\n");
    CHECK(unmask_units(root.place, names({"a.service"})).changes.empty());
    CHECK(root.state("a.service") == "static");
}

TEST_CASE("--runtime writes to /run") {
    InstallRoot root;
    root.service("a.service");
    CHECK(root.lines(enable_units(root.place, names({"a.service"}), {.runtime = true})) ==
          Lines{"symlink " + run + "multi-user.target.wants/a.service " + lib + "a.service"});
    CHECK(root.state("a.service") == "enabled-runtime");
    CHECK(disable_units(root.place, names({"a.service"})).changes.empty());
    CHECK(mask_units(root.place, names({"a.service"}), {.runtime = true}).error == 0);
    CHECK(root.state("a.service") == "masked-runtime");
    CHECK(unmask_units(root.place, names({"a.service"})).changes.empty());
    CHECK(unmask_units(root.place, names({"a.service"}), {.runtime = true}).changes.size() == 1);
    CHECK(disable_units(root.place, names({"a.service"}), {.runtime = true}).changes.size() == 1);
    CHECK(root.state("a.service") == "disabled");
}

TEST_CASE("a template is enabled as its default instance") {
    InstallRoot root;
    root.service("d@.service", "WantedBy=multi-user.target\nDefaultInstance=def\n");
    CHECK(root.lines(enable_units(root.place, names({"d@.service"}))) ==
          Lines{"symlink " + etc + "multi-user.target.wants/d@def.service " + lib + "d@.service"});
    CHECK(root.state("d@.service") == "enabled");
    CHECK(root.state("d@def.service") == "enabled");
    CHECK(root.state("d@x.service") == "disabled");
    CHECK(disable_units(root.place, names({"d@.service"})).changes.size() == 1);
    CHECK(enable_units(root.place, names({"d@zz.service"})).changes.size() == 1);
    CHECK(root.state("d@.service") == "indirect");
    CHECK(disable_units(root.place, names({"d@.service"})).changes.size() == 1);
}

TEST_CASE("a template whose default instance is masked is not enabled, but what else it asks for") {
    InstallRoot root;
    root.service("d@.service", "WantedBy=multi-user.target\nDefaultInstance=def\n");
    root.directory.link(etc + "d@def.service", "/dev/null");
    for (auto* verb : {"enable", "preset"}) {
        CAPTURE(verb);
        auto outcome = std::string_view(verb) == "enable"
                           ? enable_units(root.place, names({"d@.service"}))
                           : preset_units(root.place, names({"d@.service"}));
        CHECK(outcome.error == ERFKILL);
        CHECK(root.lines(outcome) ==
              Lines{"!" + std::to_string(ERFKILL) + " " + etc + "d@def.service"});
    }
    CHECK(enable_units(root.place, names({"d@other.service"})).error == 0);
    root.service("e@.service", "Alias=f@.service\nDefaultInstance=def\n");
    root.directory.link(etc + "e@def.service", "/dev/null");
    CHECK(enable_units(root.place, names({"e@.service"})).error == 0);
}

TEST_CASE("a template without a default instance hangs on templates alone") {
    InstallRoot root;
    root.service("t@.service");
    auto outcome = enable_units(root.place, names({"t@.service"}));
    CHECK(outcome.error == EIDRM);
    CHECK(root.lines(outcome) ==
          Lines{"!" + std::to_string(EIDRM) + " multi-user.target t@.service"});
    auto by_preset = preset_units(root.place, names({"t@.service"}));
    CHECK(by_preset.error == 0);
    CHECK(by_preset.changes.empty());
    CHECK(enable_units(root.place, names({"t@foo.service"})).error == 0);
    CHECK(root.state("t@.service") == "indirect");
    CHECK(root.state("t@foo.service") == "enabled");
}

TEST_CASE("an alias in /etc cannot be enabled, but disabled") {
    InstallRoot root;
    root.service("al.service", "Alias=other.service al.service\n");
    CHECK(enable_units(root.place, names({"al.service"})).changes.size() == 1);
    auto outcome = enable_units(root.place, names({"other.service"}));
    CHECK(outcome.error == ELOOP);
    CHECK(root.lines(outcome) == Lines{"!" + std::to_string(ELOOP) + " other.service"});
    CHECK(disable_units(root.place, names({"other.service"})).changes.size() == 1);
}

TEST_CASE("an alias of another type or kind is refused, the rest is done") {
    InstallRoot root;
    root.service("b.service", "WantedBy=multi-user.target\nAlias=x.socket foo@.service\n");
    auto outcome = enable_units(root.place, names({"b.service"}));
    CHECK(outcome.error == EXDEV);
    CHECK(root.lines(outcome) ==
          Lines{"!" + std::to_string(EXDEV) + " x.socket b.service",
                "!" + std::to_string(EXDEV) + " foo@.service b.service",
                "symlink " + etc + "multi-user.target.wants/b.service " + lib + "b.service"});
}

TEST_CASE("units without [Install] carry no information for it") {
    InstallRoot root;
    root.service("st.service", "");
    CHECK_FALSE(enable_units(root.place, names({"st.service"})).carries_install_info);
    CHECK(root.state("st.service") == "static");
    root.service("o.service", "Also=st.service\n");
    CHECK(root.state("o.service") == "indirect");
}

TEST_CASE("a unit file from elsewhere is linked as it is enabled") {
    InstallRoot root;
    root.unit("/opt/l.service",
              "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n");
    CHECK(root.links().empty());
    (void)enable_units(root.place, names({"/opt/l.service"}));
    CHECK(root.links() == Links{etc + "l.service /opt/l.service",
                                etc + "multi-user.target.wants/l.service /opt/l.service"});
    CHECK(root.state("l.service") == "enabled");
    CHECK(disable_units(root.place, names({"l.service"})).changes.size() == 2);
    CHECK(root.links().empty());
}

TEST_CASE("states by directory") {
    InstallRoot root;
    root.unit("/run/systemd/generator/g.service", "[Service]\n");
    root.unit("/run/systemd/transient/t.service", "[Service]\n");
    root.unit(lib + "bad.service", "[Service\n");
    root.directory.link(etc + "loop.service", "loop.service");
    CHECK(root.state("g.service") == "generated");
    CHECK(root.state("t.service") == "transient");
    CHECK(root.state("bad.service") == "!" + std::to_string(EBADMSG));
    CHECK(root.state("loop.service") == "!" + std::to_string(ELOOP));
    auto outcome = enable_units(root.place, names({"g.service"}));
    CHECK(root.lines(outcome) ==
          Lines{"!" + std::to_string(EADDRNOTAVAIL) + " /run/systemd/generator/g.service"});
}

TEST_SUITE_END();
