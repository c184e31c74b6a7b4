#include "bus/errors.hpp"

#include <cerrno>

namespace sctl {

std::string error_name(const Error& error) {
    if (!error.name.empty()) return error.name;
    switch (error.code) {
        case EPERM:
        case EACCES: return std::string(bus_error::access_denied);
        case ENOMEM: return std::string(bus_error::no_memory);
        case EINVAL: return std::string(bus_error::invalid_args);
        case EOPNOTSUPP: return std::string(bus_error::not_supported);
        case ENOENT: return "org.freedesktop.DBus.Error.FileNotFound";
        case EEXIST: return "org.freedesktop.DBus.Error.FileExists";
        case EIO: return "org.freedesktop.DBus.Error.IOError";
        case ESRCH: return "org.freedesktop.DBus.Error.UnixProcessIdUnknown";
        case EBADMSG: return "org.freedesktop.DBus.Error.InconsistentMessage";
        case ETIMEDOUT: return "org.freedesktop.DBus.Error.Timeout";
        case EBUSY: return "System.Error.EBUSY";
        case EROFS: return "System.Error.EROFS";
        case ENOSPC: return "System.Error.ENOSPC";
        case ELOOP: return "System.Error.ELOOP";
        default: return std::string(bus_error::failed);
    }
}

} // namespace sctl
