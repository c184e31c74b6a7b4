// The local time zone, while an object of this lives. tests/data/zoneinfo has files of tzdata
// 2025b, which are in the public domain: what the tests know of a zone must not change with the
// machine's.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>

#include "base/text.hpp"
#include "test_data.hpp"

class LocalZone {
  public:
    // One of tests/data/zoneinfo, where there is a file of this name, else any value of $TZ.
    explicit LocalZone(const std::string& name) {
        if (const char* old = getenv("TZ")) old_ = old;
        auto file = std::string(TEST_DATA "/zoneinfo/") + name;
        bool is_file = !name.empty() && access(file.c_str(), R_OK) == 0;
        setenv("TZ", is_file ? file.c_str() : name.c_str(), 1);
        tzset();
    }
    LocalZone(const LocalZone&) = delete;
    LocalZone& operator=(const LocalZone&) = delete;
    ~LocalZone() {
        if (old_)
            setenv("TZ", old_->c_str(), 1);
        else
            unsetenv("TZ");
        tzset();
    }

  private:
    std::optional<std::string> old_;
};
