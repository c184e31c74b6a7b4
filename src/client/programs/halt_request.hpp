// What halt, shutdown and telinit share: what was asked for, and the verb of systemctl that does
// it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client/verbs/verb_table.hpp"
#include "options/option_table.hpp"

namespace sctl {

struct HaltRequest {
    ClientRequest client = {};
    std::string verb;
    bool help = false, wtmp_only = false, shows = false, warns_only = false, cancels = false;
};

// What rows do.
template <const char* verb>
Result<void> set_verb(HaltRequest& request, const std::string&) {
    request.verb = verb;
    return {};
}
inline constexpr char halt_verb[] = "halt", poweroff_verb[] = "poweroff", reboot_verb[] = "reboot";

template <bool HaltRequest::*member>
Result<void> set_wish(HaltRequest& request, const std::string&) {
    request.*member = true;
    return {};
}
Result<void> ignore_option(HaltRequest& request, const std::string& value);

// Runs systemctl's verb, unless in a chroot.
int run_as_verb(ClientRequest request, Words words);
// Says that nothing is done there.
int ignore_in_chroot();
int complain_of_arguments();

// The programs, by their arguments.
int run_halt(std::string_view program, const std::vector<std::string>& arguments);
int run_shutdown(const std::vector<std::string>& arguments);
int run_telinit(const std::vector<std::string>& arguments);
int run_runlevel();

} // namespace sctl
