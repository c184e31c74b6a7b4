// OpenFile= of systemd 253: files that we open for a service, which finds them as those that socket
// activation passes (sd_listen_fds(3)).
#pragma once

#include <string>
#include <vector>

#include "base/files.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "unit/service/service_config.hpp"

namespace sctl {

struct PassedFiles {
    std::vector<UniqueFd> descriptors;
    std::vector<std::string> names; // of each

    // A copy of `fd`, under this name.
    [[nodiscard]] Result<void> add_copy(int fd, std::string_view name);
};

// A socket is connected to. Nothing here waits: a pipe without a writer is open all the same.
[[nodiscard]] Result<PassedFiles> open_files(const std::vector<OpenFile>& files, const Root& root);

} // namespace sctl
