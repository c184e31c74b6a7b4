#include "client/calls/session.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/files.hpp"
#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/launch.hpp"
#include "client/calls/surroundings.hpp"
#include "os/pid1.hpp"

namespace sctl {

namespace {

constexpr int between_looks = 10; // milliseconds
constexpr int most_looks = 50;    // for the socket of an init that runs

// Nobody listens on the socket, if there is one.
bool is_nobody(const Error& error) {
    return error.code == ENOENT || error.code == ECONNREFUSED || error.code == ENOTDIR;
}

} // namespace

bool Session::flush() {
    bool written = sctl::print(out_);
    if (written) out_.clear();
    return written;
}

Result<std::string> Session::socket_path() const {
    std::string path = "/run/systemd/private";
    if (!request.instance.empty())
        return cat(request.instance == "/" ? "" : request.instance, path);
    if (!request.user && !request.global) return path;
    const char* directory = std::getenv("XDG_RUNTIME_DIR");
    if (!directory || !*directory) return errno_error("XDG_RUNTIME_DIR", ENOMEDIUM);
    return cat(directory, "/systemd/private");
}

Result<std::vector<std::string>> Session::socket_paths() const {
    auto usual = socket_path();
    if (!usual) return usual.error();
    std::vector<std::string> paths = {*std::move(usual)};
    if (request.user || !request.instance.empty()) return paths;
    for (const auto& place : other_run_places()) paths.push_back(cat(place, "/private"));
    return paths;
}

// The error is that of the first.
Result<void> Session::open_first_of(const std::vector<std::string>& paths) {
    auto listener =
        request.user || !request.instance.empty() ? Listener::Anyone : Listener::Trusted;
    Result<void> first;
    for (const auto& path : paths) {
        auto opened = ClientConnection::open(path, default_call_timeout, listener);
        if (opened) {
            connection_.emplace(*std::move(opened));
            return {};
        }
        if (first) first = opened.error();
        if (!is_nobody(opened.error())) break;
    }
    return first;
}

Result<void> Session::open() {
    if (request.remote) return Error{0, "--host= and --machine= are not supported", {}};
    auto paths = socket_paths();
    if (!paths) return paths.error();
    auto opened = open_first_of(*paths);
    // A command is executed before its init listens: its first act may be to call us.
    bool machines = !request.user && request.instance.empty();
    bool comes = !opened && machines && is_nobody(opened.error()) && pid1_is_our_init(Root());
    for (int look = 0; comes && !opened && look < most_looks; ++look) {
        ::poll(nullptr, 0, between_looks);
        opened = open_first_of(*paths);
    }
    return opened;
}

ClientConnection* Session::manager_if_any() {
    if (connection_) return &*connection_;
    auto opened = open();
    why_no_manager_ = opened ? 0 : opened.error().code;
    return opened ? &*connection_ : nullptr;
}

ClientConnection* Session::manager() {
    if (connection_) return &*connection_;
    auto opened = open();
    if (opened) return &*connection_;
    Error error = opened.error();
    if (is_nobody(error) && is_local_and_not_booted(request)) {
        log_error("System has not been booted with systemd as init system (PID 1). Can't operate.");
        error.code = EHOSTDOWN;
    }
    log_error("Failed to connect to bus: ", words_of(error));
    return nullptr;
}

bool Session::is_unmanaged() {
    if (connection_) return false;
    auto opened = open();
    return !opened && is_nobody(opened.error()) && sctl::is_unmanaged(request);
}

// Of several first callers one gets the lock for its manager; the others connect to it as soon as
// that listens. A manager that is about to end holds its lock without listening: then it is tried
// again.
bool Session::launch() {
    constexpr int looks = 25; // between two attempts
    Span deadline = add_saturating(monotonic_now(), default_call_timeout);
    Result<void> opened = errno_error("launching a manager", ETIMEDOUT);
    while (monotonic_now() < deadline) {
        auto launched = launch_manager(request, deadline - monotonic_now());
        if (!launched) {
            log_error("Failed to launch a manager: ", words_of(launched.error()));
            return false;
        }
        for (int look = 0; look < looks; ++look) {
            if (look > 0) ::poll(nullptr, 0, between_looks);
            opened = open();
            if (opened) return true;
            if (!is_nobody(opened.error())) break;
        }
    }
    log_error("Failed to connect to bus: ", words_of(opened.error()));
    return false;
}

} // namespace sctl
