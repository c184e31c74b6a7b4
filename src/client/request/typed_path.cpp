#include "client/request/typed_path.hpp"

#include <unistd.h>

#include <cstdlib>

#include "base/files.hpp"
#include "base/text.hpp"

namespace sctl {

Result<std::string> absolute_path(const std::string& text) {
    if (text.empty()) return text;
    if (text.front() == '/') return simplify_path(text);
    char* here = ::getcwd(nullptr, 0);
    if (!here) return errno_error("getcwd");
    std::string path = simplify_path(cat(here, "/", text));
    std::free(here);
    return path;
}

} // namespace sctl
