#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>

#include "unit/settings/exec_told.hpp"
#include "unit/syntax/parse_value.hpp"
#include "unit/values/system_calls.hpp"

namespace sctl {
namespace {

// --- system calls --------------------------------------------------------------------------------

// A group has hundreds of names, and few ask for them: what is kept are the lines.
constexpr std::string_view filter_lines = "SystemCallFilter lines",
                           log_lines = "SystemCallLog lines";
constexpr std::string_view every_filter_allows = "@default";

const Strings& kept_lines(const LoadedUnit& unit, std::string_view key) {
    static const Strings none;
    const auto* lines = written_value(unit, key);
    return lines ? std::get<Strings>(*lines) : none;
}

void keep_line(Setting& setting, std::string_view key) {
    auto lines = kept_lines(setting.unit, key);
    lines.emplace_back(setting.value);
    show_as(setting.unit, key, std::move(lines));
}

std::string errno_text(int number) {
    const char* name = strerrorname_np(number);
    return name && number > 0 ? std::string(name) : cat(number);
}

// "read", "read:EPERM", "@clock:kill"; an error of "" where none is said.
struct CallWord {
    std::string_view name;
    std::string error;
};
std::optional<CallWord> call_word_from(std::string_view word) {
    auto colon = word.find(':');
    if (colon == word.npos) return CallWord{word, {}};
    auto name = word.substr(0, colon), error = word.substr(colon + 1);
    if (name.empty()) return std::nullopt;
    if (error == "kill") return CallWord{name, std::string(error)};
    auto number = parse_errno(error);
    if (!number) return std::nullopt;
    return CallWord{name, errno_text(*number)};
}

void warn_of_unknown_call(const Setting& setting, std::string_view name) {
    if (name.starts_with('@')) {
        if (!is_system_call_group(name))
            setting.warning(cat("Unknown system call group, ignoring: ", name));
    } else if (!is_system_call(name)) {
        setting.warning(cat("Failed to parse system call, ignoring: ", name));
    }
}

// What the lines come to: the first says whether they allow or forbid, a line of the other kind
// takes away.
class CallList {
  public:
    explicit CallList(bool with_errors) : with_errors_(with_errors) {}

    void add(std::string_view line) {
        bool forbids = line.starts_with('~');
        if (!begun_) {
            begun_ = true;
            allows_ = !forbids;
            if (allows_ && with_errors_) set(every_filter_allows, {}, true);
        }
        for (auto word : split(line.substr(forbids))) {
            auto call = with_errors_ ? call_word_from(word) : CallWord{word, {}};
            if (!call || (!forbids && !call->error.empty())) continue;
            set(call->name, call->error, forbids != allows_);
        }
    }
    [[nodiscard]] NameFilter result() const {
        NameFilter filter{allows_, {}};
        for (const auto& [name, error] : calls_)
            filter.second.push_back(cat(name, error.empty() ? "" : ":", error));
        std::ranges::sort(filter.second);
        return filter;
    }

  private:
    void set(std::string_view name, const std::string& error, bool is_listed) {
        auto one = [&](std::string_view call) {
            if (is_listed)
                calls_[call] = error;
            else
                calls_.erase(call);
        };
        if (name.starts_with('@'))
            for_each_system_call(name, one);
        else if (is_system_call(name))
            one(name);
    }

    bool with_errors_, begun_ = false, allows_ = false;
    std::map<std::string_view, std::string> calls_; // with their errors
};

NameFilter calls_of(const LoadedUnit& unit, std::string_view key, bool with_errors) {
    CallList calls(with_errors);
    const Strings& lines = kept_lines(unit, key);
    for (const auto& line : lines) calls.add(line);
    return calls.result();
}

// --- other names ---------------------------------------------------------------------------------

constexpr std::string_view architectures[] = {
    "native",   "x86",    "x86-64",     "x32",      "arm",       "arm64",         "loongarch64",
    "mips",     "mips64", "mips64-n32", "mips-le",  "mips64-le", "mips64-le-n32", "parisc",
    "parisc64", "ppc",    "ppc64",      "ppc64-le", "riscv64",   "s390",          "s390x"};

constexpr std::string_view file_system_groups[] = {
    "@auxiliary-api", "@basic-api",      "@common-block", "@historical-block", "@known",
    "@network",       "@privileged-api", "@security",     "@temporary"};

} // namespace

void read_system_call_filter(Setting& setting) {
    if (setting.value.empty()) return forget_written(setting.unit, filter_lines);
    bool forbids = setting.value.starts_with('~');
    for (auto word : split(setting.value.substr(forbids))) {
        auto call = call_word_from(word);
        if (!call)
            setting.warning(cat("Failed to parse syscall:errno, ignoring: ", word));
        else if (!forbids && !call->error.empty())
            setting.warning(
                cat("Allow-listed system calls cannot take error number, ignoring: ", word));
        else
            warn_of_unknown_call(setting, call->name);
    }
    keep_line(setting, filter_lines);
}
PropertyValue system_call_filter(const LoadedUnit& unit) {
    return calls_of(unit, filter_lines, true);
}

void read_system_call_log(Setting& setting) {
    if (setting.value.empty()) return forget_written(setting.unit, log_lines);
    for (auto word : split(setting.value.substr(setting.value.starts_with('~'))))
        warn_of_unknown_call(setting, word);
    keep_line(setting, log_lines);
}
PropertyValue system_call_log(const LoadedUnit& unit) {
    return calls_of(unit, log_lines, false);
}

void read_architectures(const SettingText& setting, std::vector<std::string>& out) {
    WordReader words(setting.value);
    while (auto word = next_word(setting, words, {.unquote = true})) {
        if (std::ranges::find(architectures, *word) == std::end(architectures))
            setting.warning(cat("Failed to parse system call architecture \"", *word,
                                "\", ignoring: ", strerror(EINVAL)));
        else if (std::ranges::find(out, *word) == out.end())
            out.push_back(std::move(*word));
    }
}

void read_system_call_architectures(Setting& setting) {
    auto property = setting.directive.property;
    if (setting.value.empty()) return forget_written(setting.unit, property);
    Strings all;
    if (const auto* before = written_value(setting.unit, property))
        all = std::get<Strings>(*before);
    read_architectures(setting, all);
    std::ranges::sort(all);
    keep(setting, std::move(all));
}

// Debian's systemd tells whether the list allows, and not what is in it.
void read_file_systems(Setting& setting) {
    if (setting.value.empty()) return forget_written(setting.unit, setting.directive.property);
    bool forbids = setting.value.starts_with('~');
    WordReader words(setting.value.substr(forbids));
    while (auto word = next_word(setting, words, {.unquote = true})) {
        bool is_unknown = word->starts_with('@') && std::ranges::find(file_system_groups, *word) ==
                                                        std::end(file_system_groups);
        if (is_unknown)
            setting.warning(cat("bpf-lsm: Unknown filesystem group, ignoring: ", *word));
    }
    if (!written_value(setting.unit, setting.directive.property))
        keep(setting, NameFilter{!forbids, {}});
}

} // namespace sctl
