// The command lines of processes, which /proc reads from their memory: that waits for a lock which
// the process may hold, or for a file of its own that does not answer. So a manager has them read
// by a child, and does not wait for it: what has not come within the time limit, or where too many
// children hang already, is not known. The child executes nothing. It shares our memory, makes a
// few raw system calls (raw_call.hpp) and ends: a program would take ten times as long to begin.
// The files are opened here, since that waits for nobody.
#pragma once

#include <sys/types.h>

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
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
    ~CommandLines();

    // Calls `answered` once, now or later, with the lines that could be had.
    void ask(std::vector<pid_t> pids, Answered answered);

  private:
    class Room; // that a child works in
    struct Reading {
        std::vector<pid_t> pids;
        size_t begun = 0; // of them; some at a time
        std::unique_ptr<Room> room;
        Watch watch;
        OwnedTimer limit;
        Lines lines;
        Answered answered;
    };
    using Place = std::list<Reading>::iterator;

    void start_waiting();
    bool start(Place reading);
    void go_on(Place reading);
    void finish(Place reading);
    void put_away(std::unique_ptr<Room> room);
    void clear_rooms();

    EventLoop& loop_;
    std::function<void(pid_t)> started_;
    std::list<Reading> readings_;             // those without a room wait
    std::vector<std::unique_ptr<Room>> left_; // whose children may not have ended yet
    OwnedTimer clearing_;
};

} // namespace sctl
