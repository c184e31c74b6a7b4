// Log files below a temporary root, for the tests of those who read them.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "journal/log_line.hpp"
#include "temporary_directory.hpp"

struct StoredLog {
    static constexpr sctl::Span start{1795361277000000}; // 2026-11-22 15:27:57 UTC

    static std::string path_of(std::string_view file) { return sctl::cat("/var/log/sctl/", file); }
    static std::string line(int second, std::string_view text, int priority = 6) {
        std::string out;
        sctl::append_log_line(out, sctl::format_log_stamp(start + std::chrono::seconds(second)),
                              priority, "prog[12]: ", text);
        return out;
    }
    void append(std::string_view file, std::string_view text) const {
        auto path = directory.path() + path_of(file);
        (void)!sctl::make_directories(std::string(sctl::directory_of(path))).has_value();
        sctl::UniqueFd fd(open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640));
        (void)!write(fd.get(), text.data(), text.size());
    }
    static std::vector<std::string> texts(const std::vector<sctl::LogLine>& lines) {
        std::vector<std::string> out;
        for (const auto& one : lines) out.push_back(one.text);
        return out;
    }

    TemporaryDirectory directory;
};
