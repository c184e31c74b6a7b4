// The table of units and its queues by themselves: no files, no processes, no loop.
#include "manager/unit_table.hpp"

#include <doctest/doctest.h>

#include <new>
#include <vector>

#include "failing_memory.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("manager");

namespace {

UnitName named(std::string_view name) {
    return *UnitName::parse(name);
}

void go(UnitTable& table, Unit& unit) {
    table.make_room_to_let_go();
    table.let_go(unit);
}

} // namespace

TEST_CASE("a unit is found by its id, its name and its aliases, until it goes") {
    UnitTable table;
    Unit& unit = table.add(named("a.service"));
    UnitId id = unit.id;
    CHECK(table.claim_name("alias.service", id) == id);
    unit.loaded.names.push_back(named("alias.service"));
    CHECK(table.find("a.service") == &unit);
    CHECK(table.find("alias.service") == &unit);
    CHECK(&table.unit(id) == &unit);
    go(table, unit);
    CHECK(!table.find("a.service"));
    CHECK(!table.find("alias.service"));
    CHECK(!table.exists(id));
    CHECK_THROWS((void)table.unit(id));
}

TEST_CASE("who is at work on a unit that goes may look at it until the turn is over") {
    UnitTable table;
    Unit& unit = table.add(named("a.service"));
    go(table, unit);
    CHECK(unit.name().str() == "a.service");
    table.drop_gone();
}

TEST_CASE("a name that its unit has left behind is free for another") {
    UnitTable table;
    Unit& first = table.add(named("a.service"));
    CHECK(table.claim_name("alias.service", first.id) == first.id); // and not in its names
    go(table, first);
    CHECK(!table.find("alias.service"));
    Unit& second = table.add(named("b.service"));
    CHECK(table.claim_name("alias.service", second.id) == second.id);
    CHECK(table.find("alias.service") == &second);
}

TEST_CASE("a queue has each unit once, and loses the one that goes, whoever takes its place") {
    UnitTable table;
    UnitQueue queue(table, &Unit::change_pending);
    Unit& a = table.add(named("a.service"));
    Unit& b = table.add(named("b.service"));
    CHECK(queue.add(a));
    CHECK(!queue.add(a));
    CHECK(queue.add(b));
    go(table, a);
    Unit& c = table.add(named("c.service"));
    CHECK(queue.add(c));
    std::vector<std::string> seen;
    queue.take_each([&](const Unit& unit) { seen.push_back(unit.name().str()); });
    CHECK(seen == std::vector<std::string>{"b.service", "c.service"});
    CHECK(queue.empty());
    CHECK(queue.add(b));
}

TEST_CASE("what is put into a queue while it is emptied is for the next time") {
    UnitTable table;
    UnitQueue queue(table, &Unit::change_pending);
    queue.add(table.add(named("a.service")));
    int taken = 0;
    queue.take_each([&](Unit& unit) {
        ++taken;
        queue.add(unit);
    });
    CHECK(taken == 1);
    CHECK(!queue.empty());
}

TEST_CASE("all units fit into a queue without memory, also where places have changed hands") {
    UnitTable table;
    UnitQueue queue(table, &Unit::change_pending);
    std::vector<UnitId> ids;
    for (int i = 0; i < 50; ++i)
        ids.push_back(table.add(named("a" + std::to_string(i) + ".service")).id);
    for (int i = 0; i < 50; i += 2) {
        queue.add(table.unit(ids[static_cast<size_t>(i)]));
        go(table, table.unit(ids[static_cast<size_t>(i)]));
        table.add(named("b" + std::to_string(i) + ".service"));
    }
    bool was_short = false;
    {
        FailingMemory memory(1);
        for (const auto& unit : table.all()) queue.add(*unit);
        memory.stop();
        was_short = FailingMemory::has_failed();
    }
    CHECK(!was_short);
    CHECK(std::distance(queue.begin(), queue.end()) == 50);
}

TEST_CASE("a unit that there is no memory for is not there") {
    bool failed = true;
    for (size_t position = 1; failed; ++position) {
        UnitTable table;
        UnitQueue queue(table, &Unit::change_pending);
        {
            FailingMemory memory(position);
            try {
                (void)table.add(UnitName());
            } catch (const std::bad_alloc&) {
            }
            memory.stop();
            failed = FailingMemory::has_failed();
        }
        if (failed) {
            for (const auto& unit : table.all()) CHECK(!unit);
        }
        Unit& unit = table.add(named("a.service"));
        CHECK(table.find("a.service") == &unit);
        CHECK(place_of(unit.id) < 2);
    }
}

TEST_CASE("a merge hands over names and holds, and what goes later takes them with it") {
    UnitTable table;
    Unit& real = table.add(named("real.service"));
    Unit& alias = table.add(named("alias.service"));
    UnitId held = alias.id;
    alias.holds = 2;
    table.merge(alias, real);
    go(table, alias);
    CHECK(table.find("alias.service") == &real);
    CHECK(real.holds == 2);
    CHECK(table.heir_of(held) == &real);
    CHECK(real.loaded.names.size() == 2);

    Unit& last = table.add(named("last.service"));
    table.merge(real, last);
    go(table, real);
    CHECK(table.heir_of(held) == &last);
    CHECK(last.holds == 2);
    go(table, last);
    CHECK(!table.heir_of(held));
    CHECK(!table.find("alias.service"));
}

TEST_CASE("failed and stopping units are counted, also when they go") {
    UnitTable table;
    Unit& unit = table.add(named("a.service"));
    unit.active = ActiveState::Deactivating;
    table.count_change(ActiveState::Active, unit.active);
    CHECK(table.stopping_count() == 1);
    table.count_change(unit.active, ActiveState::Failed);
    unit.active = ActiveState::Failed;
    CHECK(table.stopping_count() == 0);
    CHECK(table.failed_count() == 1);
    go(table, unit);
    CHECK(table.failed_count() == 0);
}

TEST_SUITE_END();
