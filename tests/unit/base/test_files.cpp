#include "base/files.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "temporary_directory.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("base");

TEST_CASE("a root puts its prefix before a path and takes it off again") {
    Root root("/srv/image/");
    CHECK(root.at("/etc") == "/srv/image/etc");
    CHECK(root.inside("/srv/image/etc") == "/etc");
    CHECK(root.inside("/srv/image2") == "/srv/image2");
    CHECK(Root("/").at("/etc") == "/etc");
}

TEST_CASE("read_file refuses what would block or be huge") {
    TemporaryDirectory dir;
    auto fifo = dir.path() + "/fifo";
    REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
    CHECK(read_file(fifo).error().text == fifo + ": not a regular file");
    CHECK(read_file(dir.path()).error().code == EISDIR);
    CHECK(read_file(dir.path() + "/none").error().code == ENOENT);
    auto big = dir.write("/big", "12345");
    CHECK(read_file(big, 4).error().code == EFBIG);
    CHECK(*read_file(big) == "12345");
}

TEST_CASE("read_standard_input waits for a slow writer, also where the descriptor does not block") {
    int ends[2];
    REQUIRE(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
    int saved = dup(STDIN_FILENO);
    REQUIRE(dup2(ends[0], STDIN_FILENO) == STDIN_FILENO);
    std::thread writer([&] {
        for (char c : {'a', 'b'}) {
            CHECK(write(ends[1], &c, 1) == 1);
            for (int left = 1; left > 0; std::this_thread::yield()) ioctl(ends[1], FIONREAD, &left);
        }
        close(ends[1]);
    });
    auto text = read_standard_input();
    writer.join();
    dup2(saved, STDIN_FILENO);
    close(saved);
    close(ends[0]);
    REQUIRE(text);
    CHECK(*text == "ab");
}

TEST_CASE("write_file_atomically replaces the whole text and leaves nothing beside it") {
    TemporaryDirectory dir;
    auto path = dir.write("/f", "old");
    REQUIRE(write_file_atomically(path, "new", 0600));
    CHECK(*read_file(path) == "new");
    struct stat info {};
    stat(path.c_str(), &info);
    CHECK((info.st_mode & 0777) == 0600);
    CHECK(!write_file_atomically(dir.path() + "/none/f", "x"));
}

TEST_CASE("make_directories makes all that is missing") {
    TemporaryDirectory dir;
    CHECK(make_directories(dir.path() + "/a/b/c"));
    CHECK(make_directories(dir.path() + "/a/b/c"));
    dir.write("/file", "");
    CHECK(make_directories(dir.path() + "/file/x").error().code == ENOTDIR);
}

TEST_CASE("simplify_path takes out empty and dot parts") {
    CHECK(simplify_path("//a///b/./c/") == "/a/b/c");
    CHECK(simplify_path("/") == "/");
    CHECK(simplify_path("a//b") == "a/b");
    CHECK(!is_normalized_absolute("/a/../b"));
    CHECK(!is_normalized_absolute("a"));
    CHECK(is_normalized_absolute("/a/..b"));
}

TEST_SUITE_END();
