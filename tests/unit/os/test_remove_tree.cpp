#include "os/remove_tree.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "temporary_directory.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("os");

namespace {

// A chain of directories, each with a file, deeper than any path can name.
void nest(const std::string& top, int depth) {
    UniqueFd at(open(top.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    for (int i = 0; i < depth; ++i) {
        REQUIRE(mkdirat(at.get(), "d", 0755) == 0);
        UniqueFd below(openat(at.get(), "d", O_PATH | O_DIRECTORY | O_CLOEXEC));
        UniqueFd file(openat(below.get(), "file", O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
        REQUIRE(file);
        at = std::move(below);
    }
}

bool is_there(const std::string& path) {
    struct stat info {};
    return lstat(path.c_str(), &info) == 0;
}

} // namespace

TEST_CASE("a tree is removed however deep it is") {
    TemporaryDirectory directory;
    for (int depth : {1, 199, 200, 201, 202, 1500}) {
        CAPTURE(depth);
        auto tree = cat(directory.path(), "/tree");
        REQUIRE(mkdir(tree.c_str(), 0755) == 0);
        for (auto name : {"/one", "/two"}) {
            REQUIRE(mkdir(cat(tree, name).c_str(), 0755) == 0);
            nest(cat(tree, name), depth);
        }
        auto removed = remove_tree(tree);
        CHECK_MESSAGE(removed, (removed ? "" : removed.error().text));
        CHECK(!is_there(tree));
    }
}

TEST_CASE("links are removed, not what they lead to, and none is followed on the way") {
    TemporaryDirectory directory;
    directory.write("/precious/sub/file", "");
    directory.link("/tree/link", "../precious");
    directory.link("/way", "precious");
    CHECK(!remove_tree(cat(directory.path(), "/way/sub")));
    remove_file(cat(directory.path(), "/way/sub/file"));
    CHECK(remove_tree(cat(directory.path(), "/tree")));
    CHECK(remove_tree(cat(directory.path(), "/not-there")));
    CHECK(remove_tree(cat(directory.path(), "/not-there/below")));
    CHECK(is_there(cat(directory.path(), "/precious/sub/file")));
    remove_file(cat(directory.path(), "/precious/sub/file"));
    CHECK(!is_there(cat(directory.path(), "/precious/sub/file")));
}

TEST_SUITE_END();
