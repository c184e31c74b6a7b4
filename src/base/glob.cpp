#include "base/glob.hpp"

#include <dirent.h>
#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "base/text.hpp"

namespace sctl {
namespace {

std::vector<std::string> matching_names(const std::string& directory, std::string_view pattern) {
    std::vector<std::string> names;
    std::unique_ptr<DIR, int (*)(DIR*)> open(opendir(directory.empty() ? "/" : directory.c_str()),
                                             closedir);
    if (!open) return names;
    std::string text(pattern);
    while (dirent* entry = readdir(open.get())) {
        if (fnmatch(text.c_str(), entry->d_name, FNM_PERIOD) == 0)
            names.emplace_back(entry->d_name);
    }
    return names;
}

} // namespace

std::vector<std::string> matching_paths(std::string_view pattern) {
    std::vector<std::string> found{""};
    for (auto part : split(pattern, "/")) {
        std::vector<std::string> next;
        for (const auto& directory : found) {
            if (!is_glob(part)) {
                next.push_back(cat(directory, "/", part));
                continue;
            }
            for (const auto& name : matching_names(directory, part))
                next.push_back(cat(directory, "/", name));
        }
        found = std::move(next);
    }
    std::erase_if(found, [](const std::string& path) { return access(path.c_str(), F_OK) != 0; });
    std::ranges::sort(found);
    return found;
}

} // namespace sctl
