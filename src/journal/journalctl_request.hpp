// What a command line of journalctl(1) asks for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "journal/log_format.hpp"
#include "journal/log_reader.hpp"

namespace sctl {

inline constexpr size_t all_journal_lines = SIZE_MAX;

struct JournalRequest {
    enum class Task : uint8_t { Show, Help, Version } task = Task::Show;
    LogQuery query;
    LogFormat format;
    std::optional<size_t> lines;
    bool follow = false, no_tail = false, reverse = false, quiet = false, no_host = false;
    bool nothing_to_show = false; // --flush and the like
    std::string root = "/";
};

// EINVAL in journalctl's words.
[[nodiscard]] Result<JournalRequest> read_journal_request(std::vector<std::string> arguments,
                                                          std::string_view program);
[[nodiscard]] std::string journalctl_help();

} // namespace sctl
