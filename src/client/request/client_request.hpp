// systemctl's options as values. They may stand before, between and after the verb and its
// arguments, short ones bundled, long ones cut short as long as they are clear, as getopt_long(3)
// allows; nothing after "--" is an option. ClientRequest of systemd 252 that make no difference
// here are taken and forgotten.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "unit/syntax/timestamp.hpp"

namespace sctl {

// What an option asks to be told in place of running a verb: --help, --version, --type=help, ...
enum class Topic {
    None,
    Help,
    Version,
    Types,
    States,
    Outputs,
    Signals,
    PresetModes,
    Timestamps,
    CleanTypes
};

struct ClientRequest {
    std::vector<std::string> arguments; // the verb first; none: the default verb

    Topic topic = Topic::None; // the first that was asked for

    // Whom to talk to, or which files to work on.
    bool user = false;
    bool global = false;
    bool has_root = false; // --root= or --image=: verbs that need a manager refuse
    std::string root;      // "" is the machine's own
    std::string image;
    std::string instance; // the directory of another manager of ours
    bool remote = false;  // --host or --machine, which we cannot serve

    // What to show.
    std::vector<std::string> types, states; // of --type= and --state=
    std::vector<std::string> properties;    // of --property=
    bool has_properties = false;
    bool value_only = false;
    bool all = false;
    bool show_empty = false; // properties without a value: --all and --property=
    bool full = false;
    bool quiet = false;
    bool legend = true;
    bool says_legend = false; // --legend= was given: --quiet does not change it
    bool plain = false;
    bool with_dependencies = false;
    bool before = false, after = false;
    std::vector<std::string> dependency_properties; // --reverse; empty: what the unit pulls in
    unsigned lines = 10;
    bool show_types = false;
    std::string output; // of --output=; empty: short
    std::optional<TimestampStyle> timestamp_style;

    // What to do.
    std::string job_mode; // "" is replace
    bool ignore_dependencies = false;
    bool block = true;
    bool wait = false;
    bool now = false;
    bool runtime = false;
    bool dry_run = false;
    bool no_reload = false;
    bool wall = true;
    bool warn = true;
    bool show_transaction = false;
    bool marked = false;
    unsigned force = 0;
    std::string kill_whom;
    int signal = 0; // 0 is SIGTERM
    std::string preset_mode;
    std::vector<std::string> clean_what;
    bool ignore_inhibitors = false;
    std::string message;
};

// `arguments` without the program's name, which as typed is `program`. An error's text is what to
// print.
[[nodiscard]] Result<ClientRequest> read_client_request(const std::vector<std::string>& arguments,
                                                        std::string_view program = "systemctl");

} // namespace sctl
