// The command lines of processes, which /proc reads from their memory: that waits for a lock which
// the process may hold, or for a file of its own that does not answer. So a manager has them read
// by a child, `sctl-command-lines PID...`, and does not wait for it either: what has not come
// within the time limit, or where too many children read already, is not known.
#pragma once

#include <sys/types.h>

#include <functional>
#include <list>
#include <map>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/unique_fd.hpp"
#include "os/event_loop.hpp"

namespace sctl {

class CommandLines {
  public:
    using Lines = std::map<pid_t, std::string>;
    using Answered = std::function<void(const Lines& lines)>;

    // `started` is called for each child, which its caller reaps.
    CommandLines(EventLoop& loop, std::function<void(pid_t)> started);
    CommandLines(const CommandLines&) = delete;
    CommandLines& operator=(const CommandLines&) = delete;

    // Calls `answered` once, now or later, with the lines that could be had.
    void ask(const std::vector<pid_t>& pids, Answered answered);

  private:
    struct Reading {
        UniqueFd output, process; // the end of its pipe that we read; a pidfd
        Watch watch;
        OwnedTimer limit;
        std::string text;
        Answered answered;
    };
    using Place = std::list<Reading>::iterator;

    bool start(const std::vector<pid_t>& pids, Reading& reading);
    void read_output(Place reading);
    void finish(Place reading);

    EventLoop& loop_;
    std::function<void(pid_t)> started_;
    std::list<Reading> readings_;
};

// The child: writes for each process its pid, the line, and a null.
int run_command_lines(int argc, char** argv);

} // namespace sctl
