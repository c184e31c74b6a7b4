#include "graph/dependency.hpp"

#include <algorithm>
#include <cassert>

namespace sctl {

namespace {

// vector's doubling would leave half of the pool empty; a quarter is enough to stay amortized.
template <class T>
void grow(std::vector<T>& all, size_t more) {
    size_t wanted = all.size() + more;
    if (wanted > all.capacity()) all.reserve(wanted + wanted / 4 + 16);
}

} // namespace

uint32_t DependencyGraph::find_list(UnitId unit, Dependency kind) const noexcept {
    uint32_t at = first_list(unit);
    while (at != none && lists_[at].kind != kind) at = lists_[at].next;
    return at;
}

// The lists of the unit that had the place before are empty since remove_all().
void DependencyGraph::take_place(UnitId unit) {
    uint32_t place = place_of(unit);
    if (place >= heads_.size()) {
        grow(heads_, place + 1 - heads_.size());
        heads_.resize(place + 1);
    }
    heads_[place].unit = unit;
}

uint32_t DependencyGraph::make_list(UnitId unit, Dependency kind) {
    uint32_t place = place_of(unit);
    grow(lists_, 1);
    uint32_t first = allocate(0);
    auto at = static_cast<uint32_t>(lists_.size());
    lists_.push_back(List{first, 0, heads_[place].first, kind, 0});
    heads_[place].first = at;
    return at;
}

DependencyGraph::Edge* DependencyGraph::find_edge(uint32_t list, UnitId other) noexcept {
    // From both ends: what is asked for is mostly what came last, or, where units are forgotten in
    // the order in which they came, what came first.
    auto edges = span_of(lists_[list]);
    for (size_t i = 0; i < (edges.size() + 1) / 2; ++i)
        for (size_t at : {edges.size() - 1 - i, i})
            if (edges[at].place == place_of(other)) return &edges[at];
    return nullptr;
}

uint32_t DependencyGraph::allocate(uint8_t capacity_log2) {
    uint32_t& head = free_[capacity_log2];
    if (head != none) {
        uint32_t first = head;
        const Edge& link = edges_[first];
        // An edge has 32 bits: a start of a block fits into them.
        head = link.place | uint32_t{link.own} << 24 | uint32_t{link.other} << 28;
        return first;
    }
    size_t count = size_t{1} << capacity_log2;
    grow(edges_, count);
    auto first = static_cast<uint32_t>(edges_.size());
    edges_.resize(edges_.size() + count);
    return first;
}

void DependencyGraph::release(uint32_t first, uint8_t capacity_log2) noexcept {
    uint32_t next = free_[capacity_log2];
    edges_[first] = Edge{next & 0xffffffu, next >> 24 & 15u, next >> 28};
    free_[capacity_log2] = first;
}

void DependencyGraph::make_room(uint32_t list) {
    if (lists_[list].size == uint32_t{1} << lists_[list].capacity_log2) {
        uint32_t bigger = allocate(static_cast<uint8_t>(lists_[list].capacity_log2 + 1));
        List& row = lists_[list];
        std::copy_n(edges_.begin() + row.first, row.size, edges_.begin() + bigger);
        release(row.first, row.capacity_log2);
        row.first = bigger;
        ++row.capacity_log2;
    }
}

void DependencyGraph::append(uint32_t list, Edge edge) noexcept {
    List& row = lists_[list];
    edges_[row.first + row.size++] = edge;
}

bool DependencyGraph::add(UnitId from, Dependency kind, UnitId to, Origin origin) {
    assert(place_of(from) < place_of(no_unit) && place_of(to) < place_of(no_unit));
    if (from == to) return false;
    take_place(from);
    take_place(to);
    auto bits = static_cast<uint32_t>(origin);
    uint32_t near = find_list(from, kind);
    uint32_t far = find_list(to, inverse(kind));
    if (near == none) near = make_list(from, kind);
    if (far == none) far = make_list(to, inverse(kind));

    // Both ends know both origins, so the shorter list answers whether there is anything to do.
    if (lists_[near].size <= lists_[far].size) {
        Edge* edge = find_edge(near, to);
        if (edge && (edge->own & bits) == bits) return false;
        if (edge) {
            edge->own |= bits;
            find_edge(far, from)->other |= bits;
            return true;
        }
    } else if (Edge* edge = find_edge(far, from)) {
        if ((edge->other & bits) == bits) return false;
        edge->other |= bits;
        find_edge(near, to)->own |= bits;
        return true;
    }
    make_room(near);
    make_room(far);
    append(near, Edge{place_of(to), bits, 0});
    append(far, Edge{place_of(from), 0, bits});
    return true;
}

void DependencyGraph::erase(uint32_t list, UnitId other) {
    Edge* edge = find_edge(list, other);
    if (!edge) return;
    auto edges = span_of(lists_[list]);
    std::copy(edge + 1, edges.data() + edges.size(), edge);
    --lists_[list].size;
}

void DependencyGraph::remove(UnitId from, Dependency kind, UnitId to, Origin origin) {
    uint32_t near = find_list(from, kind);
    Edge* edge = near == none ? nullptr : find_edge(near, to);
    if (!edge) return;
    uint32_t far = find_list(to, inverse(kind));
    edge->own &= ~static_cast<uint32_t>(origin) & 15u;
    find_edge(far, from)->other = edge->own;
    if (edge->own || edge->other) return;
    erase(near, to);
    erase(far, from);
}

void DependencyGraph::forget(UnitId unit, uint32_t own, uint32_t other) {
    for (uint32_t at = first_list(unit); at != none; at = lists_[at].next) {
        auto edges = span_of(lists_[at]);
        auto kept = edges.begin();
        for (Edge edge : edges) {
            bool touched = (edge.own & own) || (edge.other & other);
            edge.own &= ~own & 15u;
            edge.other &= ~other & 15u;
            uint32_t far = touched ? find_list(unit_of(edge), inverse(lists_[at].kind)) : none;
            if (edge.own || edge.other) {
                *kept++ = edge;
                if (!touched) continue;
                Edge* mirror = find_edge(far, unit);
                mirror->own = edge.other;
                mirror->other = edge.own;
            } else {
                erase(far, unit);
            }
        }
        lists_[at].size = static_cast<uint32_t>(kept - edges.begin());
    }
}

void DependencyGraph::remove_declared(UnitId unit, Origin origins) {
    forget(unit, static_cast<uint32_t>(origins), 0);
}

void DependencyGraph::remove_all(UnitId unit) {
    forget(unit, 15, 15);
}

void DependencyGraph::clear() {
    *this = DependencyGraph();
}

std::span<const DependencyGraph::Edge> DependencyGraph::edges(UnitId unit, Dependency kind) const {
    uint32_t at = find_list(unit, kind);
    return at == none ? std::span<const Edge>() : span_of(lists_[at]);
}

bool DependencyGraph::has(UnitId unit, Dependency kind, UnitId other) const {
    auto near = edges(unit, kind);
    auto far = edges(other, inverse(kind));
    bool from_near = near.size() <= far.size();
    UnitId wanted = from_near ? other : unit;
    auto shorter = from_near ? near : far;
    return std::any_of(shorter.begin(), shorter.end(),
                       [&](const Edge& edge) { return edge.place == place_of(wanted); });
}

bool DependencyGraph::has(UnitId unit, Atom atom, UnitId other) const {
    for (uint32_t at = first_list(unit); at != none; at = lists_[at].next)
        if (has_atom(lists_[at].kind, atom) && has(unit, lists_[at].kind, other)) return true;
    return false;
}

size_t DependencyGraph::memory() const noexcept {
    return heads_.capacity() * sizeof(heads_[0]) + lists_.capacity() * sizeof(List) +
           edges_.capacity() * sizeof(Edge);
}

} // namespace sctl
