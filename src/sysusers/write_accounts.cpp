#include "sysusers/write_accounts.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "base/text.hpp"

namespace sctl {
namespace {

struct AccountFile {
    const char* path;
    std::optional<std::string> AccountTexts::*text;
    mode_t mode_for_new;
};
// In this order they are put in place: a group is there before the user that is in it.
constexpr std::array<AccountFile, 4> account_files{{{"/etc/group", &AccountTexts::group, 0644},
                                                    {"/etc/gshadow", &AccountTexts::gshadow, 0},
                                                    {"/etc/passwd", &AccountTexts::passwd, 0644},
                                                    {"/etc/shadow", &AccountTexts::shadow, 0}}};

// A file beside the one that it will take the place of; gone at the end unless it has.
class TemporaryFile {
  public:
    TemporaryFile() = default;
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() {
        if (!path_.empty()) unlink(path_.c_str());
    }

    // With owner and mode of `like`, or the mode alone where there is none.
    Result<void> write(const std::string& beside, std::string_view text, const struct stat* like,
                       mode_t mode);
    // With the times of `like` if any, and on disk before it is in place.
    Result<void> move_to(const std::string& target, const struct stat* times);
    [[nodiscard]] bool is_written() const noexcept { return !path_.empty(); }

  private:
    UniqueFd fd_;
    std::string path_;
};

Result<void> TemporaryFile::write(const std::string& beside, std::string_view text,
                                  const struct stat* like, mode_t mode) {
    std::string path = cat(beside, ".XXXXXX");
    fd_.reset(mkostemp(path.data(), O_CLOEXEC));
    if (!fd_) return errno_error(beside);
    path_ = path;
    while (!text.empty()) {
        ssize_t put = ::write(fd_.get(), text.data(), text.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return errno_error(path_);
        text.remove_prefix(static_cast<size_t>(put));
    }
    if (like && fchown(fd_.get(), like->st_uid, like->st_gid) < 0) return errno_error(path_);
    if (fchmod(fd_.get(), like ? like->st_mode & 07777 : mode) < 0) return errno_error(path_);
    return {};
}

Result<void> TemporaryFile::move_to(const std::string& target, const struct stat* times) {
    if (times) {
        timespec both[] = {times->st_atim, times->st_mtim};
        (void)futimens(fd_.get(), both);
    }
    if (fsync(fd_.get()) < 0) return errno_error(path_);
    if (rename(path_.c_str(), target.c_str()) < 0)
        return errno_error(cat("Failed to rename ", path_, " to ", target));
    path_.clear();
    return {};
}

Result<void> back_up(const std::string& path) {
    struct stat info {};
    if (stat(path.c_str(), &info) < 0) return errno == ENOENT ? Result<void>{} : errno_error(path);
    auto text = read_file(path);
    if (!text) return text.error();
    TemporaryFile copy;
    auto written = copy.write(path, *text, &info, 0);
    if (written) written = copy.move_to(cat(path, "-"), &info);
    return written ? written : written.error().during(cat("Failed to backup ", path));
}

} // namespace

Result<AccountTexts> read_account_files(const Root& root) {
    AccountTexts texts;
    for (const auto& file : account_files) {
        auto text = read_file(root.at(file.path));
        if (!text && text.error().code != ENOENT) return text.error();
        if (text) texts.*file.text = std::move(*text);
    }
    return texts;
}

Result<UniqueFd> lock_accounts(const Root& root) {
    auto path = root.at("/etc/.pwd.lock");
    UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW, 0600));
    if (!fd) return errno_error("Failed to take /etc/passwd lock");
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    while (fcntl(fd.get(), F_SETLKW, &lock) < 0) {
        if (errno != EINTR) return errno_error("Failed to take /etc/passwd lock");
    }
    return fd;
}

Result<void> write_account_files(const Root& root, const AccountTexts& texts) {
    std::array<TemporaryFile, account_files.size()> written;
    for (size_t i = 0; i < account_files.size(); ++i) {
        const auto& file = account_files[i];
        const auto& text = texts.*file.text;
        if (!text) continue;
        auto path = root.at(file.path);
        struct stat info {};
        bool exists = stat(path.c_str(), &info) == 0;
        auto done = written[i].write(path, *text, exists ? &info : nullptr, file.mode_for_new);
        if (!done) return done;
    }
    for (size_t i = 0; i < account_files.size(); ++i) {
        if (!written[i].is_written()) continue;
        auto backed_up = back_up(root.at(account_files[i].path));
        if (!backed_up) return backed_up;
    }
    for (size_t i = 0; i < account_files.size(); ++i) {
        if (!written[i].is_written()) continue;
        auto moved = written[i].move_to(root.at(account_files[i].path), nullptr);
        if (!moved) return moved;
    }
    return {};
}

} // namespace sctl
