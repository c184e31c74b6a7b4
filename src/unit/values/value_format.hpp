// How `show` prints the value of a setting's property, where its D-Bus type does not say so.
#pragma once

#include <cstdint>

namespace sctl {

enum class ValueFormat : uint8_t {
    ByType,
    // Numbers
    Infinity,    // where there is no limit
    NotSet,      // "[not set]", likewise
    Weight,      // the same, and 0 is "idle"
    Hexadecimal, // 0x33
    Capabilities,
    MountFlags,
    Namespaces,
    NumaPolicy,
    ExitStatus, // -1 is "[not set]"
    // Bytes
    Base64,
    NumberSet, // "0-3 6"
    // Pairs
    BlankPairs,  // a line each, "A B"
    ColonPairs,  // a line each, "A:B"
    JoinedPairs, // the same on one line
    TimedPaths,  // a path with a length of time
};

} // namespace sctl
