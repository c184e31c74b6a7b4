// A command as an init is given it: run with our own environment, directory, limits and
// descriptors, which a service never gets, and with default dispositions and an empty mask.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "entry/request.hpp"
#include "os/spawn.hpp"

namespace sctl {

// Where execvp(3) would look for `program`, in its order.
[[nodiscard]] std::vector<std::string> candidates_for(const std::string& program,
                                                      const std::string& path);

// Whether there is a file that can be executed by this word: a path, or a name in $PATH.
[[nodiscard]] bool is_program(std::string_view word);

// The plan for `arguments` (argv[0] first), started as the policy wants it. `given`: descriptors to
// hand on although they are marked to be closed at exec.
[[nodiscard]] ExecPlan plan_command(const InitRequest& request,
                                    const std::vector<std::string>& arguments,
                                    const std::vector<int>& given);
// The same for the script of a trap: it leads nothing, and finds the signal in $SIGNAL_NUMBER, and
// as its argument where it has none of its own. A bare name that is not in $PATH is looked for in
// our directory, as the documents of drinit have it.
[[nodiscard]] ExecPlan plan_trap(const std::vector<std::string>& command, int signal,
                                 const std::vector<int>& given);

// The unit file by which the manager knows a command, and its processes.
[[nodiscard]] std::string unit_text_for(const InitPolicy& policy,
                                        const std::vector<std::string>& arguments,
                                        const std::vector<std::string>& after);

} // namespace sctl
