#include <cstring>
#include <iterator>

#include "base/files.hpp"
#include "unit/dependencies.hpp"
#include "unit/settings/directive_rows.hpp"
#include "unit/syntax/parse_value.hpp"
#include "unit/syntax/time_span.hpp"
#include "unit/values/signal_name.hpp"

namespace sctl {

void Setting::warning(std::string_view text) const {
    warn(cat(path, ":", line, ": ", text));
}

const ExecConfig& exec_of(const LoadedUnit& unit) {
    static const ExecConfig before_loading = [] {
        ExecConfig config;
        config.std_output = ExecOutput::Inherit;
        return config;
    }();
    return unit.own ? *unit.exec : before_loading;
}

void refuse(Setting& setting, std::string_view text) {
    setting.warning(text);
    setting.unit.load_state = LoadState::BadSetting;
}

namespace {

void complain(Setting& setting, std::string_view text, OnError on_error) {
    if (on_error == OnError::Refuse)
        refuse(setting, text);
    else
        setting.warning(text);
}

} // namespace

std::optional<std::string> expanded(Setting& setting, std::string_view text, std::string_view quote,
                                    OnError on_error) {
    auto result = expand_specifiers(text, setting.specifiers);
    if (result) return std::move(*result);
    complain(
        setting,
        cat("Failed to resolve unit specifiers in ", quote, text, quote,
            on_error == OnError::Ignore ? ", ignoring: " : ": ", strerror(result.error().code)),
        on_error);
    return std::nullopt;
}

std::optional<std::string> checked_path(Setting& setting, std::string_view path, PathKind kind,
                                        OnError on_error) {
    std::string_view ignoring = on_error == OnError::Ignore ? ", ignoring" : "";
    bool absolute = path.starts_with('/');
    std::string_view fault = !is_valid_utf8(path)                      ? "not valid UTF-8"
                             : kind == PathKind::Absolute && !absolute ? "not absolute"
                             : kind == PathKind::Relative && absolute  ? "absolute"
                                                                       : "";
    if (!fault.empty()) {
        complain(setting, cat(setting.key, "= path is ", fault, ignoring, ": ", path), on_error);
        return std::nullopt;
    }
    auto simple = simplify_path(path);
    if (simple.empty() || simple.size() >= 4096) {
        complain(setting,
                 cat(setting.key, "= path has invalid length (", simple.size(), " bytes)", ignoring,
                     "."),
                 on_error);
        return std::nullopt;
    }
    for (auto part : split(simple, "/")) {
        if (part != "..") continue;
        complain(setting, cat(setting.key, "= path is not normalized", ignoring, ": ", simple),
                 on_error);
        return std::nullopt;
    }
    return simple;
}

std::optional<std::string> next_word(Setting& setting, WordReader& words, const WordRules& rules,
                                     std::string_view complaint) {
    auto word = words.next(rules);
    if (word) return std::move(*word);
    setting.warning(cat(complaint, setting.value));
    words.set_rest({});
    return std::nullopt;
}

void read_value(Setting& setting, bool& out) {
    if (auto value = parse_boolean(setting.value))
        out = *value;
    else
        setting.warning(cat("Failed to parse boolean value, ignoring: ", setting.value));
}

namespace {

// `type` is what systemd calls such a number.
template <class Number>
void read_number(Setting& setting, Number& out, std::string_view type) {
    if (auto value = parse_integer<Number>(setting.value))
        out = *value;
    else
        setting.warning(cat("Failed to parse ", type, " value, ignoring: ", setting.value));
}

} // namespace

void read_value(Setting& setting, unsigned& out) {
    read_number(setting, out, "unsigned");
}
void read_value(Setting& setting, int& out) {
    read_number(setting, out, "int");
}
void read_value(Setting& setting, int64_t& out) {
    read_number(setting, out, "long");
}

void read_value(Setting& setting, Span& out) {
    if (auto value = parse_span(setting.value))
        out = *value;
    else
        setting.warning(cat("Failed to parse sec value, ignoring: ", setting.value));
}

void read_value(Setting& setting, std::string& out) {
    if (auto text = expanded(setting, setting.value)) out = std::move(*text);
}

void read_value(Setting& setting, std::vector<ExecCommand>& commands) {
    if (setting.value.empty()) return commands.clear();
    auto line = parse_exec_commands(setting.value, [&](std::string_view word) {
        return expand_specifiers(word, setting.specifiers);
    });
    if (!line) return refuse(setting, line.error().text);
    for (const auto& text : line->warnings) setting.warning(text);
    std::move(line->commands.begin(), line->commands.end(), std::back_inserter(commands));
}

void read_mode(Setting& setting, mode_t& out) {
    if (auto value = parse_mode(setting.value))
        out = *value;
    else
        setting.warning(cat("Failed to parse mode value, ignoring: ", setting.value));
}

void read_path(Setting& setting, std::string& out) {
    if (setting.value.empty()) return out.clear();
    auto text = expanded(setting, setting.value);
    if (!text) return;
    if (auto path = checked_path(setting, *text)) out = std::move(*path);
}

void read_signal(Setting& setting, int& out) {
    if (auto value = parse_signal(setting.value))
        out = *value;
    else
        setting.warning(cat("Failed to parse signal name, ignoring: ", setting.value));
}

void read_trigger(Setting& setting) {
    auto& unit = setting.unit;
    auto ignored = [&](std::string_view why) {
        setting.warning(cat(why, ", ignoring: ", setting.value));
    };
    if (has_trigger(unit)) return ignored("Multiple units to trigger specified");
    auto text = expanded(setting, setting.value);
    if (!text) return;
    auto name = UnitName::parse(*text);
    if (!name) return ignored("Unit type not valid");
    if (std::ranges::find(unit.names, *name) != unit.names.end())
        return ignored("Units cannot trigger themselves");
    add_trigger(unit, *text);
}

// systemd 255 has more ways to end: a container knows an end, and one after which it begins anew.
void read_emergency_action(Setting& setting, EmergencyAction& out) {
    struct {
        std::string_view word;
        EmergencyAction action;
    } constexpr later[] = {{"halt", EmergencyAction::Poweroff},
                           {"halt-force", EmergencyAction::PoweroffForce},
                           {"halt-immediate", EmergencyAction::PoweroffImmediate},
                           {"kexec", EmergencyAction::Reboot},
                           {"kexec-force", EmergencyAction::RebootForce},
                           {"soft-reboot", EmergencyAction::Reboot},
                           {"soft-reboot-force", EmergencyAction::RebootForce}};
    for (const auto& row : later) {
        if (setting.value != row.word) continue;
        out = row.action;
        return;
    }
    if (auto value = from_text<EmergencyAction>(setting.value))
        out = *value;
    else
        setting.warning(cat("Failed to parse ", setting.key, "=, ignoring: ", setting.value));
}

} // namespace sctl
