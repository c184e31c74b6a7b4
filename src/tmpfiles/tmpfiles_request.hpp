// The command line of systemd-tmpfiles(8).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/files.hpp"
#include "tmpfiles/apply.hpp"

namespace sctl {

struct TmpfilesRequest {
    enum class Task : unsigned char { Apply, Help, Version, CatConfig, Wrong } task = Task::Apply;
    Operations operations;
    bool boot = false;
    std::vector<std::string> prefixes, excluded_prefixes;
    Root root;
    std::string replace;            // --replace=, empty without
    std::vector<std::string> files; // as they were typed
};

// Says what is wrong; then the task is Wrong.
[[nodiscard]] TmpfilesRequest read_tmpfiles_request(std::vector<std::string> arguments,
                                                    std::string_view program);

[[nodiscard]] std::string tmpfiles_help();

} // namespace sctl
