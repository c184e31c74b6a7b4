// shutdown: now, or never, as nobody keeps what is scheduled.
#include "base/log.hpp"
#include "base/text.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/surroundings.hpp"
#include "client/programs/halt_request.hpp"

namespace sctl {

namespace {

constexpr std::string_view no_logind = "Unit dbus-org.freedesktop.login1.service not found.";

// -h powers off, unless -H was given.
Result<void> set_halt_or_poweroff(HaltRequest& request, const std::string&) {
    if (request.verb != halt_verb) request.verb = poweroff_verb;
    return {};
}

using enum OptionValue;

// shutdown(8).
constexpr OptionRow<HaltRequest> shutdown_options[] = {
    {"help", None, set_wish<&HaltRequest::help>, nullptr, true},
    {"halt,H", None, set_verb<halt_verb>},
    {"poweroff,P", None, set_verb<poweroff_verb>},
    {",h", None, set_halt_or_poweroff},
    {"reboot,r", None, set_verb<reboot_verb>},
    {"show", None, set_wish<&HaltRequest::shows>},
    {"no-wall", None, ignore_option},
    {",k", None, set_wish<&HaltRequest::warns_only>},
    {",c", None, set_wish<&HaltRequest::cancels>},
    {",a", None, ignore_option},
    {",t", Required, ignore_option},
    {",f", None, ignore_option},
    {",F", None, ignore_option},
};

// shutdown(8): "now", minutes from now, or a time of day; nothing for anything else.
std::optional<bool> parse_is_now(std::string_view when) {
    if (when == "now") return true;
    auto colon = when.find(':');
    if (colon == std::string_view::npos) {
        if (when.starts_with('+')) when.remove_prefix(1);
        auto minutes = parse_number<uint64_t>(when);
        return minutes ? std::optional(*minutes == 0) : std::nullopt;
    }
    auto hour = parse_number<unsigned>(when.substr(0, colon));
    auto minute = parse_number<unsigned>(when.substr(colon + 1));
    if (!hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
    return false;
}

// Logind keeps what is scheduled, and there is none: nothing happens, and that is said in the words
// of systemd where logind is missing.
int refuse_schedule(std::string_view what) {
    if (is_offline()) return ignore_in_chroot();
    log_error(what, ": ", no_logind);
    return exit_failure;
}

} // namespace

int run_shutdown(const std::vector<std::string>& arguments) {
    HaltRequest request{.verb = poweroff_verb};
    auto words = read_options(std::span<const OptionRow<HaltRequest>>(shutdown_options), arguments,
                              "shutdown", request);
    if (!words) {
        log_error(words.error().text);
        return exit_failure;
    }
    if (request.help) {
        log_info("shutdown [-H|-P|-r|-h|-k|-c] now");
        return exit_ok;
    }
    if (request.cancels)
        return refuse_schedule("Failed to talk to logind, shutdown hasn't been cancelled");
    auto is_now = words->empty() ? std::optional(false) : parse_is_now(words->front());
    if (!is_now) {
        log_error("Failed to parse time specification: ", words->front());
        return exit_failure;
    }
    if (request.shows) return refuse_schedule("Failed to query scheduled shutdown");
    if (!*is_now) return refuse_schedule("Failed to schedule shutdown");
    if (request.warns_only) return exit_ok;
    return run_as_verb({}, {request.verb});
}

} // namespace sctl
