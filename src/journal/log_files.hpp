// The log files of the units: one per unit, plain text, bounded. A file that would grow beyond its
// bound becomes UNIT.log.1, whose former content is gone, and a new one is begun; so a unit takes
// twice the bound at most. They lie in /var/log/sctl, or in /run/log/sctl where that cannot be
// written; mode 0640, group adm.
//
// What fails (a full disk, a directory in the way) is complained of once for each cause; the unit's
// lines are lost until a later try succeeds. Few files are open at a time, however many units log.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sctl {

// Where log files lie, the preferred directory first; paths inside a root.
inline constexpr std::array<std::string_view, 2> log_directories{"/var/log/sctl", "/run/log/sctl"};
// The unit whose file has what concerns no other: systemd's own unit for itself.
inline constexpr std::string_view manager_unit = "init.scope";
// The one of processes that belong to no unit and log by themselves: the root of all slices, as
// systemd shows them.
inline constexpr std::string_view unit_of_nobody = "-.slice";

// "nginx.service.log"; a name too long for a file is cut, and gets a number.
[[nodiscard]] std::string log_file_name(std::string_view unit);
// What was in the file before the last rotation: "nginx.service.log.1" beside it.
[[nodiscard]] std::string rotated_log_file(std::string_view path);

struct LogFileLimits {
    size_t file_size = 1 << 20;
    size_t open_files = 32;
    Span retry_after = 10s; // a failure
};

class LogFiles {
  public:
    using Complain = std::function<void(std::string_view text)>;
    LogFiles(Root root, Complain complain, LogFileLimits limits = {});

    // Appends whole lines to the file of `unit`. Never blocks for longer than a disk does.
    void append(std::string_view unit, std::string_view lines);
    [[nodiscard]] size_t open_count() const noexcept { return open_.size(); }

  private:
    struct OpenFile {
        std::string unit;
        UniqueFd fd;
        uint64_t last_use = 0;
    };

    Result<void> try_append(std::string_view unit, std::string_view lines);
    Result<OpenFile*> file_of(std::string_view unit);
    Result<UniqueFd> open_file(std::string_view unit);
    Result<UniqueFd> open_directory(std::string_view directory);
    Result<UniqueFd> open_in(std::string_view directory, std::string_view unit);
    Result<void> rotate(OpenFile& file);
    void close_file(const OpenFile* file);
    std::string path_of(std::string_view unit) const;
    void complain_once(const Error& error);

    Root root_;
    Complain complain_;
    LogFileLimits limits_;
    std::string_view directory_ = log_directories[0];
    std::vector<OpenFile> open_;
    uint64_t uses_ = 0;
    std::map<std::string, Span, std::less<>> retry_at_; // units whose last lines were lost
    std::set<int> complained_;                          // errno values
    std::optional<gid_t> group_;
};

} // namespace sctl
