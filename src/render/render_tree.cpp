#include "render/render_tree.hpp"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "base/files.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "render/output_file.hpp"

namespace sctl {
namespace {

Result<std::vector<std::string>> names_in(const std::string& directory) {
    DirectoryStream stream(opendir(directory.c_str()));
    if (!stream) return errno_error(directory);
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = readdir(stream.get())) {
        std::string_view name = entry->d_name;
        if (name != "." && name != "..") names.emplace_back(name);
        errno = 0;
    }
    if (errno != 0) return errno_error(directory);
    std::ranges::sort(names);
    return names;
}

// "/a" of "/a/": a slash follows.
std::string without_slash(const std::string& directory) {
    return std::string(trim_end(directory, "/"));
}

class TreeRenderer {
  public:
    TreeRenderer(const RenderTree& tree, const TextRenderer& render)
        : tree_(tree), render_(render) {}

    // False where the work is to end.
    bool directory(const std::string& from, const std::string& to) {
        auto names = names_in(from);
        if (!names) return has_failed(names.error());
        std::string above = without_slash(from);
        return std::ranges::all_of(*names, [&](const std::string& name) {
            return entry(cat(above, "/", name), cat(to, "/", name));
        });
    }
    [[nodiscard]] bool is_well() const { return is_well_; }

  private:
    bool has_failed(const Error& error) {
        log_error(error.text);
        is_well_ = false;
        return tree_.checks_only;
    }

    bool entry(const std::string& from, const std::string& to) {
        struct stat info {};
        if (lstat(from.c_str(), &info) < 0) return has_failed(errno_error(from));
        bool is_link = S_ISLNK(info.st_mode);
        if (is_link && stat(from.c_str(), &info) < 0) return has_failed(errno_error(from));
        if (S_ISREG(info.st_mode)) return file(from, to, info);
        if (!S_ISDIR(info.st_mode))
            return has_failed({EINVAL, cat(from, ": not a regular file"), {}});
        if (is_link) return true;
        if (!tree_.checks_only) {
            auto made = make_output_directory(to, info);
            if (!made) return has_failed(made.error());
        }
        return directory(from, to);
    }

    bool file(const std::string& from, const std::string& to, const struct stat& info) {
        struct stat there {};
        bool exists = !tree_.checks_only && lstat(to.c_str(), &there) == 0;
        if (exists) return leave_alone(to);
        auto text = read_file(from);
        if (!text) return has_failed(text.error());
        auto rendered = render_(*text, from);
        if (!rendered) return has_failed(rendered.error());
        if (tree_.checks_only) return true;
        auto written = write_output_file(to, *rendered, info);
        if (!written) return has_failed(written.error());
        return *written == MadeOutput::Existed ? leave_alone(to) : true;
    }

    static bool leave_alone(const std::string& path) {
        log_warning(path, ": exists, left as it is");
        return true;
    }

    const RenderTree& tree_;
    const TextRenderer& render_;
    bool is_well_ = true;
};

} // namespace

bool render_tree(const RenderTree& tree, const TextRenderer& render) {
    TreeRenderer renderer(tree, render);
    (void)renderer.directory(tree.templates, without_slash(tree.output));
    return renderer.is_well();
}

} // namespace sctl
