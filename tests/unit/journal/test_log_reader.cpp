#include "journal/log_reader.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "journal/log_files.hpp"
#include "stored_log.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("journal");

namespace {

using Texts = std::vector<std::string>;

LogReader reader_of(const StoredLog& log, std::vector<std::string> units, Span since = {}) {
    LogQuery query;
    query.units = std::move(units);
    query.since = since;
    return LogReader(log.directory.root(), query);
}

Texts in_order(const LogReader& reader, Direction direction) {
    Texts texts;
    reader.each(direction, [&](const LogLine& line) {
        texts.push_back(line.text);
        return true;
    });
    return texts;
}

} // namespace

TEST_CASE("the last lines of a unit come oldest first, across its rotated file") {
    StoredLog log;
    log.append("a.service.log.1", log.line(0, "one") + log.line(1, "two"));
    log.append("a.service.log", log.line(2, "three"));
    auto reader = reader_of(log, {"a.service"});
    CHECK(log.texts(reader.last(2)) == Texts{"two", "three"});
    CHECK(log.texts(reader.last(10)) == Texts{"one", "two", "three"});
    CHECK(reader.last(0).empty());
    CHECK(reader_of(log, {"b.service"}).last(10).empty());
}

TEST_CASE("long files and long lines are read in blocks from both ends") {
    StoredLog log;
    std::string text;
    Texts expected;
    for (int i = 0; i < 3000; ++i) {
        expected.push_back(cat("line ", i, std::string(i % 500 == 0 ? 40'000 : i % 90, 'x')));
        text += log.line(i, expected.back());
    }
    log.append("a.service.log", text);
    auto reader = reader_of(log, {"a.service"});
    CHECK(in_order(reader, Direction::Forward) == expected);
    CHECK(log.texts(reader.last(5000)) == expected);
    CHECK(log.texts(reader.last(1)) == Texts{expected.back()});
}

TEST_CASE("lines of several units are merged by their time") {
    StoredLog log;
    log.append("a.service.log", log.line(0, "a0") + log.line(3, "a3"));
    log.append("b.service.log", log.line(1, "b1") + log.line(2, "b2"));
    log.append("c.timer.log", log.line(2, "c2"));
    CHECK(in_order(reader_of(log, {"*.service"}), Direction::Forward) ==
          Texts{"a0", "b1", "b2", "a3"});
    CHECK(in_order(reader_of(log, {}), Direction::Backward) == Texts{"a3", "c2", "b2", "b1", "a0"});
    CHECK(log.texts(reader_of(log, {"a.service", "c.timer"}).last(2)) == Texts{"c2", "a3"});
}

TEST_CASE("lines from both log directories are shown together") {
    StoredLog log;
    log.append("a.service.log", log.line(0, "kept"));
    log.directory.write("/run/log/sctl/a.service.log", log.line(1, "volatile"));
    CHECK(log.texts(reader_of(log, {"a.service"}).last(5)) == Texts{"kept", "volatile"});
}

TEST_CASE("a query chooses by time, priority and identifier") {
    StoredLog log;
    log.append("a.service.log",
               log.line(0, "zero") + log.line(1, "one", 3) + log.line(100, "late"));
    CHECK(log.texts(reader_of(log, {"a.service"}, log.start + 1s).last(5)) == Texts{"one", "late"});
    LogQuery query;
    query.until = log.start + 1s;
    query.priorities = 0x0f;
    CHECK(log.texts(LogReader(log.directory.root(), query).last(5)) == Texts{"one"});
    query.identifiers = {"other"};
    CHECK(LogReader(log.directory.root(), query).last(5).empty());
}

TEST_CASE("half a line and garbage are skipped") {
    StoredLog log;
    log.append("a.service.log",
               "garbage\n\n" + log.line(0, "good") + "\n" + log.line(1, "half").substr(0, 40));
    CHECK(in_order(reader_of(log, {"a.service"}), Direction::Forward) == Texts{"good"});
    CHECK(log.texts(reader_of(log, {"a.service"}).last(5)) == Texts{"good"});
}

TEST_CASE("files that may not be read are counted") {
    if (geteuid() == 0) return; // may read all
    StoredLog log;
    log.append("a.service.log", log.line(0, "secret"));
    chmod((log.directory.path() + log.path_of("a.service.log")).c_str(), 0);
    auto reader = reader_of(log, {"a.service"});
    CHECK(reader.denied_files() == 1);
    CHECK(reader.readable_files() == 0);
    CHECK(reader.last(5).empty());
}

TEST_CASE("a follower sees each new line once, across a rotation") {
    StoredLog log;
    log.append("a.service.log", log.line(0, "old"));
    auto reader = reader_of(log, {"a.*"});
    log.append("a.service.log", log.line(1, "between"));
    LogFollower follower(reader);
    REQUIRE(follower.descriptor() >= 0);
    CHECK(log.texts(reader.last(5)) == Texts{"old"});
    CHECK(log.texts(follower.read_new()) == Texts{"between"});
    CHECK(follower.read_new().empty());

    auto whole = log.line(2, "in two parts");
    log.append("a.service.log", whole.substr(0, 35));
    CHECK(follower.read_new().empty());
    log.append("a.service.log", whole.substr(35));
    CHECK(log.texts(follower.read_new()) == Texts{"in two parts"});

    log.append("a.service.log", log.line(3, "last of the old file"));
    auto path = log.directory.path() + log.path_of("a.service.log");
    rename(path.c_str(), rotated_log_file(path).c_str());
    log.append("a.service.log", log.line(4, "first of the new"));
    CHECK(log.texts(follower.read_new()) == Texts{"last of the old file", "first of the new"});

    log.append("a.timer.log", log.line(5, "a new unit"));
    log.append("b.service.log", log.line(5, "not asked for"));
    CHECK(log.texts(follower.read_new()) == Texts{"a new unit"});
    pollfd wait{follower.descriptor(), POLLIN, 0};
    CHECK(poll(&wait, 1, 0) == 0);
}

TEST_CASE("a follower waits for log directories that do not exist yet") {
    StoredLog log;
    LogFollower follower(reader_of(log, {}));
    CHECK(follower.read_new().empty());
    log.append("a.service.log", log.line(0, "first"));
    CHECK(log.texts(follower.read_new()) == Texts{"first"});
    log.append("a.service.log", log.line(1, "second"));
    CHECK(log.texts(follower.read_new()) == Texts{"second"});
}

TEST_CASE("status gets the last lines since a moment in the short format") {
    StoredLog log;
    log.append("a.service.log", log.line(0, "before") + log.line(5, "one") + log.line(6, "two"));
    auto lines = last_unit_lines(log.directory.root(), "a.service", 10, log.start + 2s);
    REQUIRE(lines.size() == 2);
    CHECK(lines[1].ends_with(" prog[12]: two"));
    CHECK(last_unit_lines(log.directory.root(), "a.service", 1, {}).size() == 1);
}
