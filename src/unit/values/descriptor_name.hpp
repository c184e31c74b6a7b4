// The names of descriptors that are passed to services (sd_listen_fds_with_names(3)).
#pragma once

#include <algorithm>
#include <string_view>

namespace sctl {

// systemd.socket(5), FileDescriptorName=: 1 to 255 printable ASCII characters save ":".
[[nodiscard]] inline bool is_descriptor_name(std::string_view name) {
    return !name.empty() && name.size() <= 255 &&
           std::ranges::all_of(name, [](char c) { return c >= ' ' && c < 0x7f && c != ':'; });
}

} // namespace sctl
