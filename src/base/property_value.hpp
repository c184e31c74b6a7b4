// The value of a property, apart from how D-Bus carries it: unit/ makes such values from unit files
// and reads them from people's words, wire/ (property_value.hpp) puts them on the wire and takes
// them off, and neither knows the other.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace sctl {

using Strings = std::vector<std::string>;
using Bytes = std::vector<uint8_t>; // also a set: a bit a number
using StringPairs = std::vector<std::pair<std::string, std::string>>;
using NumberedPaths = std::vector<std::pair<std::string, uint64_t>>;
using Addresses = std::vector<std::tuple<int32_t, Bytes, uint32_t>>; // family, bytes, prefix length
using PortRules = // family, protocol, how many ports (0: any), the first
    std::vector<std::tuple<int32_t, int32_t, uint16_t, uint16_t>>;
using NameFilter = std::pair<bool, Strings>; // whether the names are what is allowed

using OptionalLabel = std::pair<bool, std::string>; // whether it may be missing
using BindMounts = // source, destination, whether it may be missing, flags
    std::vector<std::tuple<std::string, std::string, bool, uint64_t>>;
using ByteStrings = std::vector<Bytes>;
using OptionalPaths = std::vector<std::pair<std::string, bool>>; // whether it may be missing
using NamedBytes = std::vector<std::pair<std::string, Bytes>>;
using Symlinks = // source, destination, flags
    std::vector<std::tuple<std::string, std::string, uint64_t>>;
using ExtensionImages = // path, whether it may be missing, partitions and their options
    std::vector<std::tuple<std::string, bool, StringPairs>>;
using MountImages = // source, destination, and as above
    std::vector<std::tuple<std::string, std::string, bool, StringPairs>>;
using StatusesAndSignals = std::pair<std::vector<int32_t>, std::vector<int32_t>>;

// As D-Bus types: b, i, u, x, t, s, as, ay, a(ss), a(st), a(iayu), a(iiqq), (bas), (bs), a(ssbt),
// aay, a(sb), a(say), a(sst), (aiai), a(sba(ss)), a(ssba(ss)).
using PropertyValue =
    std::variant<bool, int32_t, uint32_t, int64_t, uint64_t, std::string, Strings, Bytes,
                 StringPairs, NumberedPaths, Addresses, PortRules, NameFilter, OptionalLabel,
                 BindMounts, ByteStrings, OptionalPaths, NamedBytes, Symlinks, StatusesAndSignals,
                 ExtensionImages, MountImages>;

} // namespace sctl
