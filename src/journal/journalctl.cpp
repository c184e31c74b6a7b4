#include "journal/journalctl.hpp"

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
#include "journal/journalctl_request.hpp"
#include "journal/log_files.hpp"
#include "journal/log_format.hpp"
#include "journal/log_reader.hpp"

namespace sctl {
namespace {

int print_all(std::string_view text) {
    return print(text) ? EXIT_SUCCESS : EXIT_FAILURE;
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

bool show_stored(const LogReader& reader, const JournalRequest& request, Output& output) {
    bool going = true;
    if (request.lines && *request.lines != all_journal_lines) {
        auto lines = reader.last(*request.lines);
        if (request.reverse) std::ranges::reverse(lines);
        for (const auto& line : lines) going = going && output.add(line);
    } else {
        reader.each(request.reverse ? Direction::Backward : Direction::Forward,
                    [&](const LogLine& line) { return going = output.add(line); });
    }
    return going && output.write();
}

// Until our output has no reader any more, or a signal ends us.
int follow(LogFollower& follower, Output& output) {
    if (follower.descriptor() < 0) {
        log_error("Failed to watch the log files");
        return EXIT_FAILURE;
    }
    while (true) {
        for (const auto& line : follower.read_new()) output.add(line);
        if (!output.write()) return EXIT_SUCCESS;
        pollfd wait[] = {{follower.descriptor(), POLLIN, 0}, {STDOUT_FILENO, 0, 0}};
        if (poll(wait, 2, -1) < 0 && errno != EINTR) return EXIT_FAILURE;
        if (wait[1].revents & (POLLERR | POLLHUP)) return EXIT_SUCCESS;
    }
}

// Warns a user who may not see all, as systemd does; false where there is nothing to see at all.
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
    auto asked = read_journal_request({argv + 1, argv + argc}, argv[0]);
    if (!asked) {
        log_error(asked.error().text);
        return EXIT_FAILURE;
    }
    const JournalRequest& request = *asked;
    if (request.task == JournalRequest::Task::Help) return print_all(journalctl_help());
    if (request.task == JournalRequest::Task::Version)
        return print_all(cat("systemd ", systemd_version, " (sctl ", program_version, ")\n"));
    if (request.nothing_to_show) return EXIT_SUCCESS;
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
