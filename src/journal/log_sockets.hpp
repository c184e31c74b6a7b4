// The sockets that programs log to, at the places where journald has them: syslog(3)'s
// /run/systemd/journal/dev-log, to which /dev/log is a link; the journal's own, socket; and stdout,
// for streams of lines (systemd-cat(1)). The manager makes them and keeps them for its life, so
// that what programs have sent waits for the next capture process when one dies.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/files.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sctl {

enum class LogSocketKind : uint8_t { Syslog, Native, Stream };
inline constexpr size_t log_socket_kinds = 3;

class LogSockets {
  public:
    LogSockets() = default;
    ~LogSockets();
    LogSockets(const LogSockets&) = delete;
    LogSockets& operator=(const LogSockets&) = delete;

    // Below `root`; /dev/log of the machine alone. Nothing is replaced that somebody else listens
    // at. The first Error; what can be had is had all the same.
    Result<void> open(const Root& root);
    // Removes what open() has made. After it the sockets are still read.
    void remove_names() noexcept;
    // -1 where it could not be had.
    [[nodiscard]] int descriptor(LogSocketKind kind) const noexcept {
        return sockets_[static_cast<size_t>(kind)].get();
    }

  private:
    Result<void> open_one(const Root& root, LogSocketKind kind);
    Result<void> link_dev_log();

    std::array<UniqueFd, log_socket_kinds> sockets_;
    std::array<std::string, log_socket_kinds> paths_; // of those that are open
    bool has_dev_log_ = false;
};

} // namespace sctl
