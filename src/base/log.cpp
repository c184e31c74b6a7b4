#include "base/log.hpp"

#include <sys/uio.h>
#include <unistd.h>

#include <utility>

namespace sctl {
namespace {

void write_to_stderr(LogLevel, std::string_view text) {
    std::string escaped;
    // A name or a path may be anybody's, and this a terminal.
    if (!is_printable(text)) text = escaped = escape_unprintable(text, "\n\t");
    char newline = '\n';
    iovec parts[] = {{const_cast<char*>(text.data()), text.size()}, {&newline, 1}};
    // There is nowhere left to report a failure to.
    [[maybe_unused]] auto written = writev(STDERR_FILENO, parts, 2);
}

LogSink current_sink = write_to_stderr;
LogLevel current_level = LogLevel::Info;

} // namespace

LogSink set_log_sink(LogSink sink) noexcept {
    return std::exchange(current_sink, sink ? sink : write_to_stderr);
}

void set_log_level(LogLevel level) noexcept {
    current_level = level;
}

LogLevel log_level() noexcept {
    return current_level;
}

void log_text(LogLevel level, std::string_view text) noexcept {
    if (level > current_level) return;
    try {
        current_sink(level, text);
    } catch (...) {
        write_to_stderr(level, text);
    }
}

} // namespace sctl
