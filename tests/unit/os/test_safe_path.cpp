#include "os/safe_path.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cerrno>

#include "base/text.hpp"
#include "temporary_directory.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("os");

namespace {

struct Tree : TemporaryDirectory {
    Result<OpenedPath> open(const std::string& path,
                            WalkRules rules = {.follow_last = true}) const {
        return open_safely(root(), this->path() + path, rules);
    }
    bool exists(const std::string& name) const {
        return access((path() + name).c_str(), F_OK) == 0;
    }
    void give_away(const std::string& name) const {
        CHECK(lchown((path() + name).c_str(), 1234, 1234) == 0);
    }
};

bool is_root() {
    return geteuid() == 0;
}

} // namespace

TEST_CASE("absolute links lead to the root's own") {
    Tree tree;
    tree.write("/real/file", "");
    tree.link("/link", "/real");
    tree.link("/up", "../../../real");
    CHECK(tree.open("/link/file"));
    CHECK(tree.open("/up/file"));
    CHECK(tree.open("/real/../real").error().code == EINVAL);
}

TEST_CASE("the last link is followed only if that is asked for") {
    Tree tree;
    tree.link("/link", "nowhere");
    CHECK(tree.open("/link").error().code == ENOENT);
    auto opened = tree.open("/link", {});
    REQUIRE(opened);
    CHECK(S_ISLNK(opened->info.st_mode));
}

TEST_CASE("links in a ring are an error") {
    Tree tree;
    tree.link("/a", "b");
    tree.link("/b", "a");
    CHECK(tree.open("/a").error().code == ELOOP);
}

TEST_CASE("directories are made on the way, but none behind a link that leads nowhere") {
    Tree tree;
    tree.link("/link", "/missing/deep");
    CHECK(tree.open("/new/deep", {.follow_last = true, .make_missing = true}));
    CHECK(!tree.open("/link/x", {.follow_last = true, .make_missing = true}));
    CHECK(!tree.exists("/missing"));
}

TEST_CASE("a link that somebody else made is not followed to root's files") {
    if (!is_root()) return;
    Tree tree;
    tree.write("/etc/secret", "");
    tree.link("/home/link", "/etc");
    tree.give_away("/home");
    tree.give_away("/home/link");
    auto opened = tree.open("/home/link/secret");
    REQUIRE(!opened);
    CHECK(opened.error().code == ENOLINK);
    CHECK(opened.error().text.starts_with("Detected unsafe path transition "));
    CHECK(tree.open("/home/link/secret", {.trust = Trust::LinksOnly}).error().code == ENOLINK);
}

TEST_CASE("root's file in somebody's directory is unsafe, but not if links alone count") {
    if (!is_root()) return;
    Tree tree;
    tree.write("/home/file", "");
    tree.give_away("/home");
    CHECK(tree.open("/home/file").error().code == ENOLINK);
    CHECK(tree.open("/home/file", {.trust = Trust::LinksOnly}));
}

TEST_CASE("somebody's own tree is entered") {
    if (!is_root()) return;
    Tree tree;
    tree.write("/home/real/file", "");
    tree.link("/home/link", "real");
    for (auto name : {"/home", "/home/real", "/home/real/file", "/home/link"}) tree.give_away(name);
    CHECK(tree.open("/home/link/file"));
}

TEST_SUITE_END();
