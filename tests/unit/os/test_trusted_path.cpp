#include "os/trusted_path.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <string>

#include "base/unique_fd.hpp"
#include "temporary_directory.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("os");

namespace {

// Below a directory that root alone can write to: what lies in /tmp is nobody's to be trusted.
struct TrustedTree : TemporaryDirectory {
    int open(const std::string& name, std::optional<mode_t> mode = std::nullopt) const {
        return open_trusted_directory((path() + name).c_str(), mode);
    }
    mode_t mode_of(const std::string& name) const {
        struct stat info {};
        return stat((path() + name).c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
    }
};

} // namespace

TEST_CASE("missing directories are made, the last with the mode that was asked for") {
    TrustedTree tree;
    umask(0);
    UniqueFd opened(tree.open("/a/b//c/", 0700));
    umask(022);
    CHECK(opened);
    CHECK(tree.mode_of("/a/b") == 0755);
    CHECK(tree.mode_of("/a/b/c") == 0700);
    CHECK(tree.open("/a/x") == -ENOENT);
}

TEST_CASE("a link that somebody could have put there is not followed, at the end or on the way") {
    TrustedTree tree;
    tree.write("/real/sub/file", "");
    tree.link("/link", "real");
    CHECK(tree.open("/link") == -ENOTDIR);
    CHECK(tree.open("/link/sub") == -ENOTDIR);
    CHECK(tree.open("/link/new", 0755) == -ENOTDIR);
    CHECK(access((tree.path() + "/real/new").c_str(), F_OK) < 0);
    CHECK(open_trusted_parent((tree.path() + "/link/sub").c_str(), false).directory == -ENOTDIR);
}

TEST_CASE("what is no directory is no way") {
    TrustedTree tree;
    tree.write("/file", "");
    REQUIRE(mkfifo((tree.path() + "/fifo").c_str(), 0600) == 0);
    CHECK(tree.open("/file", 0755) == -ENOTDIR);
    CHECK(tree.open("/fifo", 0755) == -ENOTDIR);
    CHECK(tree.open("/fifo/below", 0755) == -ENOTDIR);
}

TEST_CASE("the parent of a path is opened, and the last part left to the caller") {
    TrustedTree tree;
    tree.write("/a/file", "");
    auto path = tree.path() + "/a/file";
    auto found = open_trusted_parent(path.c_str(), false);
    UniqueFd parent(found.directory);
    REQUIRE(parent);
    CHECK(std::string(found.name) == "file");
    CHECK(faccessat(parent.get(), found.name, F_OK, 0) == 0);
    CHECK(open_trusted_parent("relative", false).directory == -EINVAL);
}

TEST_CASE("root's links are followed where nobody else could have made them") {
    struct stat info {};
    bool is_roots = geteuid() == 0 && lstat("/run", &info) == 0 && S_ISDIR(info.st_mode) &&
                    (info.st_mode & 022) == 0;
    if (!is_roots) return;
    std::string base = "/run/sctl-test." + std::to_string(getpid());
    REQUIRE(mkdir(base.c_str(), 0755) == 0);
    REQUIRE(mkdir((base + "/real").c_str(), 0755) == 0);
    REQUIRE(symlink((base + "/real").c_str(), (base + "/link").c_str()) == 0);
    REQUIRE(symlink("link/deep", (base + "/dangling").c_str()) == 0);
    REQUIRE(symlink("ring", (base + "/ring").c_str()) == 0);
    auto open = [&](const char* name, std::optional<mode_t> mode) {
        return open_trusted_directory((base + name).c_str(), mode);
    };
    CHECK(UniqueFd(open("/link", std::nullopt)));
    CHECK(UniqueFd(open("/link/sub", 0755)));
    CHECK(access((base + "/real/sub").c_str(), F_OK) == 0);
    CHECK(UniqueFd(open("/dangling", 0755)));
    CHECK(access((base + "/real/deep").c_str(), F_OK) == 0);
    CHECK(open("/ring", std::nullopt) == -ELOOP);
    // A part of the way that is somebody else's ends the trust in all below.
    REQUIRE(chown((base + "/real").c_str(), 65534, 65534) == 0);
    REQUIRE(symlink(base.c_str(), (base + "/real/back").c_str()) == 0);
    CHECK(UniqueFd(open("/link/sub", std::nullopt)));
    CHECK(open("/link/back", std::nullopt) == -ENOTDIR);
    boost::system::error_code ignored;
    boost::filesystem::remove_all(base, ignored);
}

TEST_SUITE_END();
