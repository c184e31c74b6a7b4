// A unit for whatever is mounted (systemd.mount(5)): those that have a file are told of it, and for
// what others have mounted there is one that says so.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "manager/unit_store.hpp"
#include "run/mount_table.hpp"

namespace sctl {

class MountUnits {
  public:
    // `post` puts an event into the queue of events.
    MountUnits(UnitTable& units, UnitStore& store, const MountTable& mounts,
               std::function<void(UnitId, UnitEvent)> post)
        : units_(units), store_(store), mounts_(mounts), post_(std::move(post)) {}
    MountUnits(const MountUnits&) = delete;
    MountUnits& operator=(const MountUnits&) = delete;

    // What a unit is to know of its place; nothing where nothing is mounted that has a unit.
    [[nodiscard]] std::optional<SeenMount> seen_at(std::string_view point) const;
    // Something else, or nothing, is mounted at these places now.
    void changed(const std::vector<std::string>& points);

  private:
    void changed(const std::string& point);
    [[nodiscard]] Unit* unit_for(const std::string& name);

    UnitTable& units_;
    UnitStore& store_;
    const MountTable& mounts_;
    std::function<void(UnitId, UnitEvent)> post_;
};

} // namespace sctl
