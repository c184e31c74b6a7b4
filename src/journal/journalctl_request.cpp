#include "journal/journalctl_request.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "base/text.hpp"
#include "options/option_table.hpp"
#include "os/process.hpp"
#include "unit/syntax/timestamp.hpp"
#include "unit/unit_name.hpp"

namespace sctl {
namespace {

using Task = JournalRequest::Task;

constexpr std::string_view priority_names[] = {"emerg",   "alert",  "crit", "err",
                                               "warning", "notice", "info", "debug"};
constexpr size_t lines_of_tail = 10, lines_of_end = 1000;

Error mistake(std::string text) {
    return Error{EINVAL, std::move(text), {}};
}

std::optional<int> priority_from(std::string_view name) {
    auto named = std::ranges::find(priority_names, name);
    if (named != std::end(priority_names))
        return static_cast<int>(named - std::begin(priority_names));
    auto number = parse_number<unsigned>(name);
    if (number && *number < std::size(priority_names)) return static_cast<int>(*number);
    return std::nullopt;
}

Result<void> set_priorities(JournalRequest& request, const std::string& range) {
    size_t dots = range.find("..");
    bool is_range = dots != std::string_view::npos;
    auto from = priority_from(is_range ? range.substr(0, dots) : "emerg");
    auto to = priority_from(is_range ? range.substr(dots + 2) : range);
    if (!from || !to) {
        return is_range ? mistake(cat("Failed to parse log level range ", range))
                        : mistake(cat("Unknown log level ", range));
    }
    request.query.priorities = 0;
    for (int p = std::min(*from, *to); p <= std::max(*from, *to); ++p)
        request.query.priorities |= 1u << p;
    return {};
}

Result<void> set_time(Span& time, std::string_view text) {
    auto parsed = parse_timestamp(text, current_moment().realtime);
    if (!parsed) return mistake(cat("Failed to parse timestamp: ", text));
    time = *parsed;
    return {};
}

bool is_line_count(const std::string& word) {
    return word == "all" || parse_number<size_t>(word).has_value();
}

Result<void> set_lines(JournalRequest& request, const std::string& text) {
    auto count = parse_number<size_t>(text);
    if (text.empty())
        request.lines = lines_of_tail;
    else if (text == "all")
        request.lines = all_journal_lines;
    else if (count)
        request.lines = *count;
    else
        return mistake(cat("Failed to parse lines '", text, "'"));
    return {};
}

bool is_boot_offset(const std::string& word) {
    auto number = std::string_view(word).substr(word.starts_with('+') ? 1 : 0);
    return parse_number<int>(number).has_value();
}

// Only the present "boot" is known by its start: that of PID 1.
Result<void> set_boot(JournalRequest& request, const std::string& text) {
    if (!text.empty() && text != "0" && text != "-0" && text != "+0" && text != "all")
        return mistake(
            cat("Data from the specified boot (", text, ") is not available: No such boot"));
    auto start = pid1_start();
    if (text == "all" || !start) return {};
    request.query.since = std::max(request.query.since, *start);
    return {};
}

Result<void> set_unit(JournalRequest& request, const std::string& typed) {
    auto name = unit_name_mangle(typed, true);
    if (!name) return mistake(cat("Failed to mangle unit name: ", name.error().text));
    request.query.units.push_back(std::move(*name));
    return {};
}

Result<void> set_root(JournalRequest& request, const std::string& directory) {
    if (!directory.starts_with('/'))
        return mistake(cat("--root= wants an absolute path: ", directory));
    request.root = directory;
    return {};
}

Result<void> set_style(JournalRequest& request, const std::string& name) {
    auto style = log_style_from(name);
    if (!style) return mistake(cat("Unknown output format '", name, "'."));
    request.format.style = *style;
    return {};
}

template <bool JournalRequest::*member>
Result<void> set_flag(JournalRequest& request, const std::string&) {
    request.*member = true;
    return {};
}

template <bool LogFormat::*member>
Result<void> set_format(JournalRequest& request, const std::string&) {
    request.format.*member = true;
    return {};
}

template <Task task>
Result<void> set_task(JournalRequest& request, const std::string&) {
    request.task = task;
    return {};
}

Result<void> set_since(JournalRequest& request, const std::string& text) {
    return set_time(request.query.since, text);
}

Result<void> set_until(JournalRequest& request, const std::string& text) {
    return set_time(request.query.until, text);
}

Result<void> add_identifier(JournalRequest& request, const std::string& name) {
    request.query.identifiers.push_back(name);
    return {};
}

Result<void> go_to_end(JournalRequest& request, const std::string&) {
    if (!request.lines) request.lines = lines_of_end;
    return {};
}

Result<void> accept(JournalRequest&, const std::string&) {
    return {};
}

using enum OptionValue;
constexpr auto set_maintenance = set_flag<&JournalRequest::nothing_to_show>;
constexpr OptionRow<JournalRequest> option_rows[] = {
    {"unit,u", Required, set_unit, "Only lines about UNIT, which may be a pattern", false, "UNIT"},
    {"identifier,t", Required, add_identifier, "Only lines of programs of this name", false,
     "NAME"},
    {"priority,p", Required, set_priorities, "Only lines of this priority and above, or FROM..TO",
     false, "RANGE"},
    {"since,S", Required, set_since, "Only lines from this time on", false, "DATE"},
    {"until,U", Required, set_until, "Only lines up to this time", false, "DATE"},
    {"boot,b", Optional, set_boot, "Only lines since the start of PID 1", false, "0",
     is_boot_offset},
    {"lines,n", Optional, set_lines, "Only the newest lines (10)", false, "COUNT|all",
     is_line_count},
    {"pager-end,e", None, go_to_end, "Only the newest 1000 lines"},
    {"reverse,r", None, set_flag<&JournalRequest::reverse>, "The newest lines first"},
    {"follow,f", None, set_flag<&JournalRequest::follow>, "Wait for new lines, and show them too"},
    {"no-tail", None, set_flag<&JournalRequest::no_tail>, "With -f: all lines, not the last 10"},
    {"output,o", Required, set_style,
     "short, short-precise, short-iso, short-iso-precise, short-full, short-unix, cat, json, "
     "json-pretty, json-sse or json-seq",
     false, "FORMAT"},
    {"utc", None, set_format<&LogFormat::utc>, "Times in UTC"},
    {"no-hostname", None, set_flag<&JournalRequest::no_host>, "Leave the host's name out"},
    {"all,a", None, set_format<&LogFormat::show_all>, "Show unprintable text as well"},
    {"quiet,q", None, set_flag<&JournalRequest::quiet>, "No hints, no \"-- No entries --\""},
    {"root", Required, set_root, "Look at the files below DIR", false, "DIR"},
    {"instance", Required, set_root, "Look at the files of the manager of DIR", false, "DIR"},
    {"no-pager", None, accept},
    {"full,l", None, accept},
    {"catalog,x", None, accept},
    {"merge,m", None, accept},
    {"system", None, accept},
    {"flush", None, set_maintenance},
    {"sync", None, set_maintenance},
    {"rotate", None, set_maintenance},
    {"update-catalog", None, set_maintenance}, // the maintainer script of systemd's package
    {"help,h", None, set_task<Task::Help>, "Show this help", true},
    {"version", None, set_task<Task::Version>, "Show the version", true},
};
constexpr size_t column_of_help = 27;

// "_SYSTEMD_UNIT=x" is -u x; other fields are not kept.
Result<void> take_match(JournalRequest& request, const std::string& match) {
    size_t equals = match.find('=');
    auto field = std::string_view(match).substr(0, equals);
    if (equals == std::string_view::npos || (field != "_SYSTEMD_UNIT" && field != "UNIT"))
        return mistake(cat("Failed to add match '", match, "': Invalid argument"));
    return set_unit(request, match.substr(equals + 1));
}

Result<void> check_together(const JournalRequest& request) {
    if (request.query.since > request.query.until)
        return mistake("--since= must be before --until=.");
    if (request.follow && request.reverse)
        return mistake("Please specify either --reverse or --follow, not both.");
    return {};
}

} // namespace

std::string journalctl_help() {
    return cat(
        "journalctl [OPTIONS...]\n\n"
        "Show what services wrote and what the manager said of them.\n\n",
        options_help(std::span<const OptionRow<JournalRequest>>(option_rows), column_of_help),
        "\nTaken without effect: --no-pager -l --full -x --catalog -m --merge --system\n"
        "--flush --sync --rotate --update-catalog\n");
}

Result<JournalRequest> read_journal_request(std::vector<std::string> arguments,
                                            std::string_view program) {
    JournalRequest request;
    auto matches = read_options(std::span<const OptionRow<JournalRequest>>(option_rows),
                                std::move(arguments), program, request);
    if (!matches) return matches.error();
    for (const auto& match : *matches) {
        if (auto taken = take_match(request, match); !taken) return taken.error();
    }
    if (request.task != Task::Show) return request;
    if (auto together = check_together(request); !together) return together.error();
    if (request.follow && !request.lines && !request.no_tail && request.query.since == Span::zero())
        request.lines = lines_of_tail;
    if (!request.no_host) request.format.host = host_name();
    return request;
}

} // namespace sctl
