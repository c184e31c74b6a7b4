// Which program this is, by the name it was called under and by its first word; and the outermost
// boundary for exceptions.
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.hpp"
#include "base/log.hpp"
#include "client/client.hpp"
#include "client/status/log_lines.hpp"
#include "entry/personality.hpp"
#include "init/command_init.hpp"
#include "init/init.hpp"
#include "install/sysv_generator.hpp"
#include "journal/capture.hpp"
#include "journal/journalctl.hpp"
#include "journal/log_format.hpp"
#include "journal/log_reader.hpp"
#include "os/pid1.hpp"
#include "os/remove_tree.hpp"
#include "os/signals.hpp"
#include "render/prepare.hpp"
#include "render/render.hpp"
#include "sysusers/sysusers.hpp"
#include "tmpfiles/tmpfiles.hpp"

namespace sctl {
namespace {

// The names of other programs that this file is, whose first word is their own. Under any further
// name it is systemctl: somebody has renamed the file.
constexpr std::string_view other_programs[] = {
    "halt",      "poweroff",   "reboot",           "shutdown",         "telinit",
    "runlevel",  "journalctl", "systemd-sysusers", "systemd-tmpfiles", "sctl-tmpfiles-setup",
    "drinitctl", "sctl-render"};

// The manager runs for `systemctl init`, and for PID 1 under the name init or without a verb.
bool is_init(std::string_view program, const std::vector<std::string>& words) {
    if (program == "init") return getpid() == 1;
    if (std::ranges::find(other_programs, program) != std::end(other_programs)) return false;
    return ask_for_init(words, getpid() == 1);
}

int run(int argc, char** argv) {
    std::string_view program = argc > 0 ? base_name(argv[0]) : "systemctl";
    if (program == "sctl-capture") return run_capture(argc, argv);
    if (program == "sctl-remove") return run_remove(argc, argv);
    if (program == "sctl-prepare") return run_prepare(argc, argv);
    if (program == "sctl-sysv-generator") return run_sysv_generator(argc, argv);
    if (const Personality* init = find_personality(program)) {
        auto signals = block_all_signals();
        return run_parsed(init->parse(argc, argv), signals);
    }
    std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
    if (is_init(program, words)) {
        // Before anything else: what PID 1 does not block is lost to it.
        auto signals = block_all_signals();
        return run_init(program == "init" ? words : words_for_init(std::move(words)), signals);
    }
    if (program == "journalctl") return run_journalctl(argc, argv);
    if (program == "sctl-tmpfiles-setup") return run_tmpfiles_setup();
    if (program == "systemd-sysusers") return run_sysusers(argc, argv);
    if (program == "sctl-render") return run_render(argc, argv);
    if (program == "systemd-tmpfiles") return run_tmpfiles(argc, argv);
    set_log_line_reader(
        [](std::string_view unit, size_t count, Span since, std::string_view output) {
            // What we have no format for is shown in the usual one.
            return last_unit_lines(Root(), unit, count, since,
                                   log_style_from(output).value_or(LogStyle::Short));
        });
    return run_client(argc, argv);
}

} // namespace
} // namespace sctl

int main(int argc, char** argv) {
    try {
        return sctl::run(argc, argv);
    } catch (const std::bad_alloc&) {
        sctl::log_error("Out of memory.");
    } catch (const std::exception& error) {
        sctl::log_error("Internal error: ", error.what());
    }
    return 1;
}
