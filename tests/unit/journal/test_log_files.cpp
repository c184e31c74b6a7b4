#include <doctest/doctest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

#include "base/text.hpp"
#include "journal/log_files.hpp"
#include "temporary_directory.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("journal");

namespace {

struct Store {
    explicit Store(LogFileLimits limits = {})
        : files(
              directory.root(), [this](std::string_view text) { complaints.emplace_back(text); },
              limits) {}
    std::string log(std::string_view name) { return directory.read(cat("/var/log/sctl/", name)); }

    TemporaryDirectory directory;
    std::vector<std::string> complaints;
    LogFiles files;
};

mode_t mode_of(const std::string& path) {
    struct stat found {};
    return stat(path.c_str(), &found) == 0 ? found.st_mode & 07777 : 0;
}

// A file system of one page for files, where the test may mount one.
class TinyDisk {
  public:
    explicit TinyDisk(std::string path) : path_(std::move(path)) {
        (void)!make_directories(path_).has_value();
        mounted_ = mount("tmpfs", path_.c_str(), "tmpfs", 0, "size=4096") == 0;
    }
    ~TinyDisk() {
        if (mounted_) umount2(path_.c_str(), MNT_DETACH);
    }
    bool mounted() const { return mounted_; }

  private:
    std::string path_;
    bool mounted_ = false;
};

} // namespace

TEST_CASE("lines of a unit are appended to its file") {
    Store store;
    store.files.append("a.service", "one\n");
    store.files.append("b.service", "other\n");
    store.files.append("a.service", "two\n");
    CHECK(store.log("a.service.log") == "one\ntwo\n");
    CHECK(store.log("b.service.log") == "other\n");
    CHECK(mode_of(store.directory.path() + "/var/log/sctl/a.service.log") == 0640);
    CHECK(store.complaints.empty());
}

TEST_CASE("a log file that has a second name is not written to") {
    Store store;
    store.files.append("a.service", "one\n");
    auto own = cat(store.directory.path(), "/var/log/sctl/b.service.log");
    auto other = store.directory.write("/etc/other", "");
    REQUIRE(link(other.c_str(), own.c_str()) == 0);
    store.files.append("b.service", "two\n");
    CHECK(store.directory.read("/etc/other").empty());
    CHECK(store.log("a.service.log") == "one\n");
}

TEST_CASE("log files belong to the group adm of the root") {
    if (geteuid() != 0) return;
    Store store;
    store.directory.write("/etc/group", "root:x:0:\nadm:x:4711:\n");
    store.files.append("a.service", "one\n");
    struct stat found {};
    REQUIRE(stat((store.directory.path() + "/var/log/sctl/a.service.log").c_str(), &found) == 0);
    CHECK(found.st_gid == 4711);
}

TEST_CASE("a file that grows beyond its bound is rotated") {
    Store store({.file_size = 10});
    store.files.append("a.service", "12345678\n");
    store.files.append("a.service", "next\n");
    CHECK(store.log("a.service.log") == "next\n");
    CHECK(store.log("a.service.log.1") == "12345678\n");
    store.files.append("a.service", "and on\n");
    CHECK(store.log("a.service.log") == "and on\n");
    CHECK(store.log("a.service.log.1") == "next\n");
}

TEST_CASE("few files are open, however many units log") {
    Store store({.open_files = 3});
    for (int i = 0; i < 10; ++i) store.files.append(cat("u", i, ".service"), "one\n");
    CHECK(store.files.open_count() == 3);
    for (int i = 0; i < 10; ++i) store.files.append(cat("u", i, ".service"), "two\n");
    for (int i = 0; i < 10; ++i) CHECK(store.log(cat("u", i, ".service.log")) == "one\ntwo\n");
}

TEST_CASE("a file that was deleted is made again") {
    Store store;
    store.files.append("a.service", "one\n");
    unlink((store.directory.path() + "/var/log/sctl/a.service.log").c_str());
    store.files.append("a.service", "two\n");
    CHECK(store.log("a.service.log") == "two\n");
}

TEST_CASE("a link in the place of a log file is not followed") {
    Store store;
    auto victim = store.directory.write("/etc/shadow", "secret\n");
    store.directory.link("/var/log/sctl/a.service.log", victim);
    store.files.append("a.service", "one\n");
    store.files.append("b.service", "one\n");
    CHECK(store.directory.read("/etc/shadow") == "secret\n");
    CHECK(store.log("b.service.log") == "one\n");
}

TEST_CASE("what fails for one unit is said once and does not touch the others") {
    Store store({.retry_after = 0s});
    REQUIRE(make_directories(store.directory.path() + "/var/log/sctl/a.service.log"));
    store.files.append("a.service", "one\n");
    store.files.append("a.service", "one\n");
    store.files.append("b.service", "one\n");
    CHECK(store.complaints.size() == 1);
    CHECK(store.log("b.service.log") == "one\n");
    rmdir((store.directory.path() + "/var/log/sctl/a.service.log").c_str());
    store.files.append("a.service", "two\n");
    CHECK(store.log("a.service.log") == "two\n");
}

TEST_CASE("after a failure some time passes before the next try") {
    Store store;
    REQUIRE(make_directories(store.directory.path() + "/var/log/sctl/a.service.log"));
    store.files.append("a.service", "one\n");
    rmdir((store.directory.path() + "/var/log/sctl/a.service.log").c_str());
    store.files.append("a.service", "two\n");
    CHECK(store.log("a.service.log") == "(unreadable)");
}

TEST_CASE("where /var/log cannot be written the files are in /run/log") {
    Store store;
    store.directory.write("/var/log", "in the way");
    store.files.append("a.service", "one\n");
    store.files.append("b.service", "one\n");
    CHECK(store.directory.read("/run/log/sctl/a.service.log") == "one\n");
    CHECK(store.directory.read("/run/log/sctl/b.service.log") == "one\n");
    CHECK(store.complaints.empty());
}

TEST_CASE("a full disk costs whole lines only, and is said once") {
    Store store({.retry_after = 0s});
    TinyDisk disk(store.directory.path() + "/var/log/sctl");
    if (!disk.mounted()) return;
    std::string line(1023, 'x');
    line += '\n';
    for (int i = 0; i < 8; ++i) store.files.append("a.service", line);
    store.files.append("a.service", std::string(3000, 'y') + "\n");
    auto text = store.log("a.service.log");
    CHECK(text.size() == 4096);
    CHECK(text.ends_with("x\n"));
    REQUIRE(store.complaints.size() == 1);
    CHECK(store.complaints[0] ==
          cat("Cannot write logs: ", store.directory.path(),
              "/var/log/sctl/a.service.log: No space left on device; going on "
              "without, trying again later."));
    CHECK(truncate((store.directory.path() + "/var/log/sctl/a.service.log").c_str(), 0) == 0);
    store.files.append("a.service", "again\n");
    CHECK(store.log("a.service.log") == "again\n");
}

TEST_CASE("the longest unit names have files of their own") {
    std::string name(247, 'a');
    CHECK(log_file_name("a.service") == "a.service.log");
    CHECK(log_file_name(name + ".service").size() <= 253);
    CHECK(log_file_name(name + ".service") != log_file_name(name + ".Service"));
}
