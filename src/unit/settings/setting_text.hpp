// What the reader of a value sees, of a unit's setting as of the manager's: the text, where it
// stands, and who hears of what is wrong with it; and the readers that need no more than that. Each
// leaves its target as it was where the text is bad, and warns in systemd's words.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "unit/config.hpp"
#include "unit/syntax/extract_word.hpp"
#include "unit/syntax/ini_reader.hpp"

namespace sctl {

struct SettingText {
    std::string_view key;
    std::string_view value; // trimmed; empty resets
    std::string_view path;  // of the file that says so
    unsigned line;
    const WarningSink& warn;

    // Warns "PATH:LINE: TEXT" in systemd's manner.
    void warning(std::string_view text) const;
};

// The next word; nothing at the end, or after a warning "COMPLAINT VALUE" where quotes or escapes
// are wrong.
[[nodiscard]] std::optional<std::string> next_word(
    const SettingText& setting, WordReader& words, const WordRules& rules,
    std::string_view complaint = "Invalid syntax, ignoring: ");

void read_value(const SettingText& setting, bool& out);
void read_value(const SettingText& setting, unsigned& out);
void read_value(const SettingText& setting, int& out);
void read_value(const SettingText& setting, int64_t& out);
void read_value(const SettingText& setting, Span& out);
void read_time_or_never(const SettingText& setting, Span& out); // a time of which zero is none
void read_mode(const SettingText& setting, mode_t& out);
void read_signal(const SettingText& setting, int& out);
void read_emergency_action(const SettingText& setting, EmergencyAction& out);
// "TimeoutAbortSec=": an empty value takes back what was said.
void read_timeout_abort(const SettingText& setting, std::optional<Span>& out);
// Words NAME=VALUE, which `expand` resolves specifiers in, over those that were there before.
void read_assignments(const SettingText& setting, std::vector<std::string>& out,
                      const std::function<Result<std::string>(std::string_view)>& expand);
// Of a key that ends in "LimitNAME".
void read_limit(const SettingText& setting, std::vector<ResourceLimit>& out);
// "0,2 4-7" is added to `out`; false, after a warning, where that is none. The kernel knows no more
// than 8192 CPUs.
bool read_cpus(const SettingText& setting, CpuSet& out);
// "CAP_CHOWN cap_kill", or all others after "~". Lists come together, "~" takes away; what says
// nothing yet (`initial`), or is all, is replaced.
void read_capabilities(const SettingText& setting, uint64_t initial, uint64_t& out);
// SystemCallArchitectures=: words that name one are added to `out`.
void read_architectures(const SettingText& setting, std::vector<std::string>& out);
// TasksMax=: a number, or a share of those that the machine allows at once.
[[nodiscard]] std::optional<uint64_t> read_tasks_max(const SettingText& setting);

} // namespace sctl
