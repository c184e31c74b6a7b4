#include "client/programs/halt_request.hpp"

#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/surroundings.hpp"

namespace sctl {

Result<void> ignore_option(HaltRequest&, const std::string&) {
    return {};
}

int ignore_in_chroot() {
    log_info("Running in chroot, ignoring request.");
    return exit_ok;
}

int run_as_verb(ClientRequest request, Words words) {
    if (is_offline()) return ignore_in_chroot();
    request.arguments = std::move(words);
    Session session(std::move(request));
    int status = run_verb(session);
    return session.flush() && status == exit_ok ? exit_ok : exit_failure;
}

int complain_of_arguments() {
    log_error("Too many arguments.");
    return exit_failure;
}

} // namespace sctl
