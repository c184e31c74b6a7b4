// A kind of unit that exists for this test alone. It holds us to what unit_kind.hpp promises: a
// kind is a row, which names settings, a machine, a run and properties of its own. If a change
// makes it necessary to name the kind anywhere else, this test is the first to say so.
#include <doctest/doctest.h>

#include "bus/properties/property.hpp"
#include "bus_world.hpp"
#include "manager/unit_hold.hpp"
#include "manager_world.hpp"
#include "unit/dependencies.hpp"
#include "unit/settings/directive_rows.hpp"
#include "unit/unit_kind.hpp"
#include "wire/bus_names.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("manager");

namespace {

constexpr auto null_type = static_cast<UnitType>(unit_type_count);

struct NullConfig final : OwnConfig {
    unsigned answer = 0;
    std::string starts; // the unit that is triggered as soon as there is void
};

constexpr Directive null_directives[] = {
    row<&NullConfig::answer>("Answer", Support::Same, "Answer", "u"),
    row<&NullConfig::starts>("Starts", Support::Same),
};

// dead ──start──► filling ──its timer──► void ──stop──► dead
class NullMachine final : public UnitMachine {
  public:
    void step(const LoadedUnit&, const StepContext& context, const UnitEvent& event,
              std::vector<UnitAction>& actions, Cause&) override {
        if (std::holds_alternative<event::TriggeredChanged>(event)) {
            auto state = context.triggered ? context.triggered->active : ActiveState::Failed;
            if (seen.empty() || seen.back() != state) seen.push_back(state);
        } else if (const auto* refused = std::get_if<event::TriggerRefused>(&event)) {
            refusal_text = refused->text;
        } else if (std::holds_alternative<event::StartRequested>(event) && state_ == State::Dead) {
            go(State::Filling, actions);
            actions.push_back(action::ArmTimer{context.now.monotonic});
        } else if (std::holds_alternative<event::TimedOut>(event) && state_ == State::Filling) {
            ++times_filled;
            go(State::Void, actions);
            if (context.triggered) actions.push_back(action::StartTriggered{{"TRIGGER_DEPTH=7"}});
        } else if (std::holds_alternative<event::StopRequested>(event) && state_ != State::Dead) {
            go(State::Dead, actions);
        }
    }
    [[nodiscard]] std::string_view sub_state() const override { return word(state_); }
    [[nodiscard]] Phase phase() const override {
        constexpr Phase phases[] = {Phase::Down, Phase::ComingUp, Phase::Up};
        return phases[static_cast<size_t>(state_)];
    }

    [[nodiscard]] std::string refusal(const LoadedUnit& unit,
                                      const StepContext& context) const override {
        bool vain = context.triggered && !context.triggered->is_loaded;
        return vain ? "There is nothing to start by " + unit.id.str() + "." : "";
    }

    uint32_t times_filled = 0;
    std::vector<ActiveState> seen; // of what it triggers
    std::string refusal_text;

  private:
    enum class State : uint8_t { Dead, Filling, Void };

    static std::string_view word(State state) {
        constexpr std::string_view words[] = {"dead", "filling", "void"};
        return words[static_cast<size_t>(state)];
    }
    static ActiveState active(State state) {
        constexpr ActiveState states[] = {ActiveState::Inactive, ActiveState::Activating,
                                          ActiveState::Active};
        return states[static_cast<size_t>(state)];
    }
    void go(State to, std::vector<UnitAction>& actions) {
        actions.push_back(action::StateChanged{.from = active(state_),
                                               .to = active(to),
                                               .sub_from = word(state_),
                                               .sub_to = word(to)});
        state_ = to;
    }

    State state_ = State::Dead;
};

class NullRun final : public UnitRun {
  public:
    NullRun(Unit& unit, RunMeans& means, OwnerId owner) : owner_(owner) {
        timer_ = OwnedTimer(means.loop, [&host = means.host, id = unit.id] {
            host.post(id, event::TimedOut{});
            host.run_events();
        });
    }
    [[nodiscard]] Answer execute(const UnitAction& action) override {
        if (const auto* arm = std::get_if<action::ArmTimer>(&action)) timer_.arm(arm->deadline);
        return std::nullopt;
    }
    [[nodiscard]] OwnerId owner() const override { return owner_; }

  private:
    OwnerId owner_;
    OwnedTimer timer_;
};

void times_filled(const BusObject& object, Writer& out) {
    const auto* machine = dynamic_cast<const NullMachine*>(object.unit->machine.get());
    out.uint32(machine ? machine->times_filled : 0);
}

constexpr Property null_properties[] = {
    {"TimesFilled", "u", Changes::Announced, times_filled},
};

constexpr UnitKind null_kind = {
    .type = null_type,
    .suffix = "null",
    .section = "Null",
    .interface = "org.freedesktop.systemd1.Null",
    .parts = static_cast<uint8_t>(UnitPart::Exec) | static_cast<uint8_t>(UnitPart::Kill),
    .aliases = AliasRule::Templates,
    .settings = [] { return std::span<const Directive>(own_of<null_directives, null_type>); },
    .is_run = true,
    .triggers = true,
    .begin = [](LoadedUnit& unit,
                const UnitDefaults&) { unit.own = std::make_unique<NullConfig>(); },
    .imply =
        [](LoadedUnit& unit, bool) {
            const auto& name = own_config<NullConfig>(unit)->starts;
            if (!name.empty()) add_dependency(unit, Dependency::Triggers, name);
        },
    .check = [](const LoadedUnit& unit,
                const WarningSink&) { return own_config<NullConfig>(unit)->answer != 13; },
    .machine = []() -> std::unique_ptr<UnitMachine> { return std::make_unique<NullMachine>(); },
    .run = [](Unit& unit, RunMeans& means, OwnerId owner) -> std::unique_ptr<UnitRun> {
        return std::make_unique<NullRun>(unit, means, owner);
    },
    .properties = [] { return KindProperties{null_properties}; }};

// Before the tests, as the rows of the table are there before anything is loaded.
const bool null_kind_added = (add_unit_kind(null_kind), true);

// The value that Get answers, a text or a number.
std::string null_property(TestPeer& peer, std::string_view interface, std::string_view name) {
    auto reply = peer.call(object_call(unit_object_path("a.null"), interface_name::properties,
                                       "Get", {std::string(interface), std::string(name)}));
    REQUIRE(error_text(reply) == "");
    Reader reader(*reply);
    auto type = reader.enter_variant();
    REQUIRE(type);
    return *type == "u" ? std::to_string(reader.uint32().value())
                        : std::string(reader.any_text().value());
}

} // namespace

TEST_CASE(
    "a kind of unit is its row: names, settings, properties, checks and jobs know it by that "
    "alone") {
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
    for (auto property : {"Answer", "User", "KillMode"})
        CHECK(find_property(null_kind.interface, property));
    CHECK(!find_property(null_kind.interface, "MemoryMax"));
    // What is no part of it, and what is another kind's.
    CHECK(world.output.said("Unknown key 'MemoryMax' in section [Null], ignoring."));
    CHECK(world.output.said("Unknown key 'Restart' in section [Null], ignoring."));
    REQUIRE(world.stop("a@b.null"));
    CHECK(unit.active == ActiveState::Inactive);

    world.write("bad.null", "[Null]\nAnswer=13\n");
    CHECK(world.unit("bad.null").loaded.load_state == LoadState::BadSetting);
}

TEST_CASE("a unit that triggers another starts it, and is told what becomes of it") {
    ManagerWorld world;
    world.write("a.null", "[Null]\nStarts=b.service\n");
    world.write("b.service",
                "[Service]\nType=oneshot\nExecStart=/bin/sh -c "
                "'test \"$TRIGGER_UNIT $TRIGGER_DEPTH\" = \"a.null 7\" || exit 3'\n");
    UnitHold b(world.manager(), world.unit("b.service").id),
        a(world.manager(), world.unit("a.null").id);
    const auto& machine = dynamic_cast<const NullMachine&>(*world.unit("a.null").machine);
    REQUIRE(world.start("a.null"));
    REQUIRE(world.run_until([&] { return machine.seen.size() == 2 && world.settle(); }));
    CHECK(machine.seen == std::vector{ActiveState::Activating, ActiveState::Inactive});
    CHECK(machine.refusal_text.empty());
    // By hand nothing has triggered it.
    REQUIRE(world.start("b.service"));
    CHECK(world.state("b.service") == ActiveState::Failed);

    world.write("vain.null", "[Null]\nStarts=nobody.service\n");
    UnitHold vain(world.manager(), world.unit("vain.null").id);
    REQUIRE(world.start("vain.null"));
    CHECK(world.state("vain.null") == ActiveState::Inactive);
    CHECK(world.output.said("There is nothing to start by vain.null."));
}

TEST_CASE("a start that a trigger cannot have is an answer to it") {
    ManagerWorld world;
    world.write("a.null", "[Null]\nStarts=b.service\n");
    world.write("b.service", "[Unit]\nRequires=nobody.service\n[Service]\nExecStart=/bin/true\n");
    UnitHold a(world.manager(), world.unit("a.null").id);
    const auto& machine = dynamic_cast<const NullMachine&>(*world.unit("a.null").machine);
    REQUIRE(world.start("a.null"));
    REQUIRE(world.run_until([&] { return !machine.refusal_text.empty(); }));
    CHECK(machine.refusal_text ==
          "Failed to queue unit startup job: Unit nobody.service not found.");
}

TEST_CASE("over the bus a kind of unit is its row: it starts, tells of itself, and stops") {
    BusWorld world;
    world.write("a.null", "[Null]\nAnswer=42\nUser=me\n");
    TestPeer peer = world.peer();
    auto call = [&](std::string_view method, const std::vector<std::string>& arguments) {
        return error_text(peer.call(manager_call(method, arguments)));
    };
    auto sub_state_is = [&](std::string_view word) {
        return world.run_until(
            [&] { return null_property(peer, interface_name::unit, "SubState") == word; });
    };
    UnitHold hold(world.manager(), world.unit("a.null").id);
    CHECK(null_property(peer, null_kind.interface, "TimesFilled") == "0");

    REQUIRE(call("StartUnit", {"a.null", "replace"}) == "");
    REQUIRE(sub_state_is("void"));
    CHECK(null_property(peer, interface_name::unit, "ActiveState") == "active");
    CHECK(null_property(peer, null_kind.interface, "TimesFilled") == "1");
    CHECK(null_property(peer, null_kind.interface, "Answer") == "42");
    CHECK(null_property(peer, null_kind.interface, "User") == "me");
    CHECK(text_of(peer.call(object_call(unit_object_path("a.null"), interface_name::introspectable,
                                        "Introspect")))
              .find("<property name=\"TimesFilled\" type=\"u\"") != std::string::npos);

    REQUIRE(call("StopUnit", {"a.null", "replace"}) == "");
    REQUIRE(sub_state_is("dead"));
    CHECK(null_property(peer, interface_name::unit, "ActiveState") == "inactive");
}

TEST_SUITE_END();
