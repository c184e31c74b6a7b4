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

Result<void> Session::open() {
    if (options.remote) return Error{0, "--host= and --machine= are not supported", {}};
    std::string path = "/run/systemd/private";
    if (!options.instance.empty()) {
        path = cat(options.instance == "/" ? "" : options.instance, path);
    } else if (options.user) {
        const char* directory = std::getenv("XDG_RUNTIME_DIR");
        if (!directory || !*directory) return errno_error("XDG_RUNTIME_DIR", ENOMEDIUM);
        path = cat(directory, "/systemd/private");
    }
    auto opened = ClientConnection::open(path);
    if (!opened) return opened.error();
    connection_.emplace(*std::move(opened));
    return {};
}

ClientConnection* Session::manager_if_any() {
    if (!connection_) (void)open().has_value();
    return connection_ ? &*connection_ : nullptr;
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
