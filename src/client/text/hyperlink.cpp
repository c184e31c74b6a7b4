#include "client/text/hyperlink.hpp"

#include <sys/utsname.h>

#include <cstdlib>

#include "base/text.hpp"
#include "client/text/output_style.hpp"
#include "unit/syntax/parse_value.hpp"

namespace sctl {

bool wants_hyperlinks() {
    const char* wish = std::getenv("SYSTEMD_URLIFY");
    auto wanted = parse_boolean(wish ? wish : "");
    return wanted ? *wanted : wants_colors();
}

std::string hyperlink(std::string_view target, std::string_view text) {
    // Operating System Command 8, ended by BEL.
    if (!wants_hyperlinks()) return std::string(text);
    return cat("\x1b]8;;", target, "\a", text, "\x1b]8;;\a");
}

std::string file_hyperlink(std::string_view path, std::string_view text) {
    // With the host: the terminal may be another machine's.
    utsname host{};
    (void)uname(&host);
    return hyperlink(cat("file://", host.nodename, path), text);
}

} // namespace sctl
