// The capture process: reads what services write, and writes each line to descriptor 2 (so that the
// container engine has it) and to its unit's log file. It is the same binary under another name,
// started by CaptureClient:
//
//   sctl-capture ROOT       descriptor 2: the console, 3: the socket to the manager, 4: a Backlog
//
// It ignores all signals and ends with its socket, after it has read what the streams still hold.
// A turn reads at most 64 KiB of each stream, so one that floods does not starve the others. What a
// pipe holds is looked at first, and taken out of it when it has been written: a process that is
// killed in between has lost nothing. The last line of a read that is not whole yet is taken, and
// counted where that can be seen after its end (Backlog::lines_in_hand).
// Without anything to read it holds no buffers and never wakes.
#pragma once

namespace sctl {

// main() of the capture process: returns its exit status.
int run_capture(int argc, char** argv);

} // namespace sctl
