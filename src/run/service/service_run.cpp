#include "run/service/service_run.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "base/text.hpp"
#include "os/set_aside.hpp"
#include "run/notify.hpp"
#include "run/socket/connection.hpp"
#include "run/unit.hpp"
#include "unit/values/descriptor_name.hpp"

namespace sctl {
namespace {

// Holds for all that have the socket.
void set_blocking(int fd, bool blocks) {
    int flags = fcntl(fd, F_GETFL);
    int wanted = blocks ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
    if (flags >= 0 && wanted != flags) fcntl(fd, F_SETFL, wanted);
}

} // namespace

const ServiceRun* service_run(const Unit& unit) {
    return dynamic_cast<const ServiceRun*>(unit.run.get());
}
const ServiceStatus& service_status(const Unit& unit) {
    return static_cast<const ServiceMachine&>(*unit.machine).status();
}

const ServiceConfig& ServiceRun::config() const {
    return *service_config(loaded());
}
const ServiceStatus& ServiceRun::status() const {
    return service_status(unit_);
}

Answer ServiceRun::execute(const UnitAction& what) {
    if (std::holds_alternative<action::ReadPidFile>(what)) return look_at_pid_file();
    if (std::holds_alternative<action::WatchPidFile>(what)) return watch_pid_file();
    if (std::holds_alternative<action::GuessMainPid>(what)) return guess_main_pid();
    if (std::holds_alternative<action::CancelWatchdog>(what)) {
        watchdog_timer_.cancel();
        return std::nullopt;
    }
    if (const auto* timer = std::get_if<action::ArmWatchdog>(&what)) {
        arm_watchdog(timer->deadline);
        return std::nullopt;
    }
    // As in systemd, Restart= has it no more.
    if (const auto* over = std::get_if<action::RemoveRuntimeFiles>(&what);
        over && !means_.host.is_to_start(unit_.id)) {
        drop_connection();
        if (!over->will_restart) store_.clear();
    }
    if (std::holds_alternative<action::SendSignal>(what)) meet_former_processes();
    return ProcessRun::execute(what);
}

// Most services have no watchdog, and so no timer for one.
void ServiceRun::arm_watchdog(Span deadline) {
    if (!watchdog_timer_.exists())
        watchdog_timer_ = OwnedTimer(means_.loop, [this] { watchdog_elapsed(); });
    watchdog_timer_.arm(deadline);
}

void ServiceRun::watchdog_elapsed() {
    if (means_.host.watches_services()) return means_.host.post(unit_.id, event::WatchdogElapsed{});
    log(LogLevel::Warning, "Watchdog disabled! Ignoring watchdog timeout.");
}

const ExecCommand& ServiceRun::command(const action::Spawn& what) const {
    return config().commands(what.which.as<ServiceExecCommand>())[what.index];
}

Result<void> ServiceRun::describe(const action::Spawn& what, ExecPlanInputs& inputs) {
    using enum ServiceExecCommand;
    const ServiceConfig& config = this->config();
    auto which = what.which.as<ServiceExecCommand>();
    bool is_start = which == Start;
    inputs.own_variables = variables_of(which);
    inputs.drops_privileges = is_start || !config.permissions_start_only;
    inputs.changes_root = is_start || !config.root_directory_start_only;
    inputs.is_watched = is_start && config.watchdog.count() > 0;
    // The commands of a stop find what those of the start have got.
    inputs.makes_credentials = which != Reload && which != Stop && which != StopPost;
    auto taken = take_sockets(is_start, inputs);
    if (!taken || !is_start) return taken;
    if (auto stored = store_.pass(inputs.passed); !stored) return stored;
    auto opened = open_files(config.open_files, inputs.root);
    if (!opened) return opened.error();
    std::ranges::move(opened->descriptors, std::back_inserter(inputs.passed.descriptors));
    std::ranges::move(opened->names, std::back_inserter(inputs.passed.names));
    return {};
}

Result<PassedFiles> ServiceRun::collect_descriptors() const {
    PassedFiles passed;
    Result<void> result;
    if (connection_) {
        result = passed.add_copy(connection_.get(), "connection");
    } else {
        means_.host.for_each_trigger(unit_.id, [&](const Unit& trigger) {
            if (result && trigger.run) result = trigger.run->pass_descriptors(passed);
        });
    }
    if (!result) return result.error();
    for (const auto& fd : passed.descriptors) set_blocking(fd.get(), !config().non_blocking);
    return passed;
}

Result<void> ServiceRun::take_connection(UniqueFd connection, UnitId socket) {
    if (loaded().load_state != LoadState::Loaded) return errno_error("connection", EINVAL);
    if (connection_) return errno_error("connection", EBUSY);
    if (unit_.machine->phase() != Phase::Down) return errno_error("connection", EAGAIN);
    auto peer = peer_text(connection.get());
    auto& description = unit_.loaded.unit.description;
    if (!peer.empty()) description = description.empty() ? peer : cat(description, " (", peer, ")");
    connection_ = std::move(connection);
    accepted_by_ = socket;
    return {};
}

// With SO_LINGER, which the service may have set, close(2) would wait for the other side.
void ServiceRun::drop_connection() {
    if (!connection_) return;
    linger none{};
    setsockopt(connection_.get(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
    connection_.reset();
    Unit* socket = means_.host.find_unit(std::exchange(accepted_by_, no_unit));
    if (socket && socket->run) socket->run->connection_closed(unit_.id);
}

// With StandardInput=socket and its like there is one, and it is passed in no other way.
Result<void> ServiceRun::take_sockets(bool passes, ExecPlanInputs& inputs) const {
    bool as_stream = wants_socket(*loaded().exec);
    if (!passes && !as_stream) return {};
    auto collected = collect_descriptors();
    if (!collected) return collected.error();
    if (!as_stream) {
        inputs.passed = std::move(*collected);
        return {};
    }
    auto count = collected->descriptors.size();
    if (count != 1) {
        log(LogLevel::Error, count == 0 ? "Got no socket." : "Got more than one socket.");
        return Error{EINVAL, strerror(EINVAL), {}};
    }
    inputs.socket = std::move(collected->descriptors.front());
    set_blocking(inputs.socket.get(), true);
    return {};
}

std::vector<std::string> ServiceRun::left_files() {
    stop_watching_pid_file();
    former_.reset();
    if (config().pid_file.empty()) return {};
    auto path = means_.root.at(config().pid_file);
    auto gone = unlink_at_once(path, means_.root.at("/run"));
    bool may_be_there = !gone && gone.error().code != ENOENT && gone.error().code != EISDIR;
    if (!may_be_there) return {};
    return {"--file", path};
}

// --- what it gives away ------------------------------------------------------------------------

void ServiceRun::store_descriptors(std::string_view text, std::vector<UniqueFd>& descriptors) {
    auto said = parse_fd_notification(text);
    bool is_valid = said.name && is_descriptor_name(*said.name);
    if (said.removes) {
        if (is_valid)
            store_.remove(*said.name);
        else
            log(LogLevel::Warning,
                "FDSTOREREMOVE=1 requested, but no valid file descriptor name passed, ignoring.");
        return;
    }
    unsigned most = config().file_descriptor_store_max;
    if (!said.stores || most == 0) return;
    if (said.name && !is_valid) log(LogLevel::Warning, "Passed FDNAME= name is invalid, ignoring.");
    for (auto& fd : descriptors) {
        auto stored =
            store_.add(std::move(fd), is_valid ? *said.name : "stored", said.is_watched, most);
        if (stored) continue;
        return log(LogLevel::Warning, cat("Cannot store more fds than FileDescriptorStoreMax=",
                                          most, ", closing remaining."));
    }
}

// --- what it says of itself ----------------------------------------------------------------------

bool ServiceRun::may_notify(pid_t sender, uid_t sender_uid) {
    NotifyAccess access = config().notify_access;
    bool main = sender == main_pid(), control = sender == control_pid();
    auto refuse = [&](std::string_view who) {
        log(LogLevel::Warning,
            cat("Got notification message from PID ", sender, ", but reception ", who));
        return false;
    };
    if (access == NotifyAccess::None) return refuse("is disabled.");
    if (access == NotifyAccess::Main && !main) {
        return refuse(main_pid() > 0 ? cat("only permitted for main PID ", main_pid())
                                     : "only permitted for main PID which is currently not known");
    }
    if (access == NotifyAccess::Exec && !main && !control)
        return refuse("only permitted for main PID and control PID");
    if (access == NotifyAccess::All && !main && !control) {
        Identity identity = means_.processes.identify(sender);
        bool weak = identity.evidence == Evidence::Tag || identity.evidence == Evidence::Session;
        if (weak && !runs_as(sender_uid) && sender_uid != 0)
            return refuse("is not permitted for another user's process");
    }
    return true;
}

void ServiceRun::notified(pid_t sender, uid_t sender_uid, std::string_view text,
                          std::vector<UniqueFd>& descriptors) {
    if (!may_notify(sender, sender_uid)) return;
    store_descriptors(text, descriptors);
    event::Notified said = parse_notification(sender, text);
    if (said.main_pid) check_main_pid(said, sender_uid);
    means_.host.post(unit_.id, std::move(said));
}

} // namespace sctl
