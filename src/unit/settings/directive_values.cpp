#include <cstring>
#include <iterator>

#include "base/files.hpp"
#include "unit/dependencies.hpp"
#include "unit/settings/directive_rows.hpp"
#include "unit/syntax/environment.hpp"
#include "unit/syntax/parse_value.hpp"
#include "unit/syntax/time_span.hpp"
#include "unit/values/capability.hpp"
#include "unit/values/signal_name.hpp"

namespace sctl {

void SettingText::warning(std::string_view text) const {
    warn(cat(path, ":", line, ": ", text));
}

const ExecConfig& exec_of(const LoadedUnit& unit) {
    static const ExecConfig before_loading = [] {
        ExecConfig config;
        config.std_output = ExecOutput::Inherit;
        return config;
    }();
    return unit.own || unit.stand_in ? *unit.exec : before_loading;
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

std::optional<std::string> next_word(const SettingText& setting, WordReader& words,
                                     const WordRules& rules, std::string_view complaint) {
    auto word = words.next(rules);
    if (word) return std::move(*word);
    setting.warning(cat(complaint, setting.value));
    words.set_rest({});
    return std::nullopt;
}

void read_value(const SettingText& setting, bool& out) {
    if (auto value = parse_boolean(setting.value))
        out = *value;
    else
        setting.warning(cat("Failed to parse boolean value, ignoring: ", setting.value));
}

namespace {

// `type` is what systemd calls such a number.
template <class Number>
void read_number(const SettingText& setting, Number& out, std::string_view type) {
    if (auto value = parse_integer<Number>(setting.value))
        out = *value;
    else
        setting.warning(cat("Failed to parse ", type, " value, ignoring: ", setting.value));
}

} // namespace

void read_value(const SettingText& setting, unsigned& out) {
    read_number(setting, out, "unsigned");
}
void read_value(const SettingText& setting, int& out) {
    read_number(setting, out, "int");
}
void read_value(const SettingText& setting, int64_t& out) {
    read_number(setting, out, "long");
}

void read_value(const SettingText& setting, Span& out) {
    if (auto value = parse_span(setting.value))
        out = *value;
    else
        setting.warning(cat("Failed to parse sec value, ignoring: ", setting.value));
}

void read_time_or_never(const SettingText& setting, Span& out) {
    auto span = parse_span(setting.value);
    if (!span) return setting.warning(cat("Failed to parse time value, ignoring: ", setting.value));
    out = *span == Span{} ? infinity : *span;
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

void read_mode(const SettingText& setting, mode_t& out) {
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

void read_signal(const SettingText& setting, int& out) {
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
void read_emergency_action(const SettingText& setting, EmergencyAction& out) {
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

void read_timeout_abort(const SettingText& setting, std::optional<Span>& out) {
    if (setting.value.empty()) return out.reset();
    if (auto span = parse_span(setting.value))
        out = *span;
    else
        setting.warning(
            cat("Failed to parse ", setting.key, "= setting, ignoring: ", setting.value));
}

void read_assignments(const SettingText& setting, std::vector<std::string>& out,
                      const std::function<Result<std::string>(std::string_view)>& expand) {
    if (setting.value.empty()) return out.clear();
    auto environment = Environment::of_distinct(std::move(out));
    WordReader words(setting.value);
    while (auto word = next_word(setting, words, {.unquote = true, .unescape = true})) {
        auto assignment = expand(*word);
        if (!assignment)
            setting.warning(cat("Failed to resolve specifiers in ", *word,
                                ", ignoring: ", strerror(assignment.error().code)));
        else if (!environment_assignment_is_valid(*assignment))
            setting.warning(cat("Invalid environment assignment, ignoring: ", *assignment));
        else
            environment.set(*assignment);
    }
    out = environment.assignments();
}

bool read_cpus(const SettingText& setting, CpuSet& out) {
    constexpr unsigned last_cpu = 8191;
    CpuSet added;
    WordReader words(setting.value);
    while (auto word = next_word(setting, words, {.separators = " \t\n\r,", .unquote = true})) {
        std::string_view text = *word;
        if (text.empty()) continue;
        auto dash = text.find('-');
        auto first = parse_integer<unsigned>(text.substr(0, dash), 0, last_cpu);
        auto last =
            dash == text.npos ? first : parse_integer<unsigned>(text.substr(dash + 1), 0, last_cpu);
        if (!first || !last) {
            setting.warning(cat("Failed to parse CPU affinity '", text, "'"));
            return false;
        }
        if (*first > *last) {
            setting.warning(
                cat("Range '", text, "' is invalid, ", *first, " > ", *last, ", ignoring."));
            continue;
        }
        for (unsigned cpu = *first; cpu <= *last; ++cpu)
            added.push_back(static_cast<uint16_t>(cpu));
    }
    out.insert(out.end(), added.begin(), added.end());
    std::ranges::sort(out);
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return true;
}

void read_capabilities(const SettingText& setting, uint64_t initial, uint64_t& out) {
    bool inverts = setting.value.starts_with('~');
    uint64_t sum = 0;
    WordReader words(setting.value.substr(inverts));
    while (true) {
        auto word = words.next({.unquote = true, .relaxed = true});
        if (!word || !*word) break;
        // A word that is no capability is passed over, as by systemd.
        if (auto number = capability_number(**word)) sum |= uint64_t{1} << *number;
    }
    if (sum == 0 || out == initial)
        out = inverts ? ~sum : sum;
    else if (inverts)
        out &= ~sum;
    else
        out |= sum;
}

} // namespace sctl
