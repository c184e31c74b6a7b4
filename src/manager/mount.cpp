#include "manager/mount.hpp"

#include "os/random.hpp"
#include "unit/mount/mount_kind.hpp"

namespace sctl {

namespace {

// The place of an automount is none before something is mounted there.
bool has_unit(const Mount& mount) {
    return mount.point.starts_with('/') && !is_api_mount_point(mount.point) &&
           mount.type != "autofs";
}

} // namespace

std::optional<SeenMount> MountUnits::seen_at(std::string_view point) const {
    const Mount* mount = mounts_.at(point);
    if (!mount || !has_unit(*mount)) return std::nullopt;
    return SeenMount{mount->type, mount->options, mounts_.is_early(point)};
}

void MountUnits::changed(const std::vector<std::string>& points) {
    for (const auto& point : points) run_insistently("looking at a mount", [&] { changed(point); });
}

void MountUnits::changed(const std::string& point) {
    auto name = unit_name_from_path(point, UnitType::Mount);
    if (!name) return;
    const Mount* mount = mounts_.at(point);
    if (mount && !has_unit(*mount)) return;
    Unit* unit = mount ? unit_for(name->str()) : units_.find(name->str());
    if (!unit || !unit->machine) return;
    if (mount && unit->is_inactive_or_failed()) unit->invocation_id = random_id();
    post_(unit->id, event::MountSeen{mount != nullptr});
}

// One that was not found before is there now.
Unit* MountUnits::unit_for(const std::string& name) {
    Unit* known = units_.find(name);
    if (known && known->loaded.load_state == LoadState::NotFound) {
        store_.read_again(known->id);
        return units_.find(name);
    }
    auto loaded = store_.load(name);
    return loaded ? *loaded : nullptr;
}

} // namespace sctl
