#include "base/glob.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "base/files.hpp"
#include "base/text.hpp"

namespace sctl {
namespace {

std::vector<std::string> matching_names(const std::string& directory, std::string_view pattern) {
    std::vector<std::string> names;
    DirectoryStream open(opendir(directory.empty() ? "/" : directory.c_str()));
    if (!open) return names;
    std::string text(pattern);
    while (dirent* entry = readdir(open.get())) {
        std::string_view name = entry->d_name;
        // ".*" shall not lead to the directory itself, nor to the one above.
        if (name == "." || name == "..") continue;
        if (fnmatch(text.c_str(), entry->d_name, FNM_PERIOD) == 0) names.emplace_back(name);
    }
    return names;
}

} // namespace

std::vector<std::string> matching_paths(std::string_view pattern, DanglingLinks dangling) {
    std::vector<std::string> found{""};
    for (auto part : split(pattern, "/")) {
        std::vector<std::string> next;
        for (const auto& directory : found) {
            if (!is_glob(part) && part.find('\\') == std::string_view::npos) {
                next.push_back(cat(directory, "/", part));
                continue;
            }
            for (const auto& name : matching_names(directory, part))
                next.push_back(cat(directory, "/", name));
        }
        found = std::move(next);
    }
    int flags = dangling == DanglingLinks::Match ? AT_SYMLINK_NOFOLLOW : 0;
    std::erase_if(found, [flags](const std::string& path) {
        return faccessat(AT_FDCWD, path.empty() ? "/" : path.c_str(), F_OK, flags) != 0;
    });
    std::ranges::sort(found);
    return found;
}

} // namespace sctl
