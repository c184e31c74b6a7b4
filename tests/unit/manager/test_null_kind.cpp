// A kind of unit that exists for this test alone. It holds us to what unit_kind.hpp promises: a
// kind is a row, settings of its own, and a machine where it has a life of its own. If a change
// makes it necessary to name the kind anywhere else, this test is the first to say so.
#include <doctest/doctest.h>

#include "manager/unit_hold.hpp"
#include "manager_world.hpp"
#include "unit/directive_rows.hpp"
#include "unit/unit_kind.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("manager");

namespace {

constexpr auto null_type = static_cast<UnitType>(unit_type_count);

struct NullConfig : OwnConfig {
    unsigned answer = 0;
};

constexpr Directive null_directives[] = {
    row<&NullConfig::answer>("Answer", Support::Same, "Answer", "u"),
};

constexpr UnitKind null_kind = {
    .type = null_type,
    .suffix = "null",
    .section = "Null",
    .interface = "org.freedesktop.systemd1.Null",
    .parts = static_cast<uint8_t>(UnitPart::Exec) | static_cast<uint8_t>(UnitPart::Kill),
    .aliases = AliasRule::Templates,
    .settings = [] { return std::span<const Directive>(null_directives); },
    .is_run = true,
    .active_word = "void",
    .begin = [](LoadedUnit& unit) { unit.own = std::make_unique<NullConfig>(); },
    .check = [](const LoadedUnit& unit,
                const WarningSink&) { return own_config<NullConfig>(unit)->answer != 13; }};

// Before the tests, as the rows of the table are there before anything is loaded.
const bool null_kind_added = (add_unit_kind(null_kind), true);

} // namespace

TEST_CASE("a kind of unit is its row: names, settings, checks and jobs know it by that alone") {
    REQUIRE(null_kind_added);
    ManagerWorld world;
    world.write("a@.null",
                "[Unit]\nDescription=Nothing\n[Null]\nAnswer=42\nUser=me\nKillMode=mixed\n"
                "MemoryMax=1\nRestart=no\n[Install]\nWantedBy=x.target\n");
    REQUIRE(world.start("a@b.null"));
    UnitHold hold(world.manager(), world.unit("a@b.null").id);
    const Unit& unit = world.unit("a@b.null");
    CHECK(unit.type() == null_type);
    CHECK(unit.active == ActiveState::Active);
    CHECK(unit.sub_state() == "void");
    CHECK(world.output.said("Started a@b.null"));
    CHECK(own_config<NullConfig>(unit.loaded)->answer == 42);
    CHECK(unit.loaded.exec->user == "me");
    CHECK(unit.loaded.kill->kill_mode == KillConfig::Mode::Mixed);
    const auto* answer = find_directive(null_kind, "Null", "Answer");
    REQUIRE(answer);
    CHECK(value_of(*answer, unit.loaded) == PropertyValue(uint32_t{42}));
    // What is no part of it, and what is another kind's.
    CHECK(world.output.said("Unknown key 'MemoryMax' in section [Null], ignoring."));
    CHECK(world.output.said("Unknown key 'Restart' in section [Null], ignoring."));
    REQUIRE(world.stop("a@b.null"));
    CHECK(unit.active == ActiveState::Inactive);

    world.write("bad.null", "[Null]\nAnswer=13\n");
    CHECK(world.unit("bad.null").loaded.load_state == LoadState::BadSetting);
}

TEST_SUITE_END();
