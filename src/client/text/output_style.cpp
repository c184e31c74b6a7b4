#include "client/text/output_style.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

#include "base/text.hpp"
#include "unit/syntax/parse_value.hpp"

namespace sctl {

namespace {

std::string_view output_variable(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

} // namespace

bool has_utf8() {
    if (auto wanted = parse_boolean(output_variable("SYSTEMD_UTF8"))) return *wanted;
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        auto locale = output_variable(name);
        if (locale.empty()) continue;
        if (locale == "C" || locale == "POSIX") return false;
        auto dot = locale.find('.');
        if (dot == std::string_view::npos) return true;
        auto codeset = locale.substr(dot + 1);
        return equal_ignoring_case(codeset.substr(0, 5), "utf-8") ||
               equal_ignoring_case(codeset.substr(0, 4), "utf8");
    }
    return true; // no locale was chosen, and everything shows UTF-8 today
}

bool is_at_terminal() {
    return ::isatty(STDOUT_FILENO) && ::isatty(STDERR_FILENO);
}

bool wants_colors() {
    auto wish = output_variable("SYSTEMD_COLORS");
    if (!wish.empty()) {
        if (wish == "16" || wish == "256" || wish == "24bit" || wish == "auto-16" ||
            wish == "auto-256") {
            return true;
        }
        if (auto wanted = parse_boolean(wish)) return *wanted;
    }
    return !std::getenv("NO_COLOR") && output_variable("TERM") != "dumb" && is_at_terminal();
}

bool has_few_colors() {
    return output_variable("SYSTEMD_COLORS").ends_with("16");
}

size_t print_width() {
    if (!::isatty(STDOUT_FILENO)) return SIZE_MAX;
    if (auto columns = parse_number<uint16_t>(output_variable("COLUMNS"));
        columns && *columns > 0) {
        return *columns;
    }
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return SIZE_MAX;
}

} // namespace sctl
