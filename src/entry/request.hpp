// What an init was asked to do: by `systemctl init`, or by another init's command line under its
// name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "entry/policy.hpp"
#include "manager/manager_options.hpp"
#include "os/signals.hpp"

namespace sctl {

// Templates and hooks of the image, by entrypoint's options and with its defaults.
struct PreparationPlan {
    bool wanted = false;
    std::string variables = "/variables.yml", templates = "/templates", output = "/",
                jinja = "/jinja", hooks = "/entrypoint_hooks";
    Span hooks_timeout = infinity; // of each call
};

struct InitRequest {
    InitPolicy policy;
    std::vector<std::string> command;   // COMMAND and its arguments; empty for none
    std::vector<std::string> run_files; // a service each: --run=GLOB
    // The policy decides when we end, although there may be nothing to run; else the manager alone.
    bool has_show = false;
    bool replaces_us = false;   // --no-init
    bool boots_nothing = false; // --now: units are for verbs to start
    bool ends_alone = false;    // --all: when no process is left
    ManagerOptions options;     // of the manager; `units` are UNIT...
    PreparationPlan preparation;
    std::string ready_file; // made when all has been started
    bool debug = false;
    SignalState signals; // what we were executed with
};

// What reading a command line came to: a request, or an end with something to say.
struct ParsedRequest {
    InitRequest request;
    std::optional<int> ends; // with this status
    std::string out, err;
};

} // namespace sctl
