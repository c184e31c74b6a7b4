// What this machine and our user are, for the rooms that only know it as a value (unit/facts.hpp).
// All is read from files of `root` and from the kernel; nothing waits, and what is missing stays
// empty.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.hpp"
#include "unit/facts.hpp"

namespace sctl {

// `user_manager` is left to the caller; what is virtual is the machine, whatever `root` is.
[[nodiscard]] Facts collect_facts(const Root& root);

// 32 hexadecimal digits, made small, or the same as a UUID with dashes; not all zeros.
[[nodiscard]] std::optional<std::string> parse_machine_id(std::string_view text);
[[nodiscard]] std::optional<std::string> read_machine_id(const std::string& path);

// Where we run, as systemd-detect-virt(1) tells it: the innermost of a container and a machine.
struct Virtualization {
    enum class Kind : uint8_t { None, Machine, Container } kind = Kind::None;
    std::string id = "none"; // "docker", "podman", "kvm", ...
    bool operator==(const Virtualization&) const = default;
};
[[nodiscard]] Virtualization detect_virtualization(const Root& root);
[[nodiscard]] Virtualization detect_container(const Root& root);
[[nodiscard]] Virtualization detect_machine(const Root& root);
// What is unusual about the machine, in systemd's words (org.freedesktop.systemd1(5), Tainted):
// "split-usr", "cgroupsv1", "var-run-bad", ...
[[nodiscard]] std::vector<std::string> find_taints(const Root& root);
// Our user namespace is not the machine's: systemd's "private-users".
[[nodiscard]] bool in_user_namespace(const Root& root);

} // namespace sctl
