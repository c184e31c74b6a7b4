#include "run/open_files.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "base/text.hpp"

namespace sctl {
namespace {

Result<UniqueFd> connect_to_stream(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return errno_error(path, ENAMETOOLONG);
    memcpy(address.sun_path, path.c_str(), path.size() + 1);
    UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return errno_error("socket");
    if (connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) < 0)
        return errno_error(path);
    return fd;
}

Result<UniqueFd> open_one(const OpenFile& file, const std::string& path) {
    int flags = O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (file.read_only ? O_RDONLY : O_RDWR);
    if (file.append) flags |= O_APPEND;
    if (file.truncate) flags |= O_TRUNC;
    UniqueFd fd(open(path.c_str(), flags));
    if (fd) return fd;
    if (errno != ENXIO) return errno_error(path);
    return connect_to_stream(path);
}

} // namespace

Result<void> PassedFiles::add_copy(int fd, std::string_view name) {
    UniqueFd copy(fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
    if (!copy) return errno_error("fcntl");
    descriptors.push_back(std::move(copy));
    names.emplace_back(name);
    return {};
}

Result<PassedFiles> open_files(const std::vector<OpenFile>& files, const Root& root) {
    PassedFiles passed;
    for (const auto& file : files) {
        auto opened = open_one(file, root.at(file.path));
        if (!opened && file.graceful) continue;
        if (!opened) return opened.error().during("OpenFile=");
        int flags = fcntl(opened->get(), F_GETFL);
        fcntl(opened->get(), F_SETFL, flags & ~O_NONBLOCK);
        passed.descriptors.push_back(std::move(*opened));
        passed.names.push_back(file.name);
    }
    return passed;
}

} // namespace sctl
