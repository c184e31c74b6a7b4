// systemd.exec(5), "Logging and Standard Input/Output".
#include <algorithm>
#include <cstring>

#include "base/base64.hpp"
#include "unit/settings/directive_rows.hpp"
#include "unit/syntax/escape.hpp"
#include "unit/syntax/parse_value.hpp"
#include "unit/unit_kind.hpp"
#include "unit/values/descriptor_name.hpp"

namespace sctl {
namespace {

using enum Support;

// The NAME of "fd:NAME"; `standard` is the name of a bare "fd".
std::optional<std::string> read_descriptor_name(Setting& setting, std::string_view standard) {
    if (setting.value == "fd") return std::string(standard);
    auto name = expanded(setting, setting.value.substr(3));
    if (name && !is_descriptor_name(*name)) {
        setting.warning(cat("Invalid file descriptor name, ignoring: ", *name));
        return std::nullopt;
    }
    return name;
}

void read_input(Setting& setting, ExecInput& out) {
    auto& file = setting.unit.exec.edit().std_input_file;
    auto value = setting.value;
    if (value == "fd" || value.starts_with("fd:")) {
        auto name = read_descriptor_name(setting, "stdin");
        if (!name) return;
        file = std::move(*name);
        out = ExecInput::NamedFd;
    } else if (value.starts_with("file:")) {
        auto text = expanded(setting, value.substr(5));
        if (!text) return;
        auto path = checked_path(setting, *text);
        if (!path) return;
        file = std::move(*path);
        out = ExecInput::File;
    } else if (value == "file") {
        setting.warning(cat(EnumText<ExecInput>::complaint, value));
    } else {
        read_value(setting, out);
    }
}

void read_output_to(Setting& setting, ExecOutput& out, std::string& file,
                    std::string_view standard) {
    auto value = setting.value;
    if (value == "syslog" || value == "syslog+console") {
        auto journal = value == "syslog" ? ExecOutput::Journal : ExecOutput::JournalAndConsole;
        setting.warning(cat("Standard output type ", value,
                            " is obsolete, automatically updating to ", to_text(journal),
                            ". Please update your unit file, and consider removing the setting "
                            "altogether."));
        out = journal;
        return;
    }
    if (value == "fd" || value.starts_with("fd:")) {
        auto name = read_descriptor_name(setting, standard);
        if (!name) return;
        file = std::move(*name);
        out = ExecOutput::NamedFd;
        return;
    }
    auto colon = value.find(':');
    auto kind = from_text<ExecOutput>(value.substr(0, colon));
    bool wants_file = kind && *kind >= ExecOutput::File;
    if (!kind || wants_file != (colon != value.npos))
        return setting.warning(cat(EnumText<ExecOutput>::complaint, value));
    if (wants_file) {
        auto text = expanded(setting, value.substr(colon + 1));
        if (!text) return;
        auto path = checked_path(setting, *text);
        if (!path) return;
        file = std::move(*path);
    }
    out = *kind;
}
void read_output(Setting& setting, ExecOutput& out) {
    read_output_to(setting, out, setting.unit.exec.edit().std_output_file, "stdout");
}
void read_error(Setting& setting, ExecOutput& out) {
    read_output_to(setting, out, setting.unit.exec.edit().std_error_file, "stderr");
}

void read_level(Setting& setting, int& out) {
    if (auto level = parse_log_level(setting.value))
        out = *level;
    else
        setting.warning(cat("Failed to parse log level, ignoring: ", setting.value));
}

void read_input_text(Setting& setting, std::string& out) {
    if (setting.value.empty()) return out.clear();
    auto text = c_unescape(setting.value);
    if (!text)
        return setting.warning(cat("Failed to decode C escaped text '", setting.value,
                                   "', ignoring: ", strerror(text.error().code)));
    if (auto line = expanded(setting, *text)) out.append(*line).push_back('\n');
}

void read_input_data(Setting& setting, std::string& out) {
    if (setting.value.empty()) return out.clear();
    if (auto data = decode_base64(setting.value))
        out += *data;
    else
        setting.warning(cat("Failed to decode base64 data, ignoring: ", setting.value));
}

// The name where the stream is a descriptor; files do not show.
template <auto Kind, auto Name>
PropertyValue descriptor_name(const LoadedUnit& unit) {
    const auto& execution = exec_of(unit);
    using Enum = std::remove_cvref_t<decltype(execution.*Kind)>;
    return execution.*Kind == Enum::NamedFd ? execution.*Name : std::string();
}

// Of a service it is resolved when it is loaded; other kinds are not run.
PropertyValue standard_output(const LoadedUnit& unit) {
    if (unit.perpetual) return std::string("null");
    if (unit.own || unit.stand_in || kind_of(unit).resolves_output)
        return std::string(to_text(exec_of(unit).std_output));
    return std::string("journal");
}

PropertyValue input_data(const LoadedUnit& unit) {
    const auto& data = exec_of(unit).std_input_data;
    return Bytes(data.begin(), data.end());
}

PropertyValue syslog_priority(const LoadedUnit& unit) {
    auto facility = value_of(*directive_of("SyslogFacility"), unit);
    return std::get<int32_t>(*facility) * 8 + exec_of(unit).syslog_level;
}

constexpr Directive stdio_directives[] = {
    row<&ExecConfig::std_input, read_input>("StandardInput", Different, "StandardInput", "s"),
    row<&ExecConfig::std_output, read_output, standard_output>("StandardOutput", Different,
                                                               "StandardOutput", "s"),
    row<&ExecConfig::std_error, read_error>("StandardError", Different, "StandardError", "s"),
    {"", Same, nullptr, "StandardInputFileDescriptorName", "s",
     descriptor_name<&ExecConfig::std_input, &ExecConfig::std_input_file>},
    {"", Same, nullptr, "StandardOutputFileDescriptorName", "s",
     descriptor_name<&ExecConfig::std_output, &ExecConfig::std_output_file>},
    {"", Same, nullptr, "StandardErrorFileDescriptorName", "s",
     descriptor_name<&ExecConfig::std_error, &ExecConfig::std_error_file>},
    row<&ExecConfig::std_input_data, read_input_text>("StandardInputText", Same),
    formatted(row<&ExecConfig::std_input_data, read_input_data, input_data>(
                  "StandardInputData", Same, "StandardInputData", "ay"),
              ValueFormat::Base64),
    row<&ExecConfig::tty_path, read_path>("TTYPath", Absent, "TTYPath", "s"),
    row<&ExecConfig::syslog_identifier>("SyslogIdentifier", Same, "SyslogIdentifier", "s"),
    {"", Same, nullptr, "SyslogPriority", "i", syslog_priority},
    row<&ExecConfig::syslog_level, read_level>("SyslogLevel", Same, "SyslogLevel", "i"),
    row<&ExecConfig::syslog_level_prefix>("SyslogLevelPrefix", Same, "SyslogLevelPrefix", "b"),
};

} // namespace

std::span<const Directive> stdio_rows() {
    return in_section<stdio_directives, Section::Exec>;
}

} // namespace sctl
