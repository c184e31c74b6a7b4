#include "client/client.hpp"

#include "base/files.hpp"
#include "base/log.hpp"
#include "client/exit_code.hpp"
#include "client/options.hpp"
#include "client/session.hpp"
#include "client/verbs.hpp"

namespace sctl {

namespace {

int run_systemctl(const std::vector<std::string>& arguments) {
    auto options = parse_options(arguments);
    if (!options) {
        log_error(options.error().text);
        return exit_failure;
    }
    Session session(*std::move(options));
    int status = run_verb(session);
    if (!session.flush()) {
        log_error("Failed to write the output: ", words_of(errno_error("write")));
        return exit_failure;
    }
    return status;
}

} // namespace

int run_client(int argc, char** argv) {
    std::vector<std::string> arguments(argv + (argc > 0), argv + argc);
    return run_systemctl(arguments);
}

} // namespace sctl
