// The inits that we can be: each is a file with the policy of that program and a reader of its
// command line and environment, with its words for help and errors. All else is the same for all.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "entry/request.hpp"

namespace sctl {

struct Personality {
    std::string_view program; // the name we are called by, and the word for --like=
    InitPolicy (*policy)();
    ParsedRequest (*parse)(int argc, char** argv); // argv[0] is the program's name
    // What the program does without a command, in the request; null: it refuses.
    void (*without_command)(InitRequest& request) = nullptr;
    bool prepares = false; // files of templates, and hooks
};

[[nodiscard]] std::span<const Personality> personalities();
[[nodiscard]] const Personality* find_personality(std::string_view program);
[[nodiscard]] InitPolicy dumb_init_policy();
[[nodiscard]] ParsedRequest parse_dumb_init(int argc, char** argv);
[[nodiscard]] InitPolicy tini_policy();
[[nodiscard]] ParsedRequest parse_tini(int argc, char** argv);
[[nodiscard]] InitPolicy docker_container_init_policy();
[[nodiscard]] ParsedRequest parse_docker_container_init(int argc, char** argv);
void await_a_signal(InitRequest& request);
[[nodiscard]] InitPolicy entrypoint_policy();
[[nodiscard]] ParsedRequest parse_entrypoint(int argc, char** argv);
[[nodiscard]] InitPolicy yasinit_policy();
[[nodiscard]] ParsedRequest parse_yasinit(int argc, char** argv);
void take_files_of_yasinit(InitRequest& request);
[[nodiscard]] InitPolicy drinit_policy();
[[nodiscard]] ParsedRequest parse_drinit(int argc, char** argv);

// For the readers: an end with a status and something to say.
[[nodiscard]] ParsedRequest end_with(int status, std::string out, std::string err);

} // namespace sctl
