#include "base/result.hpp"

#include <cerrno>
#include <cstring>

namespace sctl {

Error errno_error(std::string_view what, int code) {
    return Error{code, std::string(what) + ": " + strerror(code), {}};
}

Error errno_error(std::string_view what) {
    return errno_error(what, errno);
}

} // namespace sctl
