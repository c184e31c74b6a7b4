// SipHash-2-4, with which systemd shortens long names and spreads timers. Not a secret here: the
// keys are constants, so that every machine finds the same values.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sctl {

using SipKey = std::array<uint8_t, 16>;

[[nodiscard]] uint64_t siphash24(std::string_view data, const SipKey& key);

} // namespace sctl
