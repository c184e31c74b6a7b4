#include <cerrno>

#include <doctest/doctest.h>

#include "install/messages.hpp"
#include "install/unit_file_states.hpp"
#include "install_root.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("install");

namespace {

Lines texts(const InstallOutcome& outcome, std::string_view verb) {
    Lines lines;
    for (const auto& message : install_messages(outcome, verb)) lines.push_back(message.text);
    return lines;
}

} // namespace

TEST_CASE("link makes a unit of a file elsewhere; another of its name needs force") {
    InstallRoot root;
    root.unit("/opt/l.service", "[Service]\n");
    root.unit("/opt2/l.service", "[Service]\n");
    CHECK(root.lines(link_units(root.place, names({"/opt/l.service"}))) ==
          Lines{"symlink " + etc + "l.service /opt/l.service"});
    CHECK(root.state("l.service") == "linked");
    CHECK(link_units(root.place, names({"/opt/l.service"})).changes.empty());
    CHECK(link_units(root.place, names({"/opt2/l.service"})).error == EEXIST);
    auto forced =
        link_units(root.place, names({"/opt2/l.service"}), {.runtime = false, .force = true});
    CHECK(root.lines(forced) ==
          Lines{"unlink " + etc + "l.service", "symlink " + etc + "l.service /opt2/l.service"});
    CHECK(link_units(root.place, names({"/opt/nope.service"})).error == ENOENT);
    CHECK(link_units(root.place, names({"/opt/foo.bar"})).error == EUCLEAN);
}

TEST_CASE("a unit that is only linked in /run is linked-runtime") {
    InstallRoot root;
    root.unit("/opt/n.service", "[Unit]\n");
    CHECK(link_units(root.place, names({"/opt/n.service"}), {.runtime = true}).error == 0);
    CHECK(root.state("n.service") == "linked-runtime");
    CHECK(disable_units(root.place, names({"n.service"}), {.runtime = true}).changes.size() == 1);
}

TEST_CASE("where a file from elsewhere cannot be linked, it is not enabled") {
    InstallRoot root;
    root.unit("/opt/l.service", "[Service]\n[Install]\nWantedBy=multi-user.target\n");
    (void)mask_units(root.place, names({"l.service"}));
    auto outcome = enable_units(root.place, names({"/opt/l.service"}));
    CHECK(outcome.error == EEXIST);
    CHECK(outcome.changes.size() == 1);
}

TEST_CASE("add-wants makes its link alone") {
    InstallRoot root;
    root.service("st.service", "");
    auto outcome = add_dependency(root.place, names({"st.service"}), "multi-user.target",
                                  AddedDependency::Wants);
    CHECK(root.lines(outcome) ==
          Lines{"symlink " + etc + "multi-user.target.wants/st.service " + lib + "st.service"});
    CHECK(root.state("st.service") == "enabled");
    auto missing =
        add_dependency(root.place, names({"st.service"}), "nope.target", AddedDependency::Requires);
    CHECK(texts(missing, "add dependency on") ==
          Lines{"Failed to add dependency on unit, unit nope.target does not exist."});
}

TEST_CASE("the default target is a link, replaced at once, to the target itself") {
    InstallRoot root;
    root.unit(lib + "graphical.target", "[Unit]\n");
    root.directory.link(lib + "default.target", "graphical.target");
    root.directory.link(lib + "runlevel3.target", "multi-user.target");
    CHECK(default_target(root.place).value() == "graphical.target");
    CHECK(root.lines(set_default_target(root.place, "runlevel3.target")) ==
          Lines{"symlink " + etc + "default.target " + lib + "multi-user.target"});
    CHECK(default_target(root.place).value() == "multi-user.target");
    CHECK(set_default_target(root.place, "graphical.target").changes.size() == 2);
    CHECK(root.state("graphical.target") == "indirect");
    CHECK(set_default_target(root.place, "default.target").error == EINVAL);
    CHECK(texts(set_default_target(root.place, "nope.target"), "set default") ==
          Lines{"Failed to set default unit, unit nope.target does not exist."});
    CHECK(texts(set_default_target(root.place, "a.service"), "set default") ==
          Lines{"Failed to set default: Invalid argument."});
}

TEST_CASE("a default target that is compiled in needs no file") {
    InstallRoot root;
    static constexpr EmbeddedUnit embedded[] = {{"rescue.target", "[Unit]\n"}};
    root.place.embedded = embedded;
    CHECK(set_default_target(root.place, "rescue.target").error == 0);
    CHECK(default_target(root.place).value() == "rescue.target");
}

TEST_CASE("without a default.target it is the multi-user.target that is booted then") {
    InstallRoot root;
    CHECK(default_target(root.place).error().code == ENOENT);
    static constexpr EmbeddedUnit embedded[] = {{"multi-user.target", "[Unit]\n"}};
    root.place.embedded = embedded;
    CHECK(default_target(root.place).value() == "multi-user.target");
}

TEST_CASE("revert leaves the vendor's unit") {
    InstallRoot root;
    root.service("st.service");
    root.unit(etc + "st.service", "[Service]\n");
    root.unit(etc + "st.service.d/x.conf", "[Service]\n");
    root.unit("/run/systemd/transient/st.service.d/y.conf", "[Service]\n");
    CHECK(root.lines(revert_units(root.place, names({"st.service"}))) ==
          Lines{"unlink /run/systemd/transient/st.service.d/y.conf",
                "unlink /run/systemd/transient/st.service.d",
                "unlink " + etc + "st.service.d/x.conf", "unlink " + etc + "st.service.d",
                "unlink " + etc + "st.service"});
    CHECK(revert_units(root.place, names({"st.service"})).changes.empty());
    root.unit(etc + "own.service", "[Service]\n");
    CHECK(revert_units(root.place, names({"own.service"})).changes.empty());
}

TEST_CASE("drop-ins may have [Install] too") {
    InstallRoot root;
    root.service("dr.service", "WantedBy=multi-user.target\n");
    root.unit(etc + "dr.service.d/i.conf", "[Install]\nWantedBy=\nAlias=q.service\n");
    CHECK(root.lines(enable_units(root.place, names({"dr.service"}))) ==
          Lines{"symlink " + etc + "q.service " + lib + "dr.service"});
}

TEST_CASE("an instance takes the instance of its template's alias") {
    InstallRoot root;
    root.service("b@.service",
                 "WantedBy=multi-user.target\nAlias=bal@.service\nDefaultInstance=one\n");
    CHECK(enable_units(root.place, names({"b@two.service"})).error == 0);
    CHECK(root.links() ==
          Links{etc + "bal@two.service " + lib + "b@.service",
                etc + "multi-user.target.wants/b@two.service " + lib + "b@.service"});
    CHECK(root.state("b@.service") == "indirect");
    CHECK(root.state("bal@two.service") == "enabled");
}

TEST_CASE("a vendor's link of an instance makes it static") {
    InstallRoot root;
    root.service("in@.service");
    root.directory.link(lib + "in@y.service", "in@.service");
    root.directory.link(lib + "multi-user.target.wants/in@x.service", "../in@.service");
    CHECK(root.state("in@x.service") == "static");
    CHECK(root.state("in@y.service") == "static");
    CHECK(root.state("in@z.service") == "disabled");
}

TEST_CASE("a link of a name that [Install] does not know makes a unit indirect") {
    InstallRoot root;
    root.service("a.service");
    root.directory.link(etc + "unk.service", lib + "a.service");
    CHECK(root.state("a.service") == "indirect");
    CHECK(root.state("unk.service") == "alias");
    root.unit("/opt/bar.service", "[Service]\n");
    root.directory.link(etc + "foo.service", "/opt/bar.service");
    CHECK(root.state("foo.service") == "alias");
}

TEST_CASE("the list has every unit file once, also those that cannot be read") {
    InstallRoot root;
    root.service("a.service");
    root.unit(etc + "a.service", "[Service]\n");
    root.directory.link(etc + "dangling.service", "/nowhere/x.service");
    auto list = UnitFileStates(root.place).all();
    REQUIRE(list.size() == 3);
    CHECK(root.place.root.inside(list[0].path) == etc + "a.service");
    CHECK(list[0].state == UnitFileState::Static);
    CHECK(list[1].state == UnitFileState::Bad);
    CHECK(list[2].name == "multi-user.target");
}

TEST_CASE("specifiers that cannot be expanded leave their link out") {
    InstallRoot root;
    root.service("sp.service", "Alias=%p-x.service\nWantedBy=%m.target %Z.target %i.target\n");
    auto outcome = enable_units(root.place, names({"sp.service"}));
    CHECK(outcome.error == 0); // as in systemd: the alias was made
    auto lines = texts(outcome, "enable");
    lines.erase(lines.begin());
    CHECK(lines == Lines{"Failed to enable unit, cannot resolve specifiers in \"%m.target\".",
                         "Failed to enable unit, invalid specifier in \"%Z.target\".",
                         "Failed to enable unit, \".target\" is not a valid unit name."});
}

TEST_CASE("the lines are systemctl's") {
    InstallOutcome outcome;
    outcome.changes = {{InstallChange::Kind::Symlink, "/a", "/b"},
                       {InstallChange::Kind::Unlink, "/a", ""},
                       {InstallChange::Kind::Failed, "x.service", "", ENOENT}};
    CHECK(texts(outcome, "enable") ==
          Lines{"Created symlink /a → /b.", "Removed \"/a\".",
                "Failed to enable unit, unit x.service does not exist."});
    CHECK_FALSE(install_bus_error(outcome)); // something was done
    outcome.changes.erase(outcome.changes.begin(), outcome.changes.begin() + 2);
    auto error = install_bus_error(outcome);
    REQUIRE(error);
    CHECK(error->text == "Unit file x.service does not exist.");
    CHECK(error->name == "org.freedesktop.systemd1.NoSuchUnit");
}

TEST_CASE("--global works in the directories of all users") {
    auto paths = global_search_path([](const char*) { return std::nullopt; });
    CHECK(paths.persistent_config == "/etc/systemd/user");
    CHECK(paths.directories.front() == "/etc/xdg/systemd/user");
}

TEST_SUITE_END();
