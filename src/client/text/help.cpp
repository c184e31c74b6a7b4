#include "client/text/help.hpp"

#include "base/text.hpp"
#include "base/version_text.hpp"
#include "client/request/option_rows.hpp"
#include "client/text/known_values.hpp"
#include "client/verbs/verb_table.hpp"

namespace sctl {

namespace {

constexpr size_t column_of_verbs = 38;
constexpr size_t column_of_options = 28;

std::string help_text() {
    std::string out =
        "systemctl [OPTIONS...] VERB [ARGUMENTS...]\n"
        "systemctl init [OPTIONS...] [UNIT...] [-- COMMAND [ARG...]]\n\n"
        "Starts, stops and shows units. Without a verb: lists the loaded units. As init:\n"
        "boots and supervises them, or a command; see systemctl init --help.\n\nVerbs:\n";
    for (const auto& verb : verbs()) {
        if (verb.help.empty()) continue;
        out += help_line(cat("  ", verb.name, verb.arguments.empty() ? "" : " ", verb.arguments),
                         verb.help, column_of_verbs);
    }
    out += cat("\nOptions:\n", options_help(option_rows(), column_of_options));
    out +=
        "\nThe manual pages of systemd 252 hold here: systemctl(1), systemd.unit(5),\n"
        "systemd.service(5). Of our own: systemctl-init(1).\n";
    return out;
}

} // namespace

std::string text_about(Topic topic) {
    switch (topic) {
        case Topic::None: return {};
        case Topic::Help: return help_text();
        case Topic::Version: return version_text();
        default: return known_values(topic);
    }
}

} // namespace sctl
