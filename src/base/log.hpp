// The one place where the program's own messages go. The sink is the only mutable global of the
// program: the default writes "TEXT\n" to descriptor 2 in one write; the manager replaces it by its
// bounded queue to the capture process, tests by one that collects.
#pragma once

#include <string>
#include <string_view>

#include "base/text.hpp"

namespace sctl {

// syslog(3)'s levels; their numbers are the priorities written before a line in a journal.
enum class LogLevel { Emergency, Alert, Critical, Error, Warning, Notice, Info, Debug };

using LogSink = void (*)(LogLevel level, std::string_view text);

// Replaces the sink and returns the one before. The sink must not throw.
LogSink set_log_sink(LogSink sink) noexcept;
// Messages above this level are dropped; Info at start.
void set_log_level(LogLevel level) noexcept;
[[nodiscard]] LogLevel log_level() noexcept;

void log_text(LogLevel level, std::string_view text) noexcept;

// log(LogLevel::Warning, "a.service: ", count, " tries") joins its parts as cat() does. Never
// throws: where memory is short the message is lost.
template <class... Parts>
void log(LogLevel level, const Parts&... parts) noexcept {
    if (level > log_level()) return;
    try {
        log_text(level, cat(parts...));
    } catch (...) {
        log_text(LogLevel::Error, "out of memory for a message");
    }
}
template <class... Parts>
void log_error(const Parts&... parts) noexcept {
    log(LogLevel::Error, parts...);
}
template <class... Parts>
void log_warning(const Parts&... parts) noexcept {
    log(LogLevel::Warning, parts...);
}
template <class... Parts>
void log_info(const Parts&... parts) noexcept {
    log(LogLevel::Info, parts...);
}
template <class... Parts>
void log_debug(const Parts&... parts) noexcept {
    log(LogLevel::Debug, parts...);
}

} // namespace sctl
