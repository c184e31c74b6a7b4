#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "base/text.hpp"
#include "journal/backlog.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("journal");

TEST_CASE("what one process has not written the next one finds") {
    auto memory = Backlog::make_memory();
    REQUIRE(memory);
    {
        Backlog first(memory->get());
        CHECK(first.append("one\ntwo\n"));
        first.remove_front(4);
        first.set_lines_in_hand(3);
    }
    Backlog next(memory->get());
    CHECK(next.text() == "two\n");
    CHECK(next.lines_in_hand() == 3);
    next.remove_front(4);
    CHECK(next.size() == 0);
}

TEST_CASE("memory with numbers that cannot be is empty") {
    for (auto [begin, end] : {std::pair<uint64_t, uint64_t>{10, 5}, {0, uint64_t{1} << 40}}) {
        auto memory = Backlog::make_memory();
        REQUIRE(memory);
        uint64_t numbers[] = {begin, end};
        REQUIRE(pwrite(memory->get(), numbers, sizeof numbers, 0) == sizeof numbers);
        Backlog backlog(memory->get());
        CHECK(backlog.size() == 0);
        CHECK(backlog.append("line\n"));
        CHECK(backlog.text() == "line\n");
    }
}

TEST_CASE("a backlog is in one piece however it has been filled and emptied") {
    Backlog backlog;
    std::string block(700'000, 'x'), kept;
    size_t begin = 0;
    for (int i = 0; i < 40; ++i) {
        block[0] = static_cast<char>('a' + i % 26);
        REQUIRE(backlog.append(block));
        kept += block;
        REQUIRE(backlog.text() == std::string_view(kept).substr(begin));
        size_t taken = backlog.size() - 1000;
        backlog.remove_front(taken);
        begin += taken;
    }
}

TEST_CASE("what does not fit is refused as a whole") {
    Backlog backlog;
    CHECK(backlog.append(std::string(Backlog::capacity, 'x')));
    CHECK_FALSE(backlog.append("y"));
    backlog.remove_front(1);
    CHECK(backlog.append("y"));
    CHECK(backlog.text().back() == 'y');
}

TEST_CASE("an empty backlog gives its memory back") {
    auto memory = Backlog::make_memory();
    REQUIRE(memory);
    Backlog backlog(memory->get());
    CHECK(backlog.append(std::string(1 << 20, 'x')));
    backlog.remove_front(1 << 20);
    struct stat found {};
    REQUIRE(fstat(memory->get(), &found) == 0);
    CHECK(found.st_blocks * 512 < 64 << 10);
}

TEST_CASE("memory that is none of ours is not used") {
    Backlog backlog(0);
    CHECK(backlog.append("still"));
    CHECK(backlog.text() == "still");
}

TEST_SUITE_END();
