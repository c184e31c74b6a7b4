#include "client/calls/unit_watch.hpp"

#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/manager_calls.hpp"

namespace sctl {

bool UnitWatch::subscribe(ClientConnection& manager) {
    auto reply = call_manager(manager, "Subscribe");
    // A connection that gets all signals anyway needs no subscription.
    if (reply || reply.error().name == "org.freedesktop.systemd1.AlreadySubscribed") return true;
    log_error("Failed to enable subscription: ", words_of(reply.error()));
    return false;
}

bool UnitWatch::is_there(const Properties& unit) const {
    auto state = unit.text("ActiveState");
    if (until_ == Until::Cleaned) return state != "maintenance";
    return unit.number("Job", 0) == 0 && (state == "inactive" || state == "failed");
}

bool UnitWatch::went_well(const Properties& unit) const {
    // A kind that only removes a file has no such property.
    auto cleaned = unit.text("CleanResult");
    if (until_ == Until::Cleaned) return cleaned.empty() || cleaned == "success";
    return unit.text("ActiveState") != "failed";
}

bool UnitWatch::wait(ClientConnection& manager) {
    bool all_well = true;
    for (const auto& name : names_) {
        auto path = unit_object_path(name);
        while (true) {
            // The state is read afresh each time: a signal only says that it is worth a look.
            auto reply = get_all_properties(manager, path);
            if (!reply) {
                log_error("Failed to get properties: ", words_of(reply.error()));
                return false;
            }
            Properties unit(*std::move(reply));
            if (is_there(unit)) {
                all_well &= went_well(unit);
                break;
            }
            auto changed = manager.wait_signal([&](const Message& signal) {
                return signal.path == path &&
                       signal.is_signal(properties_interface, "PropertiesChanged");
            });
            if (!changed) {
                log_error("Failed to wait for response: ", words_of(changed.error()));
                return false;
            }
        }
    }
    return all_well;
}

} // namespace sctl
