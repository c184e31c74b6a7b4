#include "os/unix_socket.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "base/files.hpp"
#include "base/text.hpp"

namespace sctl {
namespace {

Result<UniqueFd> bind_once(const std::string& path, int type, mode_t mode) {
    std::string directory(directory_of(path));
    auto made = make_directories(directory);
    if (!made) return made.error();
    UniqueFd at(open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!at) return errno_error(directory);

    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    auto name = path.size() < sizeof address.sun_path
                    ? path
                    : cat("/proc/self/fd/", at.get(), "/", base_name(path));
    if (name.size() >= sizeof address.sun_path) return errno_error(path, ENAMETOOLONG);
    memcpy(address.sun_path, name.c_str(), name.size() + 1);

    UniqueFd fd(socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return errno_error("socket");
    unlink(path.c_str());
    if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) {
        return errno_error(path);
    }
    if (chmod(path.c_str(), mode) < 0) return errno_error(path);
    if (type == SOCK_STREAM && listen(fd.get(), SOMAXCONN) < 0) return errno_error(path);
    return fd;
}

} // namespace

Result<UniqueFd> bind_unix_socket(const std::string& path, int type, mode_t mode) {
    return try_twice([&] { return bind_once(path, type, mode); });
}

} // namespace sctl
