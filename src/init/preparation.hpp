// What is done before an init starts anything: the files and the command of its image are made of
// templates, and hooks are called (sctl-prepare). That is a child, which may take its time: nothing
// else is to be done meanwhile, but signals that end us are handed to it, and orphans are reaped.
#pragma once

#include <optional>

#include "entry/request.hpp"

namespace sctl {

// The status to end with where it has failed, which has been said, or where a signal has ended it.
// Else the request's command and our environment are as it has left them.
[[nodiscard]] std::optional<int> prepare(InitRequest& request);

} // namespace sctl
