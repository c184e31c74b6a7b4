// Which unit depends on which, and how. Every dependency is kept at both ends: where
// "a Requires b" was added, b can be asked for its RequiredBy. What a kind means for jobs is not
// written where it is acted on but in one table of "atoms" (PullInStart, PropagateStop, ...), as
// the kinds share most of their meanings (systemd.unit(5), "Mapping of unit properties to their
// inverses").
//
// Units are numbers here. The graph neither loads nor knows them; it holds about 260 bytes for a
// unit of ten dependencies, and adding one costs the same whether the other end (shutdown.target)
// has ten or ten thousand.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "unit/dependency.hpp"

namespace sctl {

// Names one unit for good. Its low 24 bits are a place, handed out by the manager from 0 up and
// used again when its unit has gone; above them is the place's generation. So an id that a timer, a
// job or a queue has kept for too long names nobody, and never the unit that came after.
enum class UnitId : uint64_t {};
inline constexpr unsigned unit_place_bits = 24;
inline constexpr UnitId no_unit{(1u << unit_place_bits) - 1};

[[nodiscard]] constexpr uint32_t place_of(UnitId unit) noexcept {
    return static_cast<uint32_t>(unit) & ((1u << unit_place_bits) - 1);
}
[[nodiscard]] constexpr uint64_t generation_of(UnitId unit) noexcept {
    return static_cast<uint64_t>(unit) >> unit_place_bits;
}
[[nodiscard]] constexpr UnitId unit_at(uint32_t place, uint64_t generation) noexcept {
    return UnitId{generation << unit_place_bits | place};
}

// What a kind asks of the engine. "The other" is the unit that the dependency points to.
enum class Atom : uint32_t {
    None = 0,
    // Jobs that a job of this unit brings along:
    PullInStart = 1u << 0,        // start → start of the other, whose failure fails ours
    PullInStartIgnored = 1u << 1, // start → start of the other, whatever becomes of it
    PullInVerify = 1u << 2,       // start → the other must be active already
    PullInStop = 1u << 3,         // start → stop of the other
    PullInStopIgnored = 1u << 4,  // start → stop of the other, if that is possible
    PropagateStop = 1u << 5,      // stop → stop of the other
    PropagateRestart = 1u << 6,   // restart → restart of the other if it runs
    // What the end of a job does to the other's job:
    PropagateStartFailure = 1u << 7,           // our start failed: so does the other's start
    PropagateStopFailure = 1u << 8,            // our stop failed: so does the other's start
    PropagateInactiveStartAsFailure = 1u << 9, // our start was done and left us inactive: likewise
    // When our state changes without a job of ours:
    RetroactiveStartReplace = 1u << 10, // we came up: start the other
    RetroactiveStartFail = 1u << 11,    // the same, but do not replace a job of its
    RetroactiveStopOnStart = 1u << 12,  // we came up: stop the other
    RetroactiveStopOnStop = 1u << 13,   // we went down: stop the other
    // Standing conditions:
    CannotBeActiveWithout = 1u << 14,         // stop us as soon as the other is down
    AddCannotBeActiveWithoutQueue = 1u << 15, // we went down: look at the other for the above
    PinsStopWhenUnneeded = 1u << 16,          // the other, active, needs us: StopWhenUnneeded=
    AddStopWhenUnneededQueue = 1u << 17, // we went down: look whether the other is needed still
    StartSteadily = 1u << 18,            // the other, active, wants us active all the time
    AddStartWhenUpheldQueue = 1u << 19,  // we came up: look at the other for the above
    // We, a target, get After= on the other unless one of us says otherwise; and the way back:
    DefaultTargetDependencies = 1u << 20,
    AddDefaultTargetDependencyQueue = 1u << 21,
};
[[nodiscard]] constexpr Atom operator|(Atom a, Atom b) noexcept {
    return static_cast<Atom>(static_cast<uint32_t>(a) | static_cast<uint32_t>(b));
}

struct DependencyAtoms {
    Dependency kind;
    Atom atoms;
};
inline constexpr auto dependency_atoms = [] {
    using enum Dependency;
    constexpr Atom needed = Atom::AddStopWhenUnneededQueue | Atom::AddDefaultTargetDependencyQueue;
    constexpr Atom needs = Atom::PinsStopWhenUnneeded | Atom::DefaultTargetDependencies;
    constexpr Atom stops = Atom::PropagateStop | Atom::PropagateRestart;
    return std::to_array<DependencyAtoms>({
        {Requires, Atom::PullInStart | Atom::RetroactiveStartReplace | needed},
        {Requisite, Atom::PullInVerify | needed},
        {Wants, Atom::PullInStartIgnored | Atom::RetroactiveStartFail | needed},
        {BindsTo,
         Atom::PullInStart | Atom::RetroactiveStartReplace | Atom::CannotBeActiveWithout | needed},
        {PartOf, Atom::AddDefaultTargetDependencyQueue},
        {Upholds, Atom::PullInStartIgnored | Atom::RetroactiveStartReplace |
                      Atom::AddStartWhenUpheldQueue | needed},
        {RequiredBy, stops | Atom::PropagateStartFailure | needs},
        {RequisiteOf,
         stops | Atom::PropagateStartFailure | Atom::PropagateInactiveStartAsFailure | needs},
        {WantedBy, needs},
        {BoundBy, stops | Atom::RetroactiveStopOnStop | Atom::PropagateStartFailure |
                      Atom::AddCannotBeActiveWithoutQueue | needs},
        {ConsistsOf, stops},
        {UpheldBy, Atom::StartSteadily | needs},
        {Conflicts, Atom::PullInStop | Atom::RetroactiveStopOnStart},
        {ConflictedBy,
         Atom::PullInStopIgnored | Atom::RetroactiveStopOnStart | Atom::PropagateStopFailure},
        {Before, Atom::None},
        {After, Atom::None},
        {OnSuccess, Atom::None},
        {OnSuccessOf, Atom::None},
        {OnFailure, Atom::None},
        {OnFailureOf, Atom::None},
        {Triggers, Atom::None},
        {TriggeredBy, Atom::None},
        {PropagatesReloadTo, Atom::None},
        {ReloadPropagatedFrom, Atom::None},
        {PropagatesStopTo, Atom::PropagateStop | Atom::RetroactiveStopOnStop},
        {StopPropagatedFrom, Atom::None},
        {JoinsNamespaceOf, Atom::None},
        {References, Atom::None},
        {ReferencedBy, Atom::None},
        {InSlice, Atom::None},
        {SliceOf, Atom::None},
    });
}();
static_assert([] {
    for (size_t i = 0; i < dependency_count; ++i)
        if (static_cast<size_t>(dependency_atoms[i].kind) != i) return false;
    return dependency_atoms.size() == dependency_count;
}());

[[nodiscard]] constexpr bool has_atom(Dependency kind, Atom atom) noexcept {
    auto atoms = static_cast<uint32_t>(dependency_atoms[static_cast<size_t>(kind)].atoms);
    return (atoms & static_cast<uint32_t>(atom)) != 0;
}

// Where a dependency comes from; a set of bits.
enum class Origin : uint8_t {
    File = 1,     // written in a unit file or made by a .wants/ directory
    Implicit = 2, // follows from another setting: a socket's service, a slice
    Default = 4,  // DefaultDependencies=
    Runtime = 8,  // asked for while running
    Any = 15,
};

class DependencyGraph {
  public:
    // One end of a dependency. `own`: origins for which this unit declared it; `other`: those for
    // which the unit at the far end declared the inverse.
    struct Edge {
        uint32_t place : unit_place_bits; // of the unit at the far end, unit_of()
        uint32_t own : 4;
        uint32_t other : 4;
    };
    [[nodiscard]] UnitId unit_of(Edge edge) const noexcept { return heads_[edge.place].unit; }

    // `from` declares it, for remove_declared(). A unit's dependency on itself is ignored. Returns
    // whether anything was added that was not there. Where memory is short nothing is.
    bool add(UnitId from, Dependency kind, UnitId to, Origin origin = Origin::File);
    // Takes back what `from` declared for `origin`; who else declared the same keeps it there.
    void remove(UnitId from, Dependency kind, UnitId to, Origin origin);
    // Forgets what `unit` declared for one of `origins`: before its files are read anew. What
    // others declared about it stays.
    void remove_declared(UnitId unit, Origin origins = Origin::Any);
    // Forgets all of `unit`, also what others declared about it: before its number is used again.
    void remove_all(UnitId unit);
    void clear();

    // In the order of adding. The span ends with the next change of the graph.
    [[nodiscard]] std::span<const Edge> edges(UnitId unit, Dependency kind) const;
    [[nodiscard]] bool has(UnitId unit, Dependency kind, UnitId other) const;
    [[nodiscard]] bool has(UnitId unit, Atom atom, UnitId other) const;

    // Calls f(UnitId) for each; f must not change the graph.
    template <class F>
    void for_each(UnitId unit, Dependency kind, F&& f) const {
        for (const Edge& edge : edges(unit, kind)) f(unit_of(edge));
    }
    // The same over all kinds that have `atom`; a unit that is there by two kinds comes twice.
    template <class F>
    void for_each(UnitId unit, Atom atom, F&& f) const {
        for (uint32_t at = first_list(unit); at != none; at = lists_[at].next)
            if (has_atom(lists_[at].kind, atom))
                for (const Edge& edge : span_of(lists_[at])) f(unit_of(edge));
    }
    // Calls f(Dependency, UnitId) for all that `unit` has.
    template <class F>
    void for_each(UnitId unit, F&& f) const {
        for (uint32_t at = first_list(unit); at != none; at = lists_[at].next)
            for (const Edge& edge : span_of(lists_[at])) f(lists_[at].kind, unit_of(edge));
    }
    // Calls f(UnitId) for all that have `unit` by what their own files say, once a kind.
    template <class F>
    void for_each_that_names(UnitId unit, F&& f) const {
        for (uint32_t at = first_list(unit); at != none; at = lists_[at].next)
            for (const Edge& edge : span_of(lists_[at]))
                if (edge.other != 0) f(unit_of(edge));
    }

    // What it holds on to, in bytes.
    [[nodiscard]] size_t memory() const noexcept;

  private:
    static constexpr uint32_t none = UINT32_MAX;
    // The dependencies of one unit of one kind: a block of 2^capacity_log2 edges in the pool.
    struct List {
        uint32_t first; // in edges_
        uint32_t size;
        uint32_t next; // the unit's next list, in lists_
        Dependency kind;
        uint8_t capacity_log2;
    };

    struct Head {
        UnitId unit = no_unit; // that has the place now
        uint32_t first = none; // its first list
    };

    [[nodiscard]] uint32_t first_list(UnitId unit) const noexcept {
        uint32_t place = place_of(unit);
        return place < heads_.size() && heads_[place].unit == unit ? heads_[place].first : none;
    }
    [[nodiscard]] std::span<const Edge> span_of(const List& list) const noexcept {
        return {edges_.data() + list.first, list.size};
    }
    [[nodiscard]] std::span<Edge> span_of(const List& list) noexcept {
        return {edges_.data() + list.first, list.size};
    }
    [[nodiscard]] uint32_t find_list(UnitId unit, Dependency kind) const noexcept;
    void take_place(UnitId unit);
    uint32_t make_list(UnitId unit, Dependency kind);
    [[nodiscard]] Edge* find_edge(uint32_t list, UnitId other) noexcept;
    void make_room(uint32_t list);
    void append(uint32_t list, Edge edge) noexcept;
    void erase(uint32_t list, UnitId other);
    void forget(UnitId unit, uint32_t own, uint32_t other);
    uint32_t allocate(uint8_t capacity_log2);
    void release(uint32_t first, uint8_t capacity_log2) noexcept;

    std::vector<Head> heads_; // by place
    std::vector<List> lists_; // never shrinks; a list that became empty stays its place's
    std::vector<Edge> edges_; // the pool
    // Freed blocks by size; the first edge of a block holds the start of the next one.
    std::array<uint32_t, 25> free_ = [] {
        std::array<uint32_t, 25> all{};
        all.fill(none);
        return all;
    }();
};

} // namespace sctl
