#include "base/resolve_path.hpp"

#include <cerrno>

#include "base/text.hpp"

namespace sctl {
namespace {

constexpr int most_links = 40;

// Takes the first part off `rest`; empty when there is none left.
std::string take_part(std::string& rest) {
    auto begin = rest.find_first_not_of('/');
    if (begin == std::string::npos) {
        rest.clear();
        return {};
    }
    auto end = rest.find('/', begin);
    auto part = rest.substr(begin, end == std::string::npos ? end : end - begin);
    rest.erase(0, end);
    if (rest.find_first_not_of('/') == std::string::npos) rest.clear();
    return part;
}

} // namespace

Result<std::string> resolve_path(const Root& root, std::string_view path, LastPart last) {
    std::string done;
    std::string rest(path);
    int links = 0;
    while (true) {
        auto part = take_part(rest);
        if (part.empty()) return done.empty() ? "/" : done;
        if (part == ".") continue;
        if (part == "..") {
            done.erase(done.empty() ? 0 : done.rfind('/'));
            continue;
        }
        auto candidate = cat(done, "/", part);
        if (rest.empty() && last == LastPart::Keep) return candidate;
        auto target = read_link(root.at(candidate));
        if (target) {
            if (++links > most_links) return errno_error(path, ELOOP);
            if (target->starts_with('/')) done.clear();
            rest = rest.empty() ? std::move(*target) : cat(*target, "/", rest);
            continue;
        }
        int why = target.error().code;
        if (why != EINVAL && !(why == ENOENT && last == LastPart::Keep))
            return errno_error(path, why);
        done = std::move(candidate);
    }
}

} // namespace sctl
