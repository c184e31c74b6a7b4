#include "manager/current_config.hpp"

#include <cstdlib>
#include <string>
#include <utility>

#include "base/text.hpp"
#include "os/own_process.hpp"
#include "unit/manager_config/read_manager_config.hpp"

namespace sctl {

CurrentConfig::CurrentConfig(const ManagerOptions& options, const Facts& facts,
                             ServiceOutput& output, ManagerEnvironment& environment)
    : options_(options), facts_(facts), output_(output), environment_(environment) {}

void CurrentConfig::read_at_start() {
    read();
    if (auto text = unmet_wishes(values_); !text.empty()) warn(text);
    if (values_.timer_slack) warn_of(use_timer_slack(*values_.timer_slack));
    if (values_.capability_bounding_set != UINT64_MAX)
        warn_of(give_up_capabilities(values_.capability_bounding_set));
    if (values_.no_new_privileges) warn_of(give_up_new_privileges());
}

void CurrentConfig::read_again() {
    read();
}

void CurrentConfig::read() {
    auto fresh = read_manager_config(options_.root(), facts_, options_.boot_arguments,
                                     [this](std::string_view text) { warn(text); });
    // Until its files can be read it goes on with what they said before.
    if (!fresh.incomplete || !has_been_read_) values_ = std::move(fresh);
    has_been_read_ = true;
    environment_.set_configured(values_.environment);
    take_log_level();
    take_console_style();
    if (!values_.cpu_affinity.empty()) warn_of(use_cpus(values_.cpu_affinity));
    for (const auto& assignment : values_.manager_environment) {
        auto equals = assignment.find('=');
        setenv(assignment.substr(0, equals).c_str(), assignment.c_str() + equals + 1, 1);
    }
}

// A level that is configured no longer stays, as in systemd.
void CurrentConfig::take_log_level() {
    std::optional<LogLevel> wanted = options_.log_level;
    if (!wanted && values_.log_level) wanted = static_cast<LogLevel>(*values_.log_level);
    if (!wanted) return;
    if (level_before_)
        level_before_ = wanted;
    else
        set_log_level(*wanted);
}

void CurrentConfig::take_console_style() {
    output_.set_console_style({.most = shows_status() ? LogLevel::Debug : LogLevel::Warning,
                               .has_time = values_.log_time,
                               .has_color = values_.log_color});
}

bool CurrentConfig::shows_status() const noexcept {
    if (shows_status_) return *shows_status_;
    if (options_.show_status) return *options_.show_status;
    return values_.show_status.value_or(true);
}

void CurrentConfig::override_show_status(std::optional<bool> shows) {
    shows_status_ = shows;
    take_console_style();
}

void CurrentConfig::override_log_level(std::optional<LogLevel> level) {
    if (level) {
        if (!level_before_) level_before_ = log_level();
        set_log_level(*level);
    } else if (level_before_) {
        set_log_level(*level_before_);
        level_before_.reset();
    }
}

void CurrentConfig::warn(std::string_view text) {
    output_.manager_line(LogLevel::Warning, {}, text);
}

void CurrentConfig::warn_of(const Result<void>& done) {
    if (!done) warn(cat(done.error().text, ", ignoring."));
}

} // namespace sctl
