#include "tmpfiles/apply.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "base/files.hpp"
#include "base/glob.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "os/remove_tree.hpp"
#include "os/safe_path.hpp"
#include "tmpfiles/adjust.hpp"
#include "tmpfiles/clean.hpp"
#include "tmpfiles/create.hpp"

namespace sctl {
namespace {

// The first errno of several steps, each logged when it happened.
class Failures {
  public:
    void add(const Result<void>& result) {
        if (result) return;
        log_error(result.error().text);
        note(result.error().code != 0 ? result.error().code : EIO);
    }
    // A failure that has been logged already.
    void note(int error) noexcept {
        if (first_ == 0) first_ = error;
    }
    [[nodiscard]] int first() const noexcept { return first_; }

  private:
    int first_ = 0;
};

class Application {
  public:
    Application(const Root& root, const ItemList& items, Span now)
        : root_(root), items_(items), now_(now), done_(items.groups().size()) {}

    void run(const Operations& operations) {
        for (size_t index : items_.order()) apply_group(index, operations, failures_);
    }
    [[nodiscard]] int first_error() const noexcept { return failures_.first(); }

  private:
    void apply_group(size_t index, const Operations& operations, Failures& failures);
    void create(const Item& item, Failures& failures);
    void remove(const Item& item, Failures& failures);
    void clean(const Item& item);

    Result<void> adjust_one(const Item& item, const std::string& path, Adjustment adjust);
    void adjust_all(const Item& item, const std::string& path, Adjustment adjust,
                    Failures& failures);
    void adjust_tree(const Item& item, int fd, const std::string& path, Adjustment adjust,
                     Failures& failures);
    Result<void> remove_one(const std::string& path, bool recursive);
    Result<void> empty_directory(const std::string& path);
    std::vector<std::string> matches(const Item& item) const {
        return matching_paths(item.path, DanglingLinks::Match);
    }

    const Root& root_;
    const ItemList& items_;
    Span now_;
    std::vector<Operations> done_; // by group
    Failures failures_;
};

void Application::apply_group(size_t index, const Operations& operations, Failures& failures) {
    const auto& group = items_.groups()[index];
    auto& done = done_[index];
    Operations todo{operations.create && !done.create, operations.clean && !done.clean,
                    operations.remove && !done.remove};
    if (!todo.create && !todo.clean && !todo.remove) return;
    done = {done.create || todo.create, done.clean || todo.clean, done.remove || todo.remove};
    if (todo.create && group.parent) apply_group(*group.parent, {.create = true}, failures);
    if (todo.clean || todo.remove) {
        Operations taking{false, todo.clean, todo.remove};
        for (size_t child : group.children) apply_group(child, taking, failures);
    }
    for (const auto& item : group.items) {
        if (todo.create) create(item, failures);
        if (todo.remove) remove(item, failures);
        if (todo.clean) clean(item);
    }
}

Result<void> Application::adjust_one(const Item& item, const std::string& path, Adjustment adjust) {
    if (!is_normalized_absolute(path))
        return Error{EINVAL, cat("Failed to open invalid path '", path, "'."), {}};
    auto opened = open_safely(root_, path);
    if (!opened && opened.error().code == ENOLINK) return opened.error();
    if (!opened) return errno_error(cat("Failed to open path '", path, "'"), opened.error().code);
    return adjust(item, {opened->fd.get(), path, opened->info});
}

void Application::adjust_all(const Item& item, const std::string& path, Adjustment adjust,
                             Failures& failures) {
    auto opened = open_safely(root_, path, {.trust = Trust::LinksOnly});
    if (!opened && opened.error().code == ENOLINK) return failures.add(opened.error());
    if (!opened)
        return failures.add(
            errno_error(cat("Opening '", path, "' failed, ignoring"), opened.error().code));
    adjust_tree(item, opened->fd.get(), path, adjust, failures);
}

void Application::adjust_tree(const Item& item, int fd, const std::string& path, Adjustment adjust,
                              Failures& failures) {
    struct stat info {};
    if (fstat(fd, &info) < 0) return failures.add(errno_error("fstat() on file failed"));
    failures.add(adjust(item, {fd, path, info}));
    if (!S_ISDIR(info.st_mode)) return;
    auto through = path_of_fd(fd);
    DirectoryStream directory(opendir(through.c_str()));
    if (!directory) return failures.add(errno_error(cat("Failed to opendir() '", through, "'")));
    while (dirent* entry = readdir(directory.get())) {
        std::string name = entry->d_name;
        if (name == "." || name == "..") continue;
        UniqueFd child(openat(fd, name.c_str(), O_NOFOLLOW | O_CLOEXEC | O_PATH));
        if (!child) {
            failures.add(errno_error(cat("Failed to open() file '", name, "'")));
            continue;
        }
        adjust_tree(item, child.get(), cat(path, "/", name), adjust, failures);
    }
}

void Application::create(const Item& item, Failures& failures) {
    Failures own;
    auto each = [&](auto action) {
        for (const auto& path : matches(item)) own.add(action(path));
    };
    auto adjust_each = [&](Adjustment adjust) {
        each([&](const std::string& path) { return adjust_one(item, path, adjust); });
    };
    auto adjust_trees = [&](Adjustment adjust) {
        for (const auto& path : matches(item)) adjust_all(item, path, adjust, own);
    };
    switch (item.type) {
        case ItemType::IgnorePath:
        case ItemType::IgnoreDirectoryPath:
        case ItemType::RemovePath:
        case ItemType::RecursiveRemovePath: break;
        case ItemType::WriteFile:
            each([&](const std::string& path) { return write_to_file(root_, item, path); });
            break;
        case ItemType::EmptyDirectory:
            each([&](const std::string& path) { return adjust_directory(root_, item, path); });
            break;
        case ItemType::AdjustMode:
        case ItemType::RelabelPath: adjust_each(set_permissions); break;
        case ItemType::RecursiveRelabelPath: adjust_trees(set_permissions); break;
        case ItemType::SetXattr: adjust_each(set_xattrs); break;
        case ItemType::RecursiveSetXattr: adjust_trees(set_xattrs); break;
        case ItemType::SetAcl: adjust_each(set_acls); break;
        case ItemType::RecursiveSetAcl: adjust_trees(set_acls); break;
        case ItemType::SetAttribute: adjust_each(set_attributes); break;
        case ItemType::RecursiveSetAttribute: adjust_trees(set_attributes); break;
        default: own.add(create_item(root_, item));
    }
    if (own.first() != 0 && !item.allow_failure) failures.note(own.first());
}

Result<void> Application::remove_one(const std::string& path, bool recursive) {
    if (root_.inside(path) == "/") {
        return Error{EPERM,
                     cat("Attempted to remove entire root file system (\"", path,
                         "\"), and we can't allow that."),
                     {}};
    }
    auto words = cat(recursive ? "rm_rf(" : "rm(", path, ")");
    std::string above(directory_of(path)), name(base_name(path));
    auto opened = open_safely(root_, above, {.follow_last = true, .trust = Trust::LinksOnly});
    if (!opened) {
        int error = opened.error().code;
        if (error == ENOENT) return {};
        return error == ENOLINK ? Result<void>(opened.error()) : errno_error(words, error);
    }
    int at = opened->fd.get();
    if (recursive) {
        auto removed = remove_tree_at(at, name);
        return removed ? removed : errno_error(words, removed.error().code);
    }
    if (unlinkat(at, name.c_str(), 0) == 0 || errno == ENOENT) return {};
    bool is_directory = errno == EISDIR || errno == EPERM;
    if (is_directory && (unlinkat(at, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT))
        return {};
    return errno_error(words);
}

Result<void> Application::empty_directory(const std::string& path) {
    auto words = cat("rm_rf(", path, ")");
    auto opened = open_safely(root_, path, {.trust = Trust::LinksOnly});
    if (!opened) {
        int error = opened.error().code;
        if (error == ENOENT) return {};
        return error == ENOLINK ? Result<void>(opened.error()) : errno_error(words, error);
    }
    if (!S_ISDIR(opened->info.st_mode)) {
        return errno_error(words, ENOTDIR);
    }
    auto removed = remove_contents(opened->fd.get());
    return removed ? removed : errno_error(words, removed.error().code);
}

void Application::remove(const Item& item, Failures& failures) {
    if (item.type == ItemType::TruncateDirectory) return failures.add(empty_directory(item.path));
    bool recursive = item.type == ItemType::RecursiveRemovePath;
    if (!recursive && item.type != ItemType::RemovePath) return;
    for (const auto& path : matches(item)) failures.add(remove_one(path, recursive));
}

void Application::clean(const Item& item) {
    bool is_plain = creates_directory(item.type) || item.type == ItemType::IgnorePath ||
                    item.type == ItemType::CopyFiles;
    if (is_plain) return clean_directory(items_, item, item.path, now_);
    bool is_pattern =
        item.type == ItemType::EmptyDirectory || item.type == ItemType::IgnoreDirectoryPath;
    if (!is_pattern || !item.age) return;
    for (const auto& path : matches(item)) clean_directory(items_, item, path, now_);
}

} // namespace

int apply_items(const Root& root, const ItemList& items, const Operations& operations, Span now) {
    Application application(root, items, now);
    if (operations.remove || operations.clean)
        application.run({.clean = operations.clean, .remove = operations.remove});
    if (operations.create) application.run({.create = true});
    return application.first_error();
}

} // namespace sctl
