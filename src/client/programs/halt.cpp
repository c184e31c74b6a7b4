// halt, poweroff and reboot under their own names.
#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/programs/halt_request.hpp"

namespace sctl {

namespace {

Result<void> force(HaltRequest& request, const std::string&) {
    ++request.client.force;
    return {};
}

using enum OptionValue;

// halt(8): halt, poweroff and reboot.
constexpr OptionRow<HaltRequest> halt_options[] = {
    {"help", None, set_wish<&HaltRequest::help>, nullptr, true},
    {"halt", None, set_verb<halt_verb>},
    {"poweroff,p", None, set_verb<poweroff_verb>},
    {"reboot", None, set_verb<reboot_verb>},
    {"force,f", None, force},
    {"wtmp-only,w", None, set_wish<&HaltRequest::wtmp_only>},
    {"no-wtmp,d", None, ignore_option},
    {"no-sync,n", None, ignore_option},
    {"no-wall", None, ignore_option},
    {",i", None, ignore_option},
    {",h", None, ignore_option},
};

} // namespace

// A word that is no option is reboot's argument for the firmware.
int run_halt(std::string_view program, const std::vector<std::string>& arguments) {
    HaltRequest request{.verb = std::string(program)};
    auto words = read_options(std::span<const OptionRow<HaltRequest>>(halt_options), arguments,
                              program, request);
    if (!words) {
        log_error(words.error().text);
        return exit_failure;
    }
    if (request.help) {
        log_info(program, " [--halt] [-p|--poweroff] [--reboot] [-f|--force]");
        return exit_ok;
    }
    if (words->size() > (program == "reboot" ? 1U : 0U)) return complain_of_arguments();
    if (request.wtmp_only) return exit_ok; // we keep no wtmp
    return run_as_verb(std::move(request.client), {request.verb});
}

} // namespace sctl
