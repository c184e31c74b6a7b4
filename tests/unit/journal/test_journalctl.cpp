#include "journal/journalctl.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "stored_log.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("journal");

namespace {

struct Answer {
    int status = 0;
    std::string out, err;
};

// Runs the program with its output and errors kept in files.
Answer journalctl(const StoredLog& log, std::vector<std::string> words) {
    words.insert(words.begin(),
                 {"journalctl", "--utc", "--no-hostname", "--root=" + log.directory.path()});
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    UniqueFd saved[2];
    const char* names[2] = {"/out", "/err"};
    for (int i = 0; i < 2; ++i) {
        saved[i].reset(fcntl(i + 1, F_DUPFD_CLOEXEC, 10));
        auto path = log.directory.path() + names[i];
        UniqueFd file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        dup2(file.get(), i + 1);
    }
    Answer answer;
    answer.status = run_journalctl(static_cast<int>(words.size()), argv.data());
    for (int i = 0; i < 2; ++i) dup2(saved[i].get(), i + 1);
    answer.out = log.directory.read("/out");
    answer.err = log.directory.read("/err");
    return answer;
}

void fill(const StoredLog& log) {
    log.append("web.service.log", log.line(0, "one") + log.line(2, "three", 3));
    log.append("db.service.log", log.line(1, "two"));
}

} // namespace

TEST_CASE("journalctl shows the lines of a unit") {
    StoredLog log;
    fill(log);
    auto answer = journalctl(log, {"-u", "web"});
    CHECK(answer.status == 0);
    CHECK(answer.out == "Nov 22 15:27:57 prog[12]: one\nNov 22 15:27:59 prog[12]: three\n");
    CHECK(answer.err == "");
    CHECK(journalctl(log, {"-u", "web*", "-u", "db", "-o", "cat", "--no-pager"}).out ==
          "one\ntwo\nthree\n");
    CHECK(journalctl(log, {"-ocat", "_SYSTEMD_UNIT=db.service"}).out == "two\n");
}

TEST_CASE("journalctl -n shows the newest lines, its number may stand apart") {
    StoredLog log;
    fill(log);
    CHECK(journalctl(log, {"-ocat", "-n", "1"}).out == "three\n");
    CHECK(journalctl(log, {"-ocat", "-n1"}).out == "three\n");
    CHECK(journalctl(log, {"-ocat", "--lines=2", "-r"}).out == "three\ntwo\n");
    CHECK(journalctl(log, {"-n", "-ocat"}).out == "one\ntwo\nthree\n");
    CHECK(journalctl(log, {"-n", "all", "-e", "-ocat"}).out == "one\ntwo\nthree\n");
    CHECK(journalctl(log, {"-nx"}).err == "Failed to parse lines 'x'\n");
}

TEST_CASE("journalctl chooses by time and priority") {
    StoredLog log;
    fill(log);
    CHECK(journalctl(log, {"-ocat", "-p", "err"}).out == "three\n");
    CHECK(journalctl(log, {"-ocat", "-p", "info..warning"}).out == "one\ntwo\n");
    CHECK(journalctl(log, {"-ocat", "--since", "2026-11-22 15:27:58 UTC",
                           "--until=2026-11-22 15:27:58 UTC"})
              .out == "two\n");
    CHECK(journalctl(log, {"-p", "loud"}).err == "Unknown log level loud\n");
    CHECK(journalctl(log, {"--since=noon-ish"}).status == 1);
    CHECK(journalctl(log, {"--since=2026-11-22", "--until=2026-11-21"}).err ==
          "--since= must be before --until=.\n");
}

TEST_CASE("journalctl says when there is nothing to show") {
    StoredLog log;
    auto answer = journalctl(log, {"-u", "none"});
    CHECK(answer.status == 0);
    CHECK(answer.out == "-- No entries --\n");
    CHECK(journalctl(log, {"-q", "-u", "none"}).out == "");
}

TEST_CASE("journalctl refuses what it does not know") {
    StoredLog log;
    CHECK(journalctl(log, {"-o", "fancy"}).err == "Unknown output format 'fancy'.\n");
    CHECK(journalctl(log, {"--list-boots"}).status == 1);
    CHECK(journalctl(log, {"-b", "-1"}).status == 1);
    CHECK(journalctl(log, {"/usr/bin/x"}).status == 1);
}
