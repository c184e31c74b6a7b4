#include "client/status/unit_status.hpp"

#include "client/status/status_sections.hpp"

namespace sctl {

std::string unit_status_text(const Session& session, ClientConnection& manager,
                             const Properties& unit) {
    StatusPage page(session, manager, unit);
    add_header(page);
    add_activity(page);
    add_conditions(page);
    add_places(page);
    add_processes(page);
    add_notes(page);
    add_resources(page);
    add_control_group(page);
    add_log(page);
    return page.take();
}

} // namespace sctl
