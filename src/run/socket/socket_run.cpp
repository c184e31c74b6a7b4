#include "run/socket/socket_run.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/hex.hpp"
#include "base/text.hpp"
#include "os/users.hpp"
#include "run/socket/open_place.hpp"
#include "run/unit.hpp"

namespace sctl {
namespace {

// Exit statuses of the process that systemd has for it (systemd.exec(5), "Process Exit Codes").
constexpr int no_such_group = 216, no_such_user = 217, cannot_chown = 235;

std::string hexadecimal(uint32_t value) {
    std::string digits;
    for (; value > 0 || digits.empty(); value /= 16)
        digits.insert(digits.begin(), "0123456789abcdef"[value % 16]);
    return cat("0x", digits);
}

} // namespace

const SocketRun* socket_run(const Unit& unit) {
    return dynamic_cast<const SocketRun*>(unit.run.get());
}
const SocketStatus& socket_status(const Unit& unit) {
    return static_cast<const SocketMachine&>(*unit.machine).status();
}

const SocketConfig& SocketRun::config() const {
    return *socket_config(loaded());
}

Answer SocketRun::execute(const UnitAction& what) {
    auto answer = answer_of(what);
    return answer ? answer : ProcessRun::execute(what);
}

Answer SocketRun::answer_of(const UnitAction& what) {
    if (std::holds_alternative<action::OpenSockets>(what)) return open_all();
    if (std::holds_alternative<action::ChownSockets>(what)) return chown_all();
    if (const auto* watching = std::get_if<action::WatchSockets>(&what)) {
        if (watching->flush) flush_all();
        return watch_all();
    }
    if (std::holds_alternative<action::UnwatchSockets>(what)) unwatch_all();
    if (std::holds_alternative<action::FlushSockets>(what)) flush_all();
    if (std::holds_alternative<action::CloseSockets>(what)) close_all();
    if (const auto* taking = std::get_if<action::TakeConnection>(&what))
        return take_next(taking->place);
    if (std::holds_alternative<action::DropConnection>(what)) connection_.reset();
    if (const auto* start = std::get_if<action::StartInstance>(&what))
        return start_instance(start->number);
    return std::nullopt;
}

const ExecCommand& SocketRun::command(const action::Spawn& what) const {
    return config().commands(what.which.as<SocketExecCommand>())[what.index];
}

Result<void> SocketRun::describe(const action::Spawn&, ExecPlanInputs& inputs) {
    inputs.own_variables.push_back(cat("INVOCATION_ID=", to_hex(unit_.invocation_id)));
    return {};
}

// SocketUser= and SocketGroup= may be in no file either.
bool SocketRun::may_start() {
    if (!ProcessRun::may_start()) return false;
    if (!means_.root.is_machine()) return true;
    NameLookup::Names missing;
    const auto& settings = config();
    if (!settings.user.empty() && !find_user(means_.root, settings.user))
        missing.users.push_back(settings.user);
    if (!settings.group.empty() && !find_group(means_.root, settings.group))
        missing.groups.push_back(settings.group);
    if (missing.users.empty() && missing.groups.empty()) return true;
    RunHost& host = means_.host;
    return means_.names.ask(missing, [&host, id = unit_.id] { host.wake_job(id); });
}

// --- opening and closing -------------------------------------------------------------------------

event::SocketsOpened SocketRun::open_all() {
    auto say = [this](std::string_view text) { warn(text); };
    places_.clear();
    for (const auto& place : config().places) {
        auto opened = open_place(config(), place, means_.root, say);
        if (!opened) {
            log(LogLevel::Error, opened.error().text);
            places_.clear();
            return {strerror(opened.error().code)};
        }
        places_.push_back({place, std::move(*opened), {}});
    }
    make_symlinks(config(), means_.root, say);
    return {};
}

void SocketRun::close_all() {
    connection_.reset();
    if (config().remove_on_stop && !places_.empty()) {
        for (const auto& open : places_) remove_place(open.place, means_.root);
        for (const auto& link : config().symlinks) unlink(means_.root.at(link).c_str());
    }
    places_.clear();
}

// A place that the settings do not name any more is closed, and its node stays, as in systemd. What
// they name anew is opened by the next start.
void SocketRun::settings_changed() {
    const auto* settings = socket_config(loaded());
    if (!settings || places_.empty()) return;
    auto wanted = settings->places;
    auto is_less = std::erase_if(places_, [&](const OpenPlace& open) {
        auto same = std::ranges::find_if(wanted, [&](const ListenPlace& place) {
            return place.type == open.place.type && place.text() == open.place.text();
        });
        if (same == wanted.end()) return true;
        wanted.erase(same);
        return false;
    });
    if (!is_less) return;
    if (places_.empty())
        warn(
            "Socket unit configuration has changed while unit has been running, no open socket "
            "file descriptor left. The socket unit is not functional until restarted.");
    // The watches know their places by number.
    bool is_watched = socket_status(unit_).state == SocketState::Listening;
    unwatch_all();
    if (is_watched) (void)watch_all();
}

// Names that no file has were asked of getent before the start.
event::SocketsChowned SocketRun::chown_all() {
    const auto& settings = config();
    uid_t uid = static_cast<uid_t>(-1);
    gid_t gid = static_cast<gid_t>(-1);
    if (!settings.user.empty()) {
        auto user = find_user(means_.root, settings.user);
        auto asked = user ? std::optional(*user) : means_.names.user(settings.user);
        auto number = parse_id(settings.user);
        if (!asked && !number) return {no_such_user};
        uid = asked ? asked->uid : *number;
        if (asked) gid = asked->gid;
    }
    if (!settings.group.empty()) {
        auto group = find_group(means_.root, settings.group);
        auto asked = group ? std::optional(*group) : means_.names.group(settings.group);
        auto number = parse_id(settings.group);
        if (!asked && !number) return {no_such_group};
        gid = asked ? asked->gid : *number;
    }
    for (const auto& open : places_) {
        auto node = open.place.node();
        if (node.empty()) continue;
        if (fchownat(AT_FDCWD, means_.root.at(node).c_str(), uid, gid, AT_SYMLINK_NOFOLLOW) == 0)
            continue;
        log(LogLevel::Error, errno_error(cat("Failed to change ownership for ", node)).text);
        return {cannot_chown};
    }
    return {};
}

// --- watching ------------------------------------------------------------------------------------

event::SocketsWatched SocketRun::watch_all() {
    for (size_t i = 0; i < places_.size(); ++i) {
        auto watch = means_.loop.watch(places_[i].fd.get(), EPOLLIN,
                                       [this, i](uint32_t events) { incoming(i, events); });
        if (!watch) {
            unwatch_all();
            return {strerror(watch.error().code)};
        }
        places_[i].watch = std::move(*watch);
    }
    return {};
}

void SocketRun::unwatch_all() {
    for (auto& open : places_) open.watch.stop();
}

void SocketRun::flush_all() {
    for (const auto& open : places_) flush_place(open.place, open.fd.get());
}

// What is ready is so until the machine has decided, which it does before the loop waits again.
void SocketRun::incoming(size_t place, uint32_t events) {
    event::Incoming what{place, {}};
    if ((events & EPOLLHUP) != 0)
        what.trouble =
            "Got POLLHUP on a listening socket. The service probably invoked shutdown() on it, and "
            "should better not do that.";
    else if (events != EPOLLIN)
        what.trouble = cat("Got unexpected poll event (", hexadecimal(events), ") on socket.");
    means_.host.post(unit_.id, std::move(what));
}

// --- what the service gets -----------------------------------------------------------------------

Result<void> SocketRun::pass_descriptors(PassedFiles& passed) const {
    auto name = descriptor_name(config(), unit_.name());
    for (const auto& open : places_) {
        if (auto added = passed.add_copy(open.fd.get(), name); !added) return added;
    }
    return {};
}

} // namespace sctl
