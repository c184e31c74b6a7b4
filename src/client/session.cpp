#include "client/session.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/log.hpp"
#include "client/exit_code.hpp"

namespace sctl {

namespace {

bool is_directory(const char* path) {
    struct stat status {};
    return ::lstat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

} // namespace

bool Session::flush() {
    std::string_view rest = out_;
    while (!rest.empty()) {
        auto written = ::write(STDOUT_FILENO, rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        rest.remove_prefix(static_cast<size_t>(written));
    }
    out_.clear();
    return true;
}

Result<std::string> Session::socket_path() const {
    std::string path = "/run/systemd/private";
    if (!options.instance.empty())
        return cat(options.instance == "/" ? "" : options.instance, path);
    if (!options.user && !options.global) return path;
    const char* directory = std::getenv("XDG_RUNTIME_DIR");
    if (!directory || !*directory) return errno_error("XDG_RUNTIME_DIR", ENOMEDIUM);
    return cat(directory, "/systemd/private");
}

Result<void> Session::open() {
    if (options.remote) return Error{0, "--host= and --machine= are not supported", {}};
    auto path = socket_path();
    if (!path) return path.error();
    auto opened = ClientConnection::open(*path);
    if (!opened) return opened.error();
    connection_.emplace(*std::move(opened));
    return {};
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
    bool nobody = error.code == ENOENT || error.code == ECONNREFUSED;
    if (nobody && !options.user && options.instance.empty() &&
        !is_directory("/run/systemd/system/")) {
        log_error("System has not been booted with systemd as init system (PID 1). Can't operate.");
        error.code = EHOSTDOWN;
    }
    log_error("Failed to connect to bus: ", words_of(error));
    return nullptr;
}

} // namespace sctl
