// Our terminal, on its way to a command: we let it go so that the session of the command can take
// it.
#pragma once

namespace sctl {

struct TerminalGivenUp {
    int code = 0; // errno where descriptor 0 is no terminal of ours
    bool led_session =
        false; // we led its session: a HUP and a CONT will come, which mean nothing else
};

// Gives up the controlling terminal, where descriptor 0 is it.
[[nodiscard]] TerminalGivenUp give_up_terminal() noexcept;

} // namespace sctl
