// The manager's configuration: read at the start and at each reload, in force from then on, and
// what clients say over it.
#pragma once

#include <optional>
#include <string_view>

#include "base/log.hpp"
#include "manager/manager_environment.hpp"
#include "manager/manager_options.hpp"
#include "os/service_output.hpp"
#include "unit/facts.hpp"
#include "unit/manager_config/manager_config.hpp"

namespace sctl {

class CurrentConfig {
  public:
    CurrentConfig(const ManagerOptions& options, const Facts& facts, ServiceOutput& output,
                  ManagerEnvironment& environment);
    CurrentConfig(const CurrentConfig&) = delete;
    CurrentConfig& operator=(const CurrentConfig&) = delete;

    // Systemd's defaults before the first reading.
    [[nodiscard]] const ManagerConfig& values() const noexcept { return values_; }
    // What concerns our own process holds from the start alone, but for its CPUs and environment.
    void read_at_start();
    void read_again();
    // Whether each start and stop, and what else goes well, gets a line on the console. The log has
    // them all.
    [[nodiscard]] bool shows_status() const noexcept;
    // What is said while we run, and counts until it is taken back by nothing.
    void override_show_status(std::optional<bool> shows);
    void override_log_level(std::optional<LogLevel> level);

  private:
    void read();
    void take_log_level();
    void take_console_style();
    void warn(std::string_view text);
    void warn_of(const Result<void>& done);

    const ManagerOptions& options_;
    const Facts& facts_;
    ServiceOutput& output_;
    ManagerEnvironment& environment_;
    ManagerConfig values_;
    bool has_been_read_ = false;
    std::optional<bool> shows_status_;
    std::optional<LogLevel> level_before_; // somebody said another
};

} // namespace sctl
