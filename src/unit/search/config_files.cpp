#include "unit/search/config_files.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <map>

#include "base/log.hpp"
#include "base/resolve_path.hpp"
#include "base/text.hpp"
#include "unit/search/directory_listing.hpp"

namespace sctl {
namespace {

using Files = std::map<std::string, std::string>; // paths by name

Files files_by_name(const Root& root, std::span<const std::string_view> directories) {
    Files files;
    for (auto directory : directories) {
        auto resolved = resolve_path(root, directory);
        if (!resolved) continue;
        auto items = list_directory(root.at(*resolved));
        if (!items) continue;
        for (const auto& item : *items) {
            if (item.name.ends_with(".conf") && !is_hidden_or_backup(item.name))
                files.try_emplace(item.name, cat(directory, "/", item.name));
        }
    }
    return files;
}

std::vector<std::string> unmasked(const Root& root, const Files& files) {
    std::vector<std::string> paths;
    for (const auto& [name, path] : files) {
        auto resolved = resolve_path(root, path);
        if (!resolved || *resolved != "/dev/null") paths.push_back(path);
    }
    return paths;
}

Result<std::string> read_text(const std::string& path) {
    if (path == "/dev/null") return std::string();
    return read_file(path);
}

} // namespace

std::vector<std::string> config_files(const Root& root,
                                      std::span<const std::string_view> directories) {
    return unmasked(root, files_by_name(root, directories));
}

std::vector<std::string> config_files_with(const Root& root,
                                           std::span<const std::string_view> directories,
                                           std::string_view replaced) {
    auto files = files_by_name(root, directories);
    auto rank = [&](std::string_view path) {
        return std::ranges::find(directories, directory_of(path)) - directories.begin();
    };
    auto& path = files[std::string(base_name(replaced))];
    bool is_replaced = path.empty() || rank(replaced) <= rank(path);
    if (is_replaced) path = replaced;
    auto paths = unmasked(root, files);
    // What is replaced counts even where the file on disk is a mask.
    if (is_replaced && std::ranges::find(paths, replaced) == paths.end()) {
        auto later = [&](const std::string& other) {
            return base_name(other) > base_name(replaced);
        };
        paths.emplace(std::ranges::find_if(paths, later), replaced);
    }
    return paths;
}

Result<std::string> find_config_file(const Root& root,
                                     std::span<const std::string_view> directories,
                                     std::string_view name) {
    if (name.starts_with('/')) return std::string(name);
    for (auto directory : directories) {
        auto path = root.at(cat(directory, "/", name));
        if (access(path.c_str(), F_OK) == 0) return path;
    }
    return errno_error(name, ENOENT);
}

std::string absolute_path_here(std::string_view path) {
    if (path.starts_with('/')) return simplify_path(path);
    char here[PATH_MAX];
    return simplify_path(cat(getcwd(here, sizeof here) ? here : "/", "/", path));
}

Result<std::vector<ConfigLine>> read_config_lines(const std::string& path) {
    auto text = path == "-" ? read_standard_input() : read_text(path);
    if (!text) return text.error();
    std::vector<ConfigLine> lines;
    std::string_view rest = *text;
    for (unsigned number = 1; !rest.empty(); ++number) {
        auto end = std::min(rest.find('\n'), rest.size());
        auto line = trim(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (!line.empty() && line.front() != '#') lines.push_back({number, std::string(line)});
    }
    return lines;
}

bool print_config(const Root& root, std::span<const std::string_view> directories) {
    std::string out;
    bool good = true;
    for (const auto& file : config_files(root, directories)) {
        auto resolved = resolve_path(root, file);
        auto text =
            resolved ? read_text(root.at(*resolved)) : Result<std::string>(resolved.error());
        if (text) {
            out += cat(out.empty() ? "" : "\n", "# ", root.at(file), "\n", *text);
        } else {
            log_error(text.error().during("Failed to cat").text);
            good = false;
        }
    }
    return print(out) && good;
}

const char* problem_of_replaced_path(std::string_view path) {
    if (path.empty()) return nullptr;
    if (!path.starts_with('/')) return "The argument to --replace= must be an absolute path.";
    if (!path.ends_with(".conf"))
        return "The argument to --replace= must have the extension '.conf'.";
    return nullptr;
}

const char* problem_of_replacing(std::string_view path, bool cats_config, bool has_items) {
    if (path.empty()) return nullptr;
    if (cats_config) return "Option --replace= is not supported with --cat-config.";
    if (!has_items) return "When --replace= is given, some configuration items must be specified.";
    return nullptr;
}

} // namespace sctl
