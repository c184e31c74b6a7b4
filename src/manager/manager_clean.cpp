// Manager's part that cleans units (systemctl(1), clean).
#include "base/text.hpp"
#include "manager/manager.hpp"
#include "run/clean.hpp"
#include "unit/unit_kind.hpp"

namespace sctl {
namespace {

Error clean_error(int code, std::string_view name, std::string text) {
    return Error{code, std::move(text), cat("org.freedesktop.", name)};
}

} // namespace

// The order of the refusals is systemd's.
Result<void> Manager::clean_unit(UnitId id, const std::vector<DirectoryType>& types) {
    Unit& unit = this->unit(id);
    if (!unit.run) {
        return clean_error(EOPNOTSUPP, "DBus.Error.NotSupported",
                           cat("Unit '", unit.name().str(), "' does not support cleaning."));
    }
    auto nothing = [] {
        return clean_error(EUNATCH, "systemd1.NothingToClean", "No matching resources found.");
    };
    if (types.empty()) return nothing();
    bool is_idle = unit.loaded.load_state == LoadState::Loaded && unit.job == 0 &&
                   unit.active == ActiveState::Inactive;
    if (!is_idle) {
        return clean_error(EBUSY, "systemd1.UnitBusy", "Unit is not inactive or has pending job.");
    }
    auto paths = paths_to_clean(unit, types);
    if (paths.empty()) return nothing();
    events_.handle(id, event::CleanRequested{std::move(paths)});
    next_turn_.schedule();
    return {};
}

} // namespace sctl
