#include "client/programs/programs.hpp"

#include "client/programs/drinitctl.hpp"
#include "client/programs/halt_request.hpp"

namespace sctl {

std::optional<int> run_program(std::string_view name, const std::vector<std::string>& arguments) {
    if (name == "halt" || name == "poweroff" || name == "reboot") return run_halt(name, arguments);
    if (name == "shutdown") return run_shutdown(arguments);
    if (name == "telinit") return run_telinit(arguments);
    if (name == "runlevel") return run_runlevel();
    if (name == "drinitctl") return run_drinitctl(arguments);
    return std::nullopt;
}

} // namespace sctl
