#include "os/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

namespace sctl {

TerminalGivenUp give_up_terminal() noexcept {
    if (ioctl(STDIN_FILENO, TIOCNOTTY) < 0) return {.code = errno, .led_session = false};
    return {.code = 0, .led_session = getsid(0) == getpid()};
}

} // namespace sctl
