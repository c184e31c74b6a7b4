#include "graph/dependency.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace sctl;

namespace {

using Units = std::vector<uint32_t>;

Units list(const DependencyGraph& graph, uint32_t unit, Dependency kind) {
    Units all;
    graph.for_each(UnitId{unit}, kind, [&](UnitId other) { all.push_back(uint32_t(other)); });
    return all;
}
Units list(const DependencyGraph& graph, uint32_t unit, Atom atom) {
    Units all;
    graph.for_each(UnitId{unit}, atom, [&](UnitId other) { all.push_back(uint32_t(other)); });
    return all;
}

} // namespace

TEST_SUITE_BEGIN("graph");

TEST_CASE("every kind of dependency has a name, and is the inverse of its inverse") {
    for (const DependencyName& row : dependency_names) {
        CHECK(to_string(row.kind) == row.name);
        CHECK(inverse(row.inverse) == row.kind);
    }
    CHECK(inverse(Dependency::BindsTo) == Dependency::BoundBy);
    CHECK(inverse(Dependency::JoinsNamespaceOf) == Dependency::JoinsNamespaceOf);
}

TEST_CASE("a dependency can be asked for at both ends, in the order of adding") {
    DependencyGraph graph;
    CHECK(graph.add(UnitId{0}, Dependency::Requires, UnitId{2}));
    CHECK(graph.add(UnitId{0}, Dependency::Requires, UnitId{1}));
    CHECK(graph.add(UnitId{0}, Dependency::BindsTo, UnitId{3}));
    CHECK(list(graph, 0, Dependency::Requires) == Units{2, 1});
    CHECK(list(graph, 2, Dependency::RequiredBy) == Units{0});
    CHECK(list(graph, 2, Dependency::Requires).empty());
    CHECK(list(graph, 0, Atom::PullInStart).size() == 3);
    CHECK(list(graph, 3, Atom::PropagateStop) == Units{0});
    CHECK(list(graph, 77, Dependency::After).empty());
    CHECK(graph.has(UnitId{0}, Dependency::Requires, UnitId{1}));
    CHECK(!graph.has(UnitId{1}, Dependency::Requires, UnitId{0}));
    CHECK(graph.has(UnitId{0}, Atom::CannotBeActiveWithout, UnitId{3}));
    CHECK(!graph.has(UnitId{0}, Atom::CannotBeActiveWithout, UnitId{2}));
}

TEST_CASE("a duplicate or a dependency on itself adds nothing") {
    DependencyGraph graph;
    CHECK(graph.add(UnitId{0}, Dependency::After, UnitId{1}));
    CHECK(!graph.add(UnitId{0}, Dependency::After, UnitId{1}));
    CHECK(graph.add(UnitId{1}, Dependency::Before, UnitId{0}, Origin::Default));
    CHECK(!graph.add(UnitId{1}, Dependency::Before, UnitId{0}, Origin::Default));
    CHECK(!graph.add(UnitId{0}, Dependency::After, UnitId{0}));
    CHECK(list(graph, 0, Dependency::After) == Units{1});
    CHECK(list(graph, 1, Dependency::Before) == Units{0});
}

TEST_CASE("reading a unit anew forgets what it declared and keeps what others did") {
    DependencyGraph graph;
    graph.add(UnitId{0}, Dependency::After, UnitId{1});
    graph.add(UnitId{1}, Dependency::Before, UnitId{0});
    graph.add(UnitId{0}, Dependency::Wants, UnitId{2});
    graph.add(UnitId{3}, Dependency::Wants, UnitId{0});
    graph.remove_declared(UnitId{0});
    CHECK(list(graph, 0, Dependency::After) == Units{1});
    CHECK(list(graph, 2, Dependency::WantedBy).empty());
    CHECK(list(graph, 0, Dependency::Wants).empty());
    CHECK(list(graph, 0, Dependency::WantedBy) == Units{3});
    graph.remove_declared(UnitId{1});
    CHECK(list(graph, 0, Dependency::After).empty());
}

TEST_CASE("only the origins that are named are forgotten") {
    DependencyGraph graph;
    graph.add(UnitId{0}, Dependency::After, UnitId{1}, Origin::File);
    graph.add(UnitId{0}, Dependency::After, UnitId{1}, Origin::Default);
    graph.remove_declared(UnitId{0}, Origin::File);
    CHECK(list(graph, 0, Dependency::After) == Units{1});
    graph.remove_declared(UnitId{0}, Origin::Default);
    CHECK(list(graph, 0, Dependency::After).empty());
    CHECK(list(graph, 1, Dependency::Before).empty());
}

TEST_CASE("one dependency is taken back, and stays where another has declared it as well") {
    DependencyGraph graph;
    graph.add(UnitId{0}, Dependency::After, UnitId{1}, Origin::Default);
    graph.add(UnitId{0}, Dependency::After, UnitId{2}, Origin::Default);
    graph.add(UnitId{1}, Dependency::Before, UnitId{0}, Origin::File);
    graph.remove(UnitId{0}, Dependency::After, UnitId{1}, Origin::Default);
    graph.remove(UnitId{0}, Dependency::After, UnitId{2}, Origin::Default);
    graph.remove(UnitId{0}, Dependency::After, UnitId{3}, Origin::Default);
    CHECK(list(graph, 0, Dependency::After) == Units{1});
    CHECK(list(graph, 2, Dependency::Before).empty());
    graph.remove(UnitId{1}, Dependency::Before, UnitId{0}, Origin::File);
    CHECK(list(graph, 0, Dependency::After).empty());
    CHECK(list(graph, 1, Dependency::Before).empty());
}

TEST_CASE("a unit that goes leaves nothing behind") {
    DependencyGraph graph;
    graph.add(UnitId{0}, Dependency::Requires, UnitId{1});
    graph.add(UnitId{2}, Dependency::Requires, UnitId{0});
    graph.remove_all(UnitId{0});
    CHECK(list(graph, 1, Dependency::RequiredBy).empty());
    CHECK(list(graph, 2, Dependency::Requires).empty());
    CHECK(list(graph, 0, Dependency::RequiredBy).empty());
}

TEST_CASE("a thousand units of ten dependencies cost under 300 bytes each") {
    DependencyGraph graph;
    const uint32_t count = 1000, shutdown = 1000, basic = 1001, multi_user = 1002;
    for (uint32_t i = 0; i < count; ++i) {
        UnitId unit{i};
        graph.add(unit, Dependency::Conflicts, UnitId{shutdown}, Origin::Default);
        graph.add(unit, Dependency::Before, UnitId{shutdown}, Origin::Default);
        graph.add(unit, Dependency::Requires, UnitId{basic}, Origin::Default);
        graph.add(unit, Dependency::After, UnitId{basic}, Origin::Default);
        graph.add(UnitId{multi_user}, Dependency::Wants, unit);
        graph.add(UnitId{multi_user}, Dependency::After, unit, Origin::Default);
        for (uint32_t step : {1u, 7u}) {
            graph.add(unit, Dependency::After, UnitId{(i + step) % count});
            graph.add(unit, Dependency::Wants, UnitId{(i + step) % count});
        }
    }
    CHECK(graph.memory() / count < 300);
    CHECK(list(graph, shutdown, Dependency::ConflictedBy).size() == count);
}

TEST_CASE("removing and adding again reuses the room that was freed") {
    DependencyGraph graph;
    auto fill = [&] {
        for (uint32_t i = 1; i <= 500; ++i) graph.add(UnitId{i}, Dependency::Conflicts, UnitId{0});
    };
    fill();
    size_t before = graph.memory();
    for (int round = 0; round < 5; ++round) {
        for (uint32_t i = 1; i <= 500; ++i) graph.remove_declared(UnitId{i});
        CHECK(list(graph, 0, Dependency::ConflictedBy).empty());
        fill();
    }
    CHECK(graph.memory() == before);
    CHECK(list(graph, 0, Dependency::ConflictedBy).size() == 500);
}

TEST_SUITE_END();
