#include "entry/personality.hpp"

#include <algorithm>

#include "os/pid1.hpp"

namespace sctl {
namespace {

constexpr Personality table[] = {
    {"dumb-init", dumb_init_policy, parse_dumb_init},
    {"tini", tini_policy, parse_tini},
    {"docker-container-init", docker_container_init_policy, parse_docker_container_init,
     await_a_signal},
    {"entrypoint", entrypoint_policy, parse_entrypoint, nullptr, true},
    {"yasinit", yasinit_policy, parse_yasinit, take_files_of_yasinit},
    {"drinit", drinit_policy, parse_drinit},
};

// What is an init to a client is one here.
static_assert(std::ranges::equal(table, init_programs, {}, &Personality::program));

} // namespace

std::span<const Personality> personalities() {
    return table;
}

const Personality* find_personality(std::string_view program) {
    auto found = std::ranges::find(table, program, &Personality::program);
    return found == std::end(table) ? nullptr : found;
}

ParsedRequest end_with(int status, std::string out, std::string err) {
    ParsedRequest parsed;
    parsed.ends = status;
    parsed.out = std::move(out);
    parsed.err = std::move(err);
    return parsed;
}

} // namespace sctl
