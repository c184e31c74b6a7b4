#include "client/request/option_rows.hpp"

#include <unistd.h>

#include <algorithm>

#include "base/files.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "client/request/typed_path.hpp"
#include "client/text/known_values.hpp"
#include "unit/syntax/extract_word.hpp"
#include "unit/syntax/parse_value.hpp"
#include "unit/unit_name.hpp"
#include "unit/values/signal_name.hpp"

namespace sctl {

namespace {

void tell(ClientRequest& request, Topic topic) {
    if (request.topic == Topic::None) request.topic = topic;
}

template <Topic topic>
Result<void> set_topic(ClientRequest& request, const std::string&) {
    tell(request, topic);
    return {};
}

void append_list(std::vector<std::string>& list, const std::string& text) {
    for (auto part : split(text, ",")) list.emplace_back(part);
}

Result<void> set_type(ClientRequest& request, const std::string& text) {
    static constexpr std::string_view load_states[] = {
        "stub", "loaded", "not-found", "bad-setting", "error", "merged", "masked"};
    for (auto part : split(text, ",")) {
        if (part == "help") {
            tell(request, Topic::Types);
        } else if (unit_type_from(part)) {
            request.types.emplace_back(part);
        } else if (std::ranges::find(load_states, part) != std::end(load_states)) {
            request.states.emplace_back(part);
        } else {
            return option_refusal(cat("Unknown unit type or load state '", part,
                                      "'.\nUse -t help to see a list of allowed values."));
        }
    }
    return {};
}

Result<void> set_state(ClientRequest& request, const std::string& text) {
    for (auto part : split(text, ",")) {
        if (part == "help")
            tell(request, Topic::States);
        else
            request.states.emplace_back(part);
    }
    return {};
}

Result<void> set_property(ClientRequest& request, const std::string& text) {
    request.has_properties = true;
    request.show_empty = true; // what was asked for is shown even where it is empty
    append_list(request.properties, text);
    return {};
}

Result<void> set_all(ClientRequest& request, const std::string&) {
    request.all = request.show_empty = true;
    return {};
}

Result<void> set_value_of(ClientRequest& request, const std::string& text) {
    request.value_only = true;
    return set_property(request, text);
}

Result<void> set_legend(ClientRequest& request, const std::string& text) {
    auto legend = parse_boolean(text);
    if (!legend) {
        return option_refusal(cat("Failed to parse boolean argument to --legend: ", text, "."));
    }
    request.legend = *legend;
    request.says_legend = true;
    return {};
}

Result<void> set_lines(ClientRequest& request, const std::string& text) {
    auto lines = parse_number<unsigned>(text);
    if (!lines) return option_refusal(cat("Failed to parse lines '", text, "'"));
    request.lines = *lines;
    return {};
}

Result<void> set_output(ClientRequest& request, const std::string& text) {
    if (text == "help") {
        tell(request, Topic::Outputs);
        return {};
    }
    if (std::ranges::find(output_modes(), text) == output_modes().end()) {
        return option_refusal(cat("Unknown output '", text, "'."));
    }
    request.output = text;
    if (json_output_from(text) != JsonOutput::None) {
        request.plain = true;
        request.legend = false;
        request.says_legend = true;
    }
    return {};
}

Result<void> set_signal(ClientRequest& request, const std::string& text) {
    if (text == "help" || text == "list") {
        tell(request, Topic::Signals);
        return {};
    }
    auto signal = parse_signal(text);
    if (!signal) return option_refusal(cat("Failed to parse signal string \"", text, "\"."));
    request.signal = *signal;
    return {};
}

Result<void> set_preset_mode(ClientRequest& request, const std::string& text) {
    if (text == "help") {
        tell(request, Topic::PresetModes);
        return {};
    }
    if (text != "full" && text != "enable-only" && text != "disable-only") {
        return option_refusal(cat("Failed to parse preset mode: ", text, "."));
    }
    request.preset_mode = text;
    return {};
}

Result<void> set_timestamp(ClientRequest& request, const std::string& text) {
    static constexpr struct {
        std::string_view word;
        TimestampStyle style;
    } rows[] = {
        {"pretty", TimestampStyle::Pretty},
        {"us", TimestampStyle::Microseconds},
        {"\u00b5s", TimestampStyle::Microseconds},
        {"utc", TimestampStyle::Utc},
        {"us+utc", TimestampStyle::UtcMicroseconds},
        {"\u00b5s+utc", TimestampStyle::UtcMicroseconds},
        {"unix", TimestampStyle::Unix},
    };
    if (text == "help") {
        tell(request, Topic::Timestamps);
        return {};
    }
    for (const auto& row : rows) {
        if (row.word == text) {
            request.timestamp_style = row.style;
            return {};
        }
    }
    return option_refusal(cat("Invalid value: ", text, "."));
}

Result<void> set_what(ClientRequest& request, const std::string& text) {
    if (text == "help")
        tell(request, Topic::CleanTypes);
    else if (text.empty())
        return option_refusal("--what= requires arguments.");
    else
        append_list(request.clean_what, text);
    return {};
}

Result<void> set_root(ClientRequest& request, const std::string& text) {
    auto directory = absolute_path(text);
    if (!directory) return directory.error();
    request.has_root = !text.empty();
    request.root = *directory;
    return {};
}

Result<void> set_image(ClientRequest& request, const std::string& text) {
    request.has_root = !text.empty();
    request.image = text;
    return {};
}

Result<void> set_instance(ClientRequest& request, const std::string& text) {
    auto directory = absolute_path(text);
    if (!directory) return directory.error();
    if (!is_normalized_absolute(*directory)) {
        return option_refusal(cat("--instance= wants a directory without \"..\": ", text));
    }
    request.instance = *directory;
    return {};
}

// The manager of this machine may be named in this way, too.
Result<void> set_machine(ClientRequest& request, const std::string& text) {
    auto at = text.find('@');
    auto machine =
        at == std::string::npos ? std::string_view(text) : std::string_view(text).substr(at + 1);
    auto user =
        at == std::string::npos ? std::string_view("root") : std::string_view(text).substr(0, at);
    request.remote = machine != ".host" || user != "root";
    return {};
}

template <bool ClientRequest::*member, bool value = true>
Result<void> set(ClientRequest& request, const std::string&) {
    request.*member = value;
    return {};
}

template <std::string ClientRequest::*member>
Result<void> set_text(ClientRequest& request, const std::string& text) {
    request.*member = text;
    return {};
}

Result<void> ignore(ClientRequest&, const std::string&) {
    return {};
}

Result<void> set_reverse(ClientRequest& request, const std::string&) {
    request.dependency_properties = {"RequiredBy", "RequisiteOf", "WantedBy", "PartOf", "BoundBy"};
    return {};
}

Result<void> set_failed(ClientRequest& request, const std::string&) {
    return set_state(request, "failed");
}

constexpr char mode_fail[] = "fail", mode_replace_irreversibly[] = "replace-irreversibly",
               mode_ignore_dependencies[] = "ignore-dependencies";
template <const char* mode>
Result<void> set_job_mode(ClientRequest& request, const std::string&) {
    request.job_mode = mode;
    return {};
}

Result<void> set_force(ClientRequest& request, const std::string&) {
    ++request.force;
    return {};
}

using enum OptionValue;

constexpr OptionRow<ClientRequest> systemctl_options[] = {
    {"help,h", None, set_topic<Topic::Help>, "Print this help and end", true},
    {"version", None, set_topic<Topic::Version>, "Print the version and end", true},
    {"type,t", Required, set_type, "Only units of these types"},
    {"property,p", Required, set_property, "Show these properties only"},
    {",P", Required, set_value_of, "The same as --value --property="},
    {"all,a", None, set_all, "Also what is inactive, dead or empty"},
    {"reverse", None, set_reverse, "Who depends on a unit (list-dependencies)"},
    {"after", None, set<&ClientRequest::after>,
     "What a unit is ordered after (list-dependencies, list-jobs)"},
    {"before", None, set<&ClientRequest::before>,
     "What a unit is ordered before (list-dependencies, list-jobs)"},
    {"show-types", None, set<&ClientRequest::show_types>, nullptr},
    {"failed", None, set_failed, "The same as --state=failed"},
    {"full,l", None, set<&ClientRequest::full>, "Do not shorten names and lines"},
    {"job-mode", Required, set_text<&ClientRequest::job_mode>,
     "What becomes of jobs queued already"},
    {"fail", None, set_job_mode<mode_fail>, nullptr},
    {"irreversible", None, set_job_mode<mode_replace_irreversibly>, nullptr},
    {"ignore-dependencies", None, set_job_mode<mode_ignore_dependencies>, nullptr},
    {"ignore-inhibitors,i", None, ignore, nullptr},
    {"check-inhibitors", Required, ignore, nullptr},
    {"value", None, set<&ClientRequest::value_only>, "Print values without their names"},
    {"user", None, set<&ClientRequest::user>, "Talk to the user's own manager"},
    {"system", None, set<&ClientRequest::user, false>, "Talk to the system's manager"},
    {"instance", Required, set_instance,
     "Talk to the manager whose files lie below this directory"},
    {"global", None, set<&ClientRequest::global>, "Work on the files of all users' managers"},
    {"wait", None, set<&ClientRequest::wait>, "Wait until the unit has ended, or the boot is over"},
    {"no-block", None, set<&ClientRequest::block, false>, "Do not wait until the job is done"},
    {"legend", Required, set_legend, nullptr},
    {"no-legend", None, set<&ClientRequest::legend, false>, "No headings and no hints"},
    {"no-pager", None, ignore, "Accepted: there is never a pager"},
    {"no-wall", None, set<&ClientRequest::wall, false>, nullptr},
    {"dry-run", None, set<&ClientRequest::dry_run>, "Say what would be started, stopped or halted"},
    {"quiet,q", None, set<&ClientRequest::quiet>, "Print less"},
    {"no-warn", None, set<&ClientRequest::warn, false>, nullptr},
    {"root", Required, set_root, "Work on the files below this directory"},
    {"image", Required, set_image, nullptr},
    {"force,f", None, set_force, "Overwrite links; halt without stopping units, twice: at once"},
    {"no-reload", None, set<&ClientRequest::no_reload>,
     "Do not reload the manager after changing files"},
    {"kill-whom,kill-who", Required, set_text<&ClientRequest::kill_whom>,
     "Whom: main, control or all"},
    {"signal,s", Required, set_signal, "The signal that kill sends"},
    {"no-ask-password", None, ignore, nullptr},
    {"host,H", Required, set<&ClientRequest::remote>, nullptr},
    {"machine,M", Required, set_machine, nullptr},
    {"runtime", None, set<&ClientRequest::runtime>, "Only until the next boot"},
    {"lines,n", Required, set_lines, "How many lines of a unit's log status prints"},
    {"output,o", Required, set_output, nullptr},
    {"plain", None, set<&ClientRequest::plain>, "A plain list: no tree, no marks"},
    {"state", Required, set_state, "Only units in one of these states"},
    {"recursive,r", None, ignore, nullptr},
    {"with-dependencies", None, set<&ClientRequest::with_dependencies>,
     "What the units depend on as well (status, show, cat, list-units)"},
    {"preset-mode", Required, set_preset_mode, "full, enable-only or disable-only"},
    {"firmware-setup", None, ignore, nullptr},
    {"boot-loader-menu", Required, ignore, nullptr},
    {"boot-loader-entry", Required, ignore, nullptr},
    {"now", None, set<&ClientRequest::now>, "Start or stop as well (enable, disable, mask)"},
    {"message", Required, set_text<&ClientRequest::message>, nullptr},
    {"show-transaction,T", None, set<&ClientRequest::show_transaction>, nullptr},
    {"what", Required, set_what,
     "What clean removes: configuration, state, cache, logs, runtime, all"},
    {"reboot-argument", Required, ignore, nullptr},
    {"timestamp", Required, set_timestamp, "Format of moments: pretty, us, utc, us+utc, unix"},
    {"read-only", None, ignore, nullptr},
    {"mkdir", None, ignore, nullptr},
    {"marked", None, set<&ClientRequest::marked>, nullptr},
};

} // namespace

std::span<const OptionRow<ClientRequest>> option_rows() {
    return systemctl_options;
}

} // namespace sctl
