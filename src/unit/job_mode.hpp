#pragma once

#include <cstdint>

namespace sctl {

// What becomes of other jobs where one is queued: systemctl(1), --job-mode=; OnFailureJobMode= and
// its like.
enum class JobMode : uint8_t {
    Fail,
    Replace,
    ReplaceIrreversibly,
    Isolate,
    Flush,
    IgnoreDependencies,
    IgnoreRequirements,
    Triggering,
};

} // namespace sctl
