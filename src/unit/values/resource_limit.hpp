// Resource limits as LimitNOFILE= and its like have them (systemd.exec(5), "Process Properties").
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "unit/config.hpp"

namespace sctl {

// RLIMIT_* of "NOFILE", "CPU", ...; and back, "" for an unknown number.
[[nodiscard]] std::optional<int> resource_from_name(std::string_view name);
[[nodiscard]] std::string_view resource_name(int resource);

// "4", "4:5", "infinity"; sizes with units of 1024, times with units of time, and for NICE a nice
// level with its sign ("-5"). EILSEQ where the soft limit is above the hard one.
[[nodiscard]] Result<ResourceLimit> parse_resource_limit(int resource, std::string_view text);
// LimitNOFILE= of a service that does not set it, as systemd has it: 1024 (or less where ours is
// less) for programs that use select(2), and up to 524288 for those that raise it themselves.
[[nodiscard]] ResourceLimit default_file_limit();
// "SOFT:HARD", one number where both are the same.
[[nodiscard]] std::string format_resource_limit(const ResourceLimit& limit);

} // namespace sctl
