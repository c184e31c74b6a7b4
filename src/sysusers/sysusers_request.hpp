// The command line of systemd-sysusers(8).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/files.hpp"

namespace sctl {

struct SysusersRequest {
    enum class Task : unsigned char { Apply, Help, Version, CatConfig, Wrong } task = Task::Apply;
    bool dry_run = false;
    bool is_inline = false; // arguments are lines, not files
    Root root;
    std::string replace;
    std::vector<std::string> arguments;
};

// Says what is wrong; then the task is Wrong.
[[nodiscard]] SysusersRequest read_sysusers_request(std::vector<std::string> arguments,
                                                    std::string_view program);

[[nodiscard]] std::string sysusers_help();

} // namespace sctl
