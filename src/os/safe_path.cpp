#include "os/safe_path.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <vector>

#include "base/log.hpp"
#include "base/text.hpp"
#include "os/users.hpp"

namespace sctl {
namespace {

constexpr int most_links = 32;

// From root's we may go anywhere, from anyone else's only to the same owner's.
bool is_unsafe(const struct stat& from, const struct stat& to) {
    return from.st_uid != 0 && from.st_uid != to.st_uid;
}

std::string owner_name(const Root& root, const struct stat& info) {
    auto number = cat(info.st_uid);
    auto user = find_user(root, number);
    return user ? user->name : number;
}

class Walk {
  public:
    Walk(const Root& root, const std::string& path, const WalkRules& rules)
        : root_(root), path_(path), rules_(rules), pending_{std::string(root.inside(path))} {}

    Result<OpenedPath> run();

  private:
    // The next part; those of the innermost link come first. Empty at the end.
    std::string take_part();
    bool is_last() const;
    Result<void> enter_root();
    Result<void> step(const std::string& part);
    Result<OpenedPath> open_part(const std::string& part);
    // Whether the step from where we were last is safe; if so, `next` is where we are.
    Result<void> check(const OpenedPath& next);
    Result<void> move_to(OpenedPath next);
    Result<void> follow(const OpenedPath& link);
    Error unsafe(const OpenedPath& to) const;

    const Root& root_;
    const std::string& path_;
    const WalkRules& rules_;
    std::vector<std::string> pending_; // the path, and what links on the way led to
    OpenedPath at_;                    // the directory that the next part is looked up in
    struct stat previous_ {};          // of the last step: that directory, or a link in it
    struct stat top_ {};               // of the root
    int links_ = 0;
};

std::string Walk::take_part() {
    while (!pending_.empty()) {
        auto& rest = pending_.back();
        auto begin = rest.find_first_not_of('/');
        if (begin == std::string::npos) {
            pending_.pop_back();
            continue;
        }
        auto end = std::min(rest.find('/', begin), rest.size());
        auto part = rest.substr(begin, end - begin);
        rest.erase(0, end);
        if (part != ".") return part;
    }
    return {};
}

bool Walk::is_last() const {
    for (const auto& rest : pending_) {
        if (rest.find_first_not_of('/') != std::string::npos) return false;
    }
    return true;
}

Error Walk::unsafe(const OpenedPath& to) const {
    auto from_path = read_link(path_of_fd(at_.fd.get())).value_or("n/a");
    auto to_path = read_link(path_of_fd(to.fd.get())).value_or("n/a");
    return Error{ENOLINK,
                 cat("Detected unsafe path transition ", from_path, " (owned by ",
                     owner_name(root_, at_.info), ") → ", to_path, " (owned by ",
                     owner_name(root_, to.info), ") during canonicalization of ", path_, "."),
                 {}};
}

Result<void> Walk::check(const OpenedPath& next) {
    bool by_link = S_ISLNK(previous_.st_mode) || S_ISLNK(next.info.st_mode);
    bool is_checked = rules_.trust == Trust::Owners || by_link;
    if (at_.fd && is_checked && is_unsafe(previous_, next.info)) return unsafe(next);
    previous_ = next.info;
    return {};
}

Result<void> Walk::move_to(OpenedPath next) {
    auto checked = check(next);
    if (!checked) return checked;
    bool passes_all = S_ISDIR(at_.info.st_mode) && (at_.info.st_mode & S_IWOTH) != 0;
    next.is_open_to_all = at_.is_open_to_all || passes_all;
    at_ = std::move(next);
    return {};
}

Result<void> Walk::enter_root() {
    OpenedPath top;
    auto where = root_.is_machine() ? std::string("/") : root_.prefix();
    top.fd.reset(open(where.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!top.fd || fstat(top.fd.get(), &top.info) < 0) return errno_error(where);
    top_ = top.info;
    return move_to(std::move(top));
}

Result<OpenedPath> Walk::open_part(const std::string& part) {
    OpenedPath next;
    constexpr int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
    next.fd.reset(openat(at_.fd.get(), part.c_str(), flags));
    // Nothing is made behind a link that leads nowhere.
    bool may_make = rules_.make_missing && pending_.size() == 1;
    if (!next.fd && errno == ENOENT && may_make) {
        bool made = mkdirat(at_.fd.get(), part.c_str(), 0755) == 0 || errno == EEXIST;
        if (!made) errno = ENOENT;
        if (made) next.fd.reset(openat(at_.fd.get(), part.c_str(), flags));
    }
    if (!next.fd || fstat(next.fd.get(), &next.info) < 0) return errno_error(path_);
    return next;
}

// The link's own owner decides where it may lead; what it says is looked up from the directory
// that it lies in, where we stay.
Result<void> Walk::follow(const OpenedPath& link) {
    auto checked = check(link);
    if (!checked) return checked;
    if (++links_ > most_links) return errno_error(path_, ELOOP);
    char target[PATH_MAX];
    ssize_t length = readlinkat(link.fd.get(), "", target, sizeof target);
    if (length <= 0) return errno_error(path_, length < 0 ? errno : EINVAL);
    pending_.emplace_back(target, static_cast<size_t>(length));
    return target[0] == '/' ? enter_root() : Result<void>{};
}

Result<void> Walk::step(const std::string& part) {
    bool at_top = at_.info.st_dev == top_.st_dev && at_.info.st_ino == top_.st_ino;
    if (part == ".." && at_top) return {};
    auto next = open_part(part);
    if (!next) return next.error();
    bool is_followed = S_ISLNK(next->info.st_mode) && (rules_.follow_last || !is_last());
    return is_followed ? follow(*next) : move_to(std::move(*next));
}

Result<OpenedPath> Walk::run() {
    if (!is_normalized_absolute(path_)) return errno_error(path_, EINVAL);
    if (root_.at(root_.inside(path_)) != path_ && path_ != root_.prefix()) {
        log_warning("Specified path '", path_, "' is outside of specified root directory '",
                    root_.prefix(), "', refusing to resolve.");
        return errno_error(path_, ECHRNG);
    }
    auto entered = enter_root();
    if (!entered) return entered.error();
    for (auto part = take_part(); !part.empty(); part = take_part()) {
        auto stepped = step(part);
        if (!stepped) return stepped.error();
    }
    return std::move(at_);
}

} // namespace

std::string path_of_fd(int fd) {
    return cat("/proc/self/fd/", fd);
}

Result<OpenedPath> open_safely(const Root& root, const std::string& path, const WalkRules& rules) {
    return Walk(root, path, rules).run();
}

} // namespace sctl
