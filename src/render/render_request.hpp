// The command line of sctl-render(1).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sctl {

struct RenderRequest {
    enum class Task : unsigned char { Render, Help, Version, Wrong } task = Task::Render;
    std::vector<std::string> variables; // files, "-" is the standard input
    std::string templates, output;      // directories
    std::string jinja;                  // where include and the like look; empty: nowhere
    std::string file;                   // one template instead, "-" is the standard input
    bool without_environment = false;
    bool checks_only = false;
    bool is_quiet = false;
};

// Says what is wrong; then the task is Wrong.
[[nodiscard]] RenderRequest read_render_request(std::vector<std::string> arguments,
                                                std::string_view program);

[[nodiscard]] std::string render_help();

} // namespace sctl
