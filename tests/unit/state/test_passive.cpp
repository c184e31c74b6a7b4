#include <doctest/doctest.h>

#include "state/passive.hpp"

using namespace sctl;

namespace {

struct Life {
    std::vector<action::StateChanged> tell(const UnitEvent& event) {
        std::vector<UnitAction> actions;
        Cause cause;
        machine.step(unit, {}, event, actions, cause);
        std::vector<action::StateChanged> changes;
        for (const auto& each : actions) changes.push_back(std::get<action::StateChanged>(each));
        return changes;
    }

    LoadedUnit unit;
    PassiveMachine machine{"mounted"};
};

} // namespace

TEST_CASE("what only is or is not is up at once, and down at once") {
    Life life;
    CHECK(life.machine.sub_state() == "dead");
    CHECK(life.machine.phase() == Phase::Down);
    auto up = life.tell(event::StartRequested{});
    REQUIRE(up.size() == 1);
    CHECK(up[0].from == ActiveState::Inactive);
    CHECK(up[0].to == ActiveState::Active);
    CHECK(up[0].sub_to == "mounted");
    CHECK(life.machine.sub_state() == "mounted");
    CHECK(life.machine.phase() == Phase::Up);
    auto down = life.tell(event::StopRequested{});
    REQUIRE(down.size() == 1);
    CHECK(down[0].to == ActiveState::Inactive);
    CHECK(life.machine.phase() == Phase::Down);
}

TEST_CASE("what only is or is not takes no notice of the rest") {
    Life life;
    CHECK(life.tell(event::StopRequested{}).empty());
    life.tell(event::StartRequested{});
    CHECK(life.tell(event::StartRequested{}).empty());
    CHECK(life.tell(event::ResetFailed{}).empty());
    CHECK(life.tell(event::ReloadRequested{}).empty());
    CHECK(life.tell(event::TimedOut{}).empty());
    CHECK(life.machine.phase() == Phase::Up);
    CHECK_FALSE(life.machine.can_reload(life.unit));
    CHECK_FALSE(life.machine.has_process());
}
