// ServiceRunner's part that finds out which process is a service's main one: PIDFile=, a guess, or
// MAINPID= of a notification. None of these is believed blindly: a process that is not the
// service's own is taken only on root's word (systemd.service(5), PIDFile=).
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/text.hpp"
#include "manager/manager.hpp"
#include "manager/notify.hpp"
#include "manager/service_runner.hpp"
#include "os/process.hpp"
#include "os/safe_path.hpp"

namespace sctl {

namespace {

struct OpenedPidFile {
    OpenedPath file;
    bool safe_path = true; // no unprivileged user could lead us elsewhere
};

// Opened once: what is judged is what is read, whatever is put in its place meanwhile.
Result<OpenedPidFile> open_pid_file(const Root& root, const std::string& path) {
    auto opened = open_safely(root, path, {.follow_last = true});
    if (opened) return OpenedPidFile{std::move(*opened), true};
    if (opened.error().code != ENOLINK) return opened.error();
    OpenedPidFile doubtful{{UniqueFd(open(path.c_str(), O_PATH | O_CLOEXEC)), {}, true}, false};
    bool is_there = doubtful.file.fd && fstat(doubtful.file.fd.get(), &doubtful.file.info) == 0;
    return is_there ? Result<OpenedPidFile>(std::move(doubtful)) : errno_error(path);
}

Result<pid_t> read_pid(const OpenedPath& file, const std::string& path) {
    if (!S_ISREG(file.info.st_mode)) return errno_error(path, EINVAL);
    auto text = read_file(path_of_fd(file.fd.get()), 4096);
    if (!text) return errno_error(path, text.error().code);
    auto pid = parse_number<pid_t>(trim(std::string_view(*text).substr(0, text->find('\n'))));
    if (!pid || *pid <= 1 || *pid == getpid()) return errno_error(path, EINVAL);
    return *pid;
}

// Who owns the PID file, where not just anybody could have put it there. A daemon that gives up
// root's rights, as PostgreSQL and dnsmasq do, writes it as the user it has become, in a directory
// that was given to this user.
std::optional<uid_t> trustworthy_owner(const OpenedPidFile& found) {
    bool is_closed = !found.file.is_open_to_all && (found.file.info.st_mode & S_IWOTH) == 0;
    if (!found.safe_path || !is_closed) return std::nullopt;
    return found.file.info.st_uid;
}

} // namespace

bool ServiceRunner::belongs_to(Unit& unit, pid_t pid, std::optional<uid_t> vouched) {
    Identity identity = manager_.tracker().identify(pid);
    if (identity.owner != unit.service->owner) return false;
    // A process may lower its tag into another's: such evidence needs the service's own user, or
    // the word of the one who owns its PID file.
    bool weak = identity.evidence == Evidence::Tag || identity.evidence == Evidence::Session;
    if (!weak) return true;
    auto uid = read_process_uid(pid);
    return uid && (*uid == unit.service->uid || uid == unit.service->user || uid == vouched);
}

void ServiceRunner::take_main_pid(Unit& unit, pid_t pid, bool alien) {
    if (unit.service->alien_pid != pid) forget_alien(unit);
    // A PID file may name another service's process: it stays that one's, and we watch it, too.
    Unit* owner = manager_.owner_of(pid);
    if (owner && owner->id != unit.id) return watch_alien(unit, pid);
    manager_.tracker().note_process(pid, unit.service->owner);
    // What we are not the parent of is known by its pidfd: no exit of ours would take it off again.
    if (alien) return watch_alien(unit, pid);
    manager_.own_process(pid, unit.id);
}

event::PidFileRead ServiceRunner::look_at_pid_file(Unit& unit) {
    Root root = manager_.options().root();
    auto path = root.at(service_config(unit.loaded)->pid_file);
    auto opened = open_pid_file(root, path);
    if (!opened) return {.pid = opened.error()};
    auto pid = read_pid(opened->file, path);
    if (!pid) return {.pid = pid.error()};
    event::PidFileRead found{.pid = *pid};
    auto stat = read_process_stat(*pid);
    found.alive = stat && !stat->dead();
    found.alien = stat && stat->parent != getpid();
    found.belongs = belongs_to(unit, *pid, trustworthy_owner(*opened));
    found.owned_by_root = opened->file.info.st_uid == 0;
    found.safe_path = opened->safe_path;
    if (found.alive && (found.belongs || (found.owned_by_root && found.safe_path))) {
        take_main_pid(unit, *pid, found.alien);
    }
    return found;
}

void ServiceRunner::read_pid_file(Unit& unit) {
    manager_.answer(unit.id, look_at_pid_file(unit));
}

// The file may be written at any time, in a directory that is not there yet: the nearest one that
// exists is watched, and each change is a reason to look again.
void ServiceRunner::watch_pid_file(Unit& unit) {
    ServiceRuntime& service = *unit.service;
    stop_watching_pid_file(unit);
    service.pid_file_inotify.reset(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (!service.pid_file_inotify) {
        return manager_.answer(unit.id,
                               event::PidFileWatchFailed{errno_error("inotify_init").text});
    }
    auto path = manager_.options().root().at(service_config(unit.loaded)->pid_file);
    for (std::string_view directory = directory_of(path); !directory.empty();
         directory = directory_of(directory)) {
        if (inotify_add_watch(service.pid_file_inotify.get(), std::string(directory).c_str(),
                              IN_CREATE | IN_MOVED_TO | IN_MODIFY | IN_CLOSE_WRITE) >= 0 ||
            directory == "/") {
            break;
        }
    }
    auto watch = manager_.loop().watch(
        service.pid_file_inotify.get(), EPOLLIN, [this, id = unit.id](uint32_t) {
            if (!manager_.exists(id)) return;
            Unit& unit = manager_.unit(id);
            manager_.post(id, event::PidFileChanged{});
            watch_pid_file(unit); // anew: a directory nearer to the file may exist now
        });
    if (watch) service.pid_file_watch = std::move(*watch);
}

void ServiceRunner::stop_watching_pid_file(Unit& unit) {
    unit.service->pid_file_watch.stop();
    unit.service->pid_file_inotify.reset();
}

void ServiceRunner::guess_main_pid(Unit& unit) {
    auto& tracker = manager_.tracker();
    pid_t guess = 0;
    for (pid_t pid : tracker.own_children_of(unit.service->owner)) {
        if (pid == service_status(unit).control_pid) continue;
        auto stat = read_process_stat(pid);
        if (!stat || stat->dead()) continue;
        if (guess != 0) {
            guess = 0; // more than one: which of them matters cannot be told
            break;
        }
        guess = pid;
    }
    if (guess) take_main_pid(unit, guess, false);
    manager_.answer(unit.id, event::MainPidGuessed{guess, false});
}

// No SIGCHLD will tell of its end; a pidfd does.
void ServiceRunner::watch_alien(Unit& unit, pid_t pid) {
    ServiceRuntime& service = *unit.service;
    service.alien_watch.stop();
    service.alien_pid = pid;
    auto pidfd = open_pidfd(pid);
    if (!pidfd) return;
    service.alien_pidfd = std::move(*pidfd);
    auto watch = manager_.loop().watch(service.alien_pidfd.get(), EPOLLIN,
                                       [this, id = unit.id, pid](uint32_t) {
                                           if (!manager_.exists(id)) return;
                                           Unit& unit = manager_.unit(id);
                                           // How it ended is its parent's to know.
                                           ProcessExit exit{pid, CLD_EXITED, 0};
                                           note_exit(unit, exit);
                                           manager_.tracker().forget_process(pid);
                                           tell_exits(unit, {exit});
                                           unit.service->alien_watch.stop();
                                           unit.service->alien_pidfd.reset();
                                           unit.service->alien_pid = 0;
                                           manager_.run_events();
                                       });
    if (watch) service.alien_watch = std::move(*watch);
}

void ServiceRunner::forget_alien(Unit& unit) {
    ServiceRuntime& service = *unit.service;
    service.alien_watch.stop();
    service.alien_pidfd.reset();
    if (pid_t pid = std::exchange(service.alien_pid, 0))
        manager_.tracker().forget_alien(pid, service.owner);
}

void ServiceRunner::notified(Unit& unit, event::Notified said, pid_t sender, uid_t sender_uid) {
    ServiceRuntime& service = *unit.service;
    NotifyAccess access = service_config(unit.loaded)->notify_access;
    bool main = sender == service_status(unit).main_pid,
         control = sender == service_status(unit).control_pid;
    auto refuse = [&](std::string_view who) {
        manager_.log_unit(
            unit, LogLevel::Warning,
            cat("Got notification message from PID ", sender, ", but reception ", who));
    };
    if (access == NotifyAccess::None) return refuse("is disabled.");
    if (access == NotifyAccess::Main && !main) {
        return refuse(service_status(unit).main_pid > 0
                          ? cat("only permitted for main PID ", service_status(unit).main_pid)
                          : "only permitted for main PID which is currently not known");
    }
    if (access == NotifyAccess::Exec && !main && !control)
        return refuse("only permitted for main PID and control PID");
    if (access == NotifyAccess::All && !main && !control) {
        Identity identity = manager_.tracker().identify(sender);
        bool weak = identity.evidence == Evidence::Tag || identity.evidence == Evidence::Session;
        if (weak && sender_uid != service.uid && sender_uid != service.user && sender_uid != 0)
            return refuse("is not permitted for another user's process");
    }
    if (said.main_pid) {
        auto stat = read_process_stat(*said.main_pid);
        bool alive = stat && !stat->dead() && *said.main_pid != getpid();
        if (!alive || !(belongs_to(unit, *said.main_pid) || sender_uid == 0)) {
            manager_.log_unit(unit, LogLevel::Warning,
                              cat("New main PID ", *said.main_pid,
                                  alive ? " does not belong to service, refusing."
                                        : " does not exist or is a zombie, ignoring."));
            said.main_pid.reset();
        } else {
            said.main_pid_alien = stat->parent != getpid();
            take_main_pid(unit, *said.main_pid, said.main_pid_alien);
        }
    }
    manager_.post(unit.id, std::move(said));
}

} // namespace sctl
