// Where the output of services goes when it is captured. The manager asks for a descriptor per
// process it starts; who reads the other end (the capture process) is not its concern, only that
// handing one out never blocks and that it is told in time.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/log.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "os/process.hpp"

namespace sctl {

// A process that has logged by itself, as it was seen when its line came: it may have ended since.
struct LogSender {
    pid_t pid = 0;
    uint64_t start_ticks = 0; // ProcessStat's
    ProcessTag tag{};         // read_process_tag()'s
    std::string control_group;
};

class ServiceOutput {
  public:
    virtual ~ServiceOutput() = default;

    using StreamId = uint64_t;
    // What a line of the stream counts as; `level_prefix`: unless "<N>" before it says otherwise.
    struct Level {
        int priority = 6; // as syslog(3) counts
        bool level_prefix = true;
    };
    struct Stream {
        UniqueFd write_end; // for the child alone; the manager closes it after the spawn
        StreamId id = 0;
    };

    // What is asked of the manager.
    struct Hooks {
        std::function<void(pid_t)> launched; // a process that captures, which is no service's
        std::function<std::string(const LogSender&)> unit_of; // empty: it is nobody's
    };
    virtual void set_hooks(Hooks) {}

    // A new stream for one process of `unit`, shown under `identifier`. EMFILE fails that start
    // only.
    [[nodiscard]] virtual Result<Stream> open_stream(std::string_view unit,
                                                     std::string_view identifier, Level level) = 0;
    // Which process writes to it: known after the spawn, and anew when a daemon names its main one.
    virtual void set_stream_pid(StreamId id, pid_t pid) = 0;
    // A process has been reaped.
    virtual void process_exited(pid_t pid) = 0;
    // The process that captures, which must not be killed with the rest; 0 for none.
    [[nodiscard]] virtual pid_t process() const = 0;
    // How the manager's own lines stand on descriptor 2.
    struct ConsoleStyle {
        LogLevel most = LogLevel::Debug; // those above it go to the log files alone
        bool has_time = false;           // each has its time in front
        bool has_color = false;          // by its level, at a terminal
    };
    virtual void set_console_style(const ConsoleStyle&) {}
    // A line of the manager's own, about `unit` where it is not empty; about several whose names
    // have a newline in between. Bounded: drops and counts.
    virtual void manager_line(LogLevel level, std::string_view unit, std::string_view text) = 0;
};

} // namespace sctl
