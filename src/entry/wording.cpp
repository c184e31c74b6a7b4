#include "entry/wording.hpp"

#include <poll.h>
#include <unistd.h>

#include <cstring>

#include "base/text.hpp"
#include "unit/values/signal_name.hpp"

namespace sctl {
namespace {

std::string how_it_ended(const NoteValues& values) {
    if (values.other != 0) return cat("was killed by SIG", signal_name(values.number));
    return cat("ended with status ", values.number);
}

// What is always said, unless quiet was asked for.
std::string trouble(Note note, const NoteValues& values) {
    switch (note) {
        case Note::MustBeFirst:
            return "You have to either run this as pid 1 or specify the -D option (--any-pid).";
        case Note::Subreaper: return "Not PID 1: orphans of ours come to us all the same.";
        case Note::NotFirst:
            return "Not PID 1: orphans outside of our own processes are not ours to reap.";
        case Note::OrphanReaped: return cat("Reaped PID ", values.pid, ", an orphan.");
        case Note::ExecFailed:
            return cat("Failed to execute ", values.text, ": ", strerror(values.number));
        case Note::StopTimedOut:
            return cat("Still there after the stop timeout", values.text.empty() ? "." : ", PID ",
                       values.text, values.text.empty() ? "" : ".");
        case Note::GraceOver: return cat("The stop grace is over; killing ", values.text, ".");
        default: return {};
    }
}

bool is_trouble(Note note) {
    switch (note) {
        case Note::MustBeFirst:
        case Note::NotFirst:
        case Note::OrphanReaped:
        case Note::ExecFailed:
        case Note::StopTimedOut:
        case Note::GraceOver: return true;
        default: return false;
    }
}

std::string course_of_things(Note note, const NoteValues& values) {
    switch (note) {
        case Note::Spawned: return cat("Started ", values.text, " as PID ", values.pid, ".");
        case Note::Forwarded: return cat("Forwarded SIG", signal_name(values.number), ".");
        case Note::CommandEnded: return cat(values.text, " ", how_it_ended(values), ".");
        case Note::Trapped:
            return cat("Trapped SIG", signal_name(values.number), ", running ", values.text, ".");
        case Note::Stopping:
            return values.number ? cat("Stopping, for SIG", signal_name(values.number), ".")
                                 : "Stopping.";
        default: return {};
    }
}

std::string detail(Note note, const NoteValues& values) {
    switch (note) {
        case Note::Received: return cat("Received SIG", signal_name(values.number), ".");
        case Note::NotForwarded: return "Dropped it.";
        case Note::HandOffIgnored: return "It comes from giving the terminal away.";
        case Note::Translated:
            return cat(
                "It becomes ",
                values.other ? cat("SIG", signal_name(values.other)) : std::string("nothing"), ".");
        case Note::Reaped:
            return cat("Reaped PID ", values.pid, ", which ", how_it_ended(values), ".");
        case Note::Goodbye: return cat("Ending with status ", values.number, ".");
        case Note::DetachFailed: return cat("No terminal to give away: ", strerror(values.number));
        case Note::AttachFailed:
            return cat("The command has no terminal: ", strerror(values.number));
        default: return {};
    }
}

} // namespace

std::string plain_wording(int verbosity, Note note, const NoteValues& values) {
    bool is_error = note == Note::ExecFailed || note == Note::MustBeFirst;
    if (verbosity < 0 && !is_error) return {};
    std::string text = trouble(note, values);
    if (text.empty() && verbosity >= 1) text = course_of_things(note, values);
    if (text.empty() && verbosity >= 2) text = detail(note, values);
    return text;
}

std::string wording_of(std::string_view program, int verbosity, Note note,
                       const NoteValues& values) {
    std::string text = plain_wording(verbosity, note, values);
    return text.empty() ? text : cat(program, ": ", text, "\n");
}

std::string own_wording(int verbosity, Note note, const NoteValues& values) {
    return wording_of("systemctl init", verbosity, note, values);
}

void tell(const InitPolicy& policy, Note note, const NoteValues& values) {
    std::string lines = policy.wording(policy.verbosity, note, values);
    if (lines.empty()) return;
    int fd = policy.says_on_stdout && !is_trouble(note) ? STDOUT_FILENO : STDERR_FILENO;
    pollfd out{fd, POLLOUT, 0};
    if (poll(&out, 1, 0) != 1 || !(out.revents & POLLOUT)) return;
    constexpr size_t never_blocks = 4096; // PIPE_BUF
    [[maybe_unused]] auto written = write(fd, lines.data(), std::min(lines.size(), never_blocks));
}

} // namespace sctl
