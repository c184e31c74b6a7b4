#include "journal/journalctl.hpp"

#include <getopt.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "journal/log_files.hpp"
#include "journal/log_format.hpp"
#include "journal/log_reader.hpp"
#include "os/process.hpp"
#include "unit/timestamp.hpp"
#include "unit/unit_name.hpp"

namespace sctl {
namespace {

constexpr std::string_view usage =
    "journalctl [OPTIONS...]\n\n"
    "Show what services wrote and what the manager said of them.\n\n"
    "  -u --unit=UNIT             Only lines about UNIT, which may be a pattern\n"
    "  -t --identifier=NAME       Only lines of programs of this name\n"
    "  -p --priority=RANGE        Only lines of this priority and above, or FROM..TO\n"
    "  -S --since=DATE            Only lines from this time on\n"
    "  -U --until=DATE            Only lines up to this time\n"
    "  -b --boot[=0]              Only lines since the start of PID 1\n"
    "  -n --lines[=COUNT|all]     Only the newest lines (10)\n"
    "  -e --pager-end             Only the newest 1000 lines\n"
    "  -r --reverse               The newest lines first\n"
    "  -f --follow                Wait for new lines, and show them too\n"
    "     --no-tail               With -f: all lines, not the last 10\n"
    "  -o --output=FORMAT         short, short-precise, short-iso, short-iso-precise,\n"
    "                             short-full, short-unix or cat\n"
    "     --utc                   Times in UTC\n"
    "     --no-hostname           Leave the host's name out\n"
    "  -a --all                   Show unprintable text as well\n"
    "  -q --quiet                 No hints, no \"-- No entries --\"\n"
    "     --root=DIR              Look at the files below DIR\n"
    "     --instance=DIR          Look at the files of the manager of DIR\n"
    "     --no-pager -l --full -x --catalog -m --merge --system\n"
    "     --flush --sync --rotate Accepted, without effect\n"
    "  -h --help   --version\n";

constexpr std::string_view priority_names[] = {"emerg",   "alert",  "crit", "err",
                                               "warning", "notice", "info", "debug"};
constexpr size_t all_lines = SIZE_MAX;
constexpr size_t lines_of_tail = 10, lines_of_end = 1000;

struct Request {
    LogQuery query;
    LogFormat format;
    std::optional<size_t> lines;
    bool follow = false, no_tail = false, reverse = false, quiet = false, no_host = false;
    bool nothing_to_show = false; // --flush and the like
    std::string root = "/";
    std::optional<int> exit_status; // --help, --version, a mistake
};

enum LongOption { Utc = 256, NoHostname, NoTail, RootDirectory, Version, Ignored, Maintenance };

constexpr char short_options[] = "u:t:p:S:U:b::n::erfo:aqlxmh";
constexpr option long_options[] = {
    {"unit", required_argument, nullptr, 'u'},
    {"identifier", required_argument, nullptr, 't'},
    {"priority", required_argument, nullptr, 'p'},
    {"since", required_argument, nullptr, 'S'},
    {"until", required_argument, nullptr, 'U'},
    {"boot", optional_argument, nullptr, 'b'},
    {"lines", optional_argument, nullptr, 'n'},
    {"pager-end", no_argument, nullptr, 'e'},
    {"reverse", no_argument, nullptr, 'r'},
    {"follow", no_argument, nullptr, 'f'},
    {"no-tail", no_argument, nullptr, NoTail},
    {"output", required_argument, nullptr, 'o'},
    {"utc", no_argument, nullptr, Utc},
    {"no-hostname", no_argument, nullptr, NoHostname},
    {"all", no_argument, nullptr, 'a'},
    {"quiet", no_argument, nullptr, 'q'},
    {"root", required_argument, nullptr, RootDirectory},
    {"instance", required_argument, nullptr, RootDirectory},
    {"no-pager", no_argument, nullptr, Ignored},
    {"full", no_argument, nullptr, 'l'},
    {"catalog", no_argument, nullptr, 'x'},
    {"merge", no_argument, nullptr, 'm'},
    {"system", no_argument, nullptr, Ignored},
    {"flush", no_argument, nullptr, Maintenance},
    {"sync", no_argument, nullptr, Maintenance},
    {"rotate", no_argument, nullptr, Maintenance},
    {"help", no_argument, nullptr, 'h'},
    {"version", no_argument, nullptr, Version},
    {nullptr, 0, nullptr, 0},
};

template <class... Parts>
std::optional<int> mistake(const Parts&... parts) {
    log_error(parts...);
    return EXIT_FAILURE;
}

std::optional<int> priority_from(std::string_view name) {
    auto named = std::ranges::find(priority_names, name);
    if (named != std::end(priority_names))
        return static_cast<int>(named - std::begin(priority_names));
    auto number = parse_number<unsigned>(name);
    if (number && *number < std::size(priority_names)) return static_cast<int>(*number);
    return std::nullopt;
}

std::optional<int> set_priorities(Request& request, std::string_view range) {
    size_t dots = range.find("..");
    bool is_range = dots != std::string_view::npos;
    auto from = priority_from(is_range ? range.substr(0, dots) : "emerg");
    auto to = priority_from(is_range ? range.substr(dots + 2) : range);
    if (!from || !to) {
        return is_range ? mistake("Failed to parse log level range ", range)
                        : mistake("Unknown log level ", range);
    }
    request.query.priorities = 0;
    for (int p = std::min(*from, *to); p <= std::max(*from, *to); ++p)
        request.query.priorities |= 1u << p;
    return std::nullopt;
}

std::optional<int> set_time(Span& time, std::string_view text) {
    auto parsed = parse_timestamp(text, current_moment().realtime);
    if (!parsed) return mistake("Failed to parse timestamp: ", text);
    time = *parsed;
    return std::nullopt;
}

// Takes the next word where it is the option's argument after a blank: "-n 20".
std::string_view optional_argument_of(int argc, char** argv, bool (*fits)(std::string_view)) {
    if (optarg) return optarg;
    if (optind < argc && fits(argv[optind])) return argv[optind++];
    return {};
}

std::optional<int> set_lines(Request& request, int argc, char** argv) {
    auto text = optional_argument_of(argc, argv, [](std::string_view word) {
        return word == "all" || parse_number<size_t>(word).has_value();
    });
    auto count = parse_number<size_t>(text);
    if (text.empty())
        request.lines = lines_of_tail;
    else if (text == "all")
        request.lines = all_lines;
    else if (count)
        request.lines = *count;
    else
        return mistake("Failed to parse lines '", text, "'");
    return std::nullopt;
}

// Only the present "boot" is known by its start: that of PID 1.
std::optional<int> set_boot(Request& request, int argc, char** argv) {
    auto text = optional_argument_of(argc, argv, [](std::string_view word) {
        return parse_number<int>(word.substr(word.starts_with('+') ? 1 : 0)).has_value();
    });
    if (!text.empty() && text != "0" && text != "-0" && text != "+0" && text != "all")
        return mistake("Data from the specified boot (", text, ") is not available: No such boot");
    auto stat = read_process_stat(1);
    timespec up{};
    if (text == "all" || !stat || clock_gettime(CLOCK_BOOTTIME, &up) < 0) return std::nullopt;
    Span age =
        std::chrono::seconds(up.tv_sec) -
        std::chrono::seconds(stat->start_ticks / static_cast<uint64_t>(sysconf(_SC_CLK_TCK)));
    // Both are cut to seconds: rather a second too early.
    Span start = current_moment().realtime - age - 2s;
    request.query.since = std::max(request.query.since, start);
    return std::nullopt;
}

std::optional<int> set_unit(Request& request, std::string_view typed) {
    auto name = unit_name_mangle(typed, true);
    if (!name) return mistake("Failed to mangle unit name: ", name.error().text);
    request.query.units.push_back(std::move(*name));
    return std::nullopt;
}

std::optional<int> set_root(Request& request, std::string_view directory) {
    if (!directory.starts_with('/')) return mistake("--root= wants an absolute path: ", directory);
    request.root = directory;
    return std::nullopt;
}

std::optional<int> set_style(Request& request, std::string_view name) {
    auto style = log_style_from(name);
    if (!style) return mistake("Unknown output format '", name, "'.");
    request.format.style = *style;
    return std::nullopt;
}

int print_all(std::string_view text) {
    return print(text) ? EXIT_SUCCESS : EXIT_FAILURE;
}

std::optional<int> take_option(Request& request, int option, int argc, char** argv) {
    switch (option) {
        case 'u': return set_unit(request, optarg);
        case 't': request.query.identifiers.emplace_back(optarg); break;
        case 'p': return set_priorities(request, optarg);
        case 'S': return set_time(request.query.since, optarg);
        case 'U': return set_time(request.query.until, optarg);
        case 'b': return set_boot(request, argc, argv);
        case 'n': return set_lines(request, argc, argv);
        case 'e':
            if (!request.lines) request.lines = lines_of_end;
            break;
        case 'r': request.reverse = true; break;
        case 'f': request.follow = true; break;
        case 'o': return set_style(request, optarg);
        case 'a': request.format.show_all = true; break;
        case 'q': request.quiet = true; break;
        case 'h': return print_all(usage);
        case Version:
            return print_all(cat("systemd ", systemd_version, " (sctl ", program_version, ")\n"));
        case Utc: request.format.utc = true; break;
        case NoHostname: request.no_host = true; break;
        case NoTail: request.no_tail = true; break;
        case RootDirectory: return set_root(request, optarg);
        case Maintenance: request.nothing_to_show = true; break;
        case '?': return EXIT_FAILURE; // getopt has said why
        default: break;
    }
    return std::nullopt;
}

// "_SYSTEMD_UNIT=x" is -u x; other fields are not kept.
std::optional<int> take_match(Request& request, std::string_view match) {
    size_t equals = match.find('=');
    auto field = match.substr(0, equals);
    if (equals == std::string_view::npos || (field != "_SYSTEMD_UNIT" && field != "UNIT"))
        return mistake("Failed to add match '", match, "': Invalid argument");
    return set_unit(request, match.substr(equals + 1));
}

Request read_command_line(int argc, char** argv) {
    Request request;
    optind = 0;
    for (int option;
         (option = getopt_long(argc, argv, short_options, long_options, nullptr)) != -1;) {
        request.exit_status = take_option(request, option, argc, argv);
        if (request.exit_status) return request;
    }
    for (; optind < argc && !request.exit_status; ++optind)
        request.exit_status = take_match(request, argv[optind]);
    if (request.exit_status) return request;
    if (request.query.since > request.query.until)
        request.exit_status = mistake("--since= must be before --until=.");
    else if (request.follow && request.reverse)
        request.exit_status = mistake("Please specify either --reverse or --follow, not both.");
    else if (request.nothing_to_show)
        request.exit_status = EXIT_SUCCESS;
    if (request.follow && !request.lines && !request.no_tail && request.query.since == Span::zero())
        request.lines = lines_of_tail;
    if (!request.no_host) request.format.host = host_name();
    return request;
}

class Output {
  public:
    explicit Output(const LogFormat& format) : format_(format) {}
    bool add(const LogLine& line) {
        constexpr size_t enough = 64 << 10;
        ++count_;
        text_ += format_log_line(line, format_);
        text_ += '\n';
        return text_.size() < enough || write();
    }
    bool write() {
        bool written = print(text_);
        text_.clear();
        return written;
    }
    size_t count() const { return count_; }

  private:
    const LogFormat& format_;
    std::string text_;
    size_t count_ = 0;
};

bool show_stored(const LogReader& reader, const Request& request, Output& output) {
    bool going = true;
    if (request.lines && *request.lines != all_lines) {
        auto lines = reader.last(*request.lines);
        if (request.reverse) std::ranges::reverse(lines);
        for (const auto& line : lines) going = going && output.add(line);
    } else {
        reader.each(request.reverse ? Direction::Backward : Direction::Forward,
                    [&](const LogLine& line) { return going = output.add(line); });
    }
    return going && output.write();
}

// Until nobody reads any more, or a signal ends us.
int follow(LogFollower& follower, Output& output) {
    if (follower.descriptor() < 0) return *mistake("Failed to watch the log files");
    while (true) {
        for (const auto& line : follower.read_new()) output.add(line);
        if (!output.write()) return EXIT_SUCCESS;
        pollfd wait[] = {{follower.descriptor(), POLLIN, 0}, {STDOUT_FILENO, 0, 0}};
        if (poll(wait, 2, -1) < 0 && errno != EINTR) return EXIT_FAILURE;
        if (wait[1].revents & (POLLERR | POLLHUP)) return EXIT_SUCCESS;
    }
}

// Who may not see all is told so, as systemd does; false where there is nothing to see at all.
bool check_access(const LogReader& reader, bool quiet) {
    if (reader.denied_files() == 0) return true;
    if (!quiet) {
        log(LogLevel::Notice,
            "Hint: You are currently not seeing messages from other users and the system.\n"
            "      Users in the 'adm' group can see all messages. Pass -q to\n"
            "      turn off this notice.");
    }
    if (reader.readable_files() > 0) return true;
    log_error("No journal files were opened due to insufficient permissions.");
    return false;
}

} // namespace

int run_journalctl(int argc, char** argv) {
    signal(SIGPIPE, SIG_DFL);
    Request request = read_command_line(argc, argv);
    if (request.exit_status) return *request.exit_status;
    LogReader reader(Root(request.root), request.query);
    if (!check_access(reader, request.quiet)) return EXIT_FAILURE;
    std::optional<LogFollower> follower;
    if (request.follow) follower.emplace(reader);
    Output output(request.format);
    if (!show_stored(reader, request, output)) return EXIT_FAILURE;
    if (follower) return follow(*follower, output);
    if (output.count() == 0 && !request.quiet) return print_all("-- No entries --\n");
    return EXIT_SUCCESS;
}

} // namespace sctl
