#include "client/client.hpp"

#include "base/files.hpp"
#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/session.hpp"
#include "client/programs/programs.hpp"
#include "client/request/client_request.hpp"
#include "client/text/help.hpp"
#include "client/verbs/healthcheck.hpp"
#include "client/verbs/verb_table.hpp"

namespace sctl {

namespace {

int run(Session& session) {
    auto topic = session.request.topic;
    if (topic == Topic::None) return run_verb(session);
    session.print(text_about(topic));
    return exit_ok;
}

int run_systemctl(std::string_view program, const std::vector<std::string>& arguments) {
    auto request = read_client_request(arguments, program);
    if (!request) {
        log_error(request.error().text);
        return exit_failure;
    }
    Session session(*std::move(request));
    int status = run(session);
    if (!session.flush()) {
        log_error("Failed to write the output: ", words_of(errno_error("write")));
        return exit_failure;
    }
    return status;
}

} // namespace

int run_client(int argc, char** argv) {
    std::vector<std::string> arguments(argv + (argc > 0), argv + argc);
    auto name = argc > 0 ? base_name(argv[0]) : std::string_view();
    if (auto status = run_program(name, arguments)) return *status;
    // Its options are its own, and what follows -- is no unit.
    if (!arguments.empty() && arguments.front() == "healthcheck") {
        return run_healthcheck({arguments.begin() + 1, arguments.end()});
    }
    return run_systemctl(argc > 0 ? argv[0] : "systemctl", arguments);
}

} // namespace sctl
