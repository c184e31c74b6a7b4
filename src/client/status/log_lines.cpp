#include "client/status/log_lines.hpp"

namespace sctl {

namespace {

LogLineReader& reader() {
    static LogLineReader registered = nullptr;
    return registered;
}

} // namespace

void set_log_line_reader(LogLineReader chosen) noexcept {
    reader() = chosen;
}

std::vector<std::string> last_log_lines(std::string_view unit, size_t count, Span since,
                                        std::string_view output) {
    return reader() && count > 0 ? reader()(unit, count, since, output)
                                 : std::vector<std::string>{};
}

} // namespace sctl
