// show-environment and its like: what the manager gives to services.
#include <cstdlib>

#include "base/json.hpp"
#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/manager_calls.hpp"
#include "client/verbs/verb_table.hpp"
#include "unit/syntax/environment.hpp"
#include "unit/syntax/escape.hpp"

namespace sctl {

namespace {

// Never in colours, as systemctl 252.
void print_variables_as_json(Session& session, const Words& variables) {
    std::vector<JsonMember> members;
    for (std::string_view variable : variables) {
        auto equals = variable.find('=');
        if (equals == std::string_view::npos) continue;
        members.emplace_back(variable.substr(0, equals), json_string(variable.substr(equals + 1)));
    }
    JsonStyle style{.output = json_output_from(session.request.output)};
    session.print(json_document(json_object(members, style), style));
}

} // namespace

int verb_show_environment(Session& session, const Words&) {
    auto* manager = session.manager();
    if (!manager) return exit_failure;
    auto variables = get_texts(*manager, manager_path, manager_interface, "Environment");
    if (!variables) {
        log_error("Failed to get environment: ", words_of(variables.error()));
        return exit_failure;
    }
    if (json_output_from(session.request.output) != JsonOutput::None) {
        print_variables_as_json(session, *variables);
        return exit_ok;
    }
    for (const auto& variable : *variables) {
        auto equals = variable.find('=');
        if (equals == std::string::npos) continue;
        session.print(
            variable.substr(0, equals + 1),
            shell_maybe_quote(std::string_view(variable).substr(equals + 1), ShellQuoting::Posix),
            "\n");
    }
    return exit_ok;
}

int verb_set_environment(Session& session, const Words& words) {
    auto* manager = session.manager();
    if (!manager) return exit_failure;
    bool unset = words.front() == "unset-environment";
    auto reply = call_manager_with_list(*manager, unset ? "UnsetEnvironment" : "SetEnvironment",
                                        {words.begin() + 1, words.end()});
    if (reply) return exit_ok;
    log_error("Failed to set environment: ", words_of(reply.error()));
    return exit_failure;
}

int verb_import_environment(Session& session, const Words& words) {
    auto* manager = session.manager();
    if (!manager) return exit_failure;
    Words variables;
    if (words.size() == 1) {
        log_warning("Calling import-environment without a list of variable names is deprecated.");
        for (char** variable = environ; *variable; ++variable) variables.emplace_back(*variable);
    }
    for (auto word = words.begin() + 1; word != words.end(); ++word) {
        if (!environment_name_is_valid(*word)) {
            log_error("Not a valid environment variable name: ", *word);
            return exit_failure;
        }
        if (const char* value = std::getenv(word->c_str()))
            variables.push_back(cat(*word, "=", value));
        else
            log_info("Environment variable $", *word, " not set, ignoring.");
    }
    auto reply = call_manager_with_list(*manager, "SetEnvironment", variables);
    if (reply) return exit_ok;
    log_error("Failed to import environment: ", words_of(reply.error()));
    return exit_failure;
}

} // namespace sctl
