// Numbers that cannot be guessed, from the kernel.
#pragma once

#include <array>
#include <cstdint>

namespace sctl {

// Never blocks and never fails: where the kernel's pool is not ready yet, as early in a boot, the
// clock stands in.
[[nodiscard]] uint64_t random_number() noexcept;
// A 128-bit id, as systemd's InvocationID: version 4 of the UUID bits.
[[nodiscard]] std::array<uint8_t, 16> random_id() noexcept;

} // namespace sctl
