// ServiceRun's part that finds out which process is a service's main one: PIDFile=, a guess, or
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
#include "os/process.hpp"
#include "os/safe_path.hpp"
#include "run/service/service_run.hpp"
#include "run/unit.hpp"

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

void ServiceRun::take_main_pid(pid_t pid, bool alien) {
    if (alien_pid_ != pid) forget_alien();
    // A PID file may name another service's process: it stays that one's, and we watch it, too.
    Unit* owner = means_.host.owner_of(pid);
    if (owner && owner->id != unit_.id) return watch_alien(pid);
    means_.processes.note_process(pid, this->owner());
    // What we are not the parent of is known by its pidfd: no exit of ours would take it off again.
    if (alien) return watch_alien(pid);
    means_.host.own_process(pid, unit_.id);
}

event::PidFileRead ServiceRun::look_at_pid_file() {
    auto path = means_.root.at(config().pid_file);
    auto opened = open_pid_file(means_.root, path);
    if (!opened) return {.pid = opened.error()};
    auto pid = read_pid(opened->file, path);
    if (!pid) return {.pid = pid.error()};
    event::PidFileRead found{.pid = *pid};
    auto stat = means_.processes.stat(*pid);
    found.alive = stat && !stat->dead();
    found.alien = stat && stat->parent != getpid();
    found.belongs = belongs_to_us(*pid, trustworthy_owner(*opened));
    found.owned_by_root = opened->file.info.st_uid == 0;
    found.safe_path = opened->safe_path;
    if (found.alive && (found.belongs || (found.owned_by_root && found.safe_path)))
        take_main_pid(*pid, found.alien);
    return found;
}

// The file may be written at any time, in a directory that is not there yet: the nearest one that
// exists is watched, and each change is a reason to look again.
Answer ServiceRun::watch_pid_file() {
    stop_watching_pid_file();
    pid_file_inotify_.reset(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (!pid_file_inotify_) return event::PidFileWatchFailed{errno_error("inotify_init").text};
    auto path = means_.root.at(config().pid_file);
    for (std::string_view directory = directory_of(path); !directory.empty();
         directory = directory_of(directory)) {
        if (inotify_add_watch(pid_file_inotify_.get(), std::string(directory).c_str(),
                              IN_CREATE | IN_MOVED_TO | IN_MODIFY | IN_CLOSE_WRITE) >= 0 ||
            directory == "/") {
            break;
        }
    }
    auto watch = means_.loop.watch(pid_file_inotify_.get(), EPOLLIN, [this](uint32_t) {
        means_.host.post(unit_.id, event::PidFileChanged{});
        // Anew: a directory nearer to the file may exist now.
        if (auto failed = watch_pid_file()) means_.host.post(unit_.id, std::move(*failed));
    });
    if (watch) pid_file_watch_ = std::move(*watch);
    return std::nullopt;
}

void ServiceRun::stop_watching_pid_file() {
    pid_file_watch_.stop();
    pid_file_inotify_.reset();
}

event::MainPidGuessed ServiceRun::guess_main_pid() {
    pid_t guess = 0;
    for (pid_t pid : means_.processes.own_children_of(owner())) {
        if (pid == control_pid()) continue;
        auto stat = means_.processes.stat(pid);
        if (!stat || stat->dead()) continue;
        if (guess != 0) {
            guess = 0; // more than one: which of them matters cannot be told
            break;
        }
        guess = pid;
    }
    if (guess) take_main_pid(guess, false);
    return {guess, false};
}

// No SIGCHLD will tell of its end; a pidfd does.
void ServiceRun::watch_alien(pid_t pid) {
    alien_watch_.stop();
    alien_pid_ = pid;
    auto pidfd = open_pidfd(pid);
    if (!pidfd) return;
    alien_pidfd_ = std::move(*pidfd);
    auto watch =
        means_.loop.watch(alien_pidfd_.get(), EPOLLIN, [this, pid](uint32_t) { alien_ended(pid); });
    if (watch) alien_watch_ = std::move(*watch);
}

// How it ended is its parent's to know.
void ServiceRun::alien_ended(pid_t pid) {
    ProcessExit exit{pid, CLD_EXITED, 0};
    note_exit(exit);
    meet_former_processes();
    means_.processes.forget_process(pid);
    tell_exits({exit});
    alien_watch_.stop();
    alien_pidfd_.reset();
    alien_pid_ = 0;
}

void ServiceRun::forget_alien() {
    alien_watch_.stop();
    alien_pidfd_.reset();
    if (pid_t pid = std::exchange(alien_pid_, 0)) means_.processes.forget_alien(pid, owner());
}

void ServiceRun::check_main_pid(event::Notified& said, uid_t sender_uid) {
    pid_t pid = *said.main_pid;
    auto stat = means_.processes.stat(pid);
    bool alive = stat && !stat->dead() && pid != getpid();
    if (!alive || !(belongs_to_us(pid) || sender_uid == 0)) {
        log(LogLevel::Warning, cat("New main PID ", pid,
                                   alive ? " does not belong to service, refusing."
                                         : " does not exist or is a zombie, ignoring."));
        return said.main_pid.reset();
    }
    said.main_pid_alien = stat->parent != getpid();
    take_main_pid(pid, said.main_pid_alien);
}

} // namespace sctl
