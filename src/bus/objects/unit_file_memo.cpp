#include "bus/objects/unit_file_memo.hpp"

#include <chrono>
#include <utility>

#include "bus/objects/unit_file_place.hpp"
#include "install/presets.hpp"
#include "install/unit_file_states.hpp"

namespace sctl {

struct UnitFileMemo::Snapshot {
    explicit Snapshot(const Manager& manager)
        : place(unit_file_place(manager)), states(place), presets(Presets::read(place)) {}

    Span taken = monotonic_now();
    InstallPlace place;
    UnitFileStates states;
    Presets presets;
};

UnitFileMemo::UnitFileMemo(Manager& manager)
    : manager_(manager), drop_(manager.loop(), [this] { drop_snapshot(); }) {}

UnitFileMemo::~UnitFileMemo() = default;

UnitFileMemo::Answer UnitFileMemo::ask(const Unit& unit) {
    constexpr Span burst = std::chrono::milliseconds(20);
    const auto& name = unit.name().str();
    if (auto known = answers_.find(name); known != answers_.end()) return known->second;
    bool is_fresh = !snapshot_ || monotonic_now() - snapshot_->taken > burst;
    if (is_fresh) take_snapshot(burst);
    auto state = snapshot_->states.state(name);
    if (!state && !is_fresh) { // a file that has come meanwhile
        take_snapshot(burst);
        state = snapshot_->states.state(name);
    }
    Answer answer{state ? to_string(*state) : "", snapshot_->presets.ask(name).enable};
    answers_.emplace(name, answer);
    return answer;
}

void UnitFileMemo::forget() {
    answers_.clear();
    drop_snapshot();
}

void UnitFileMemo::take_snapshot(Span lasts) {
    drop_snapshot();
    snapshot_ = std::make_unique<Snapshot>(manager_);
    drop_.arm(snapshot_->taken + lasts);
}

void UnitFileMemo::drop_snapshot() {
    drop_.cancel();
    snapshot_.reset();
}

} // namespace sctl
