// A directory of a test's own below $TMPDIR, removed with all that is in it.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <boost/filesystem.hpp>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

#include "base/files.hpp"

class TemporaryDirectory {
  public:
    TemporaryDirectory() {
        const char* base = getenv("TMPDIR");
        path_ = std::string(base ? base : "/tmp") + "/sctl-test.XXXXXX";
        if (!mkdtemp(path_.data())) abort();
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory() {
        boost::system::error_code ignored;
        boost::filesystem::remove_all(path_, ignored);
    }

    const std::string& path() const { return path_; }
    sctl::Root root() const { return sctl::Root(path_); }
    // Writes a file at the absolute path `name` inside, with the directories above it.
    std::string write(std::string_view name, std::string_view text, mode_t mode = 0644) const {
        std::string where = path_ + std::string(name);
        (void)!sctl::make_directories(std::string(sctl::directory_of(where))).has_value();
        std::ofstream(where, std::ios::binary) << text;
        chmod(where.c_str(), mode);
        return where;
    }
    std::string link(std::string_view name, const std::string& target) const {
        std::string where = path_ + std::string(name);
        (void)!sctl::make_directories(std::string(sctl::directory_of(where))).has_value();
        (void)!symlink(target.c_str(), where.c_str());
        return where;
    }
    std::string read(std::string_view name) const {
        return sctl::read_file(path_ + std::string(name)).value_or("(unreadable)");
    }

  private:
    std::string path_;
};
