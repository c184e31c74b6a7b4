#include "run/timer/timer_run.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/text.hpp"
#include "run/unit.hpp"

namespace sctl {

const TimerStatus* timer_status(const Unit& unit) {
    const auto* machine = dynamic_cast<const TimerMachine*>(unit.machine.get());
    return machine ? &machine->status() : nullptr;
}

TimerRun::TimerRun(Unit& unit, RunMeans& means, OwnerId owner)
    : unit_(unit), means_(means), owner_(owner), wait_(means.elapses, unit.id) {}

Answer TimerRun::execute(const UnitAction& action) {
    if (const auto* arm = std::get_if<action::ArmElapse>(&action))
        wait_.arm(arm->realtime, arm->monotonic, arm->accuracy);
    else if (std::holds_alternative<action::CancelElapse>(action))
        wait_.cancel();
    else if (std::holds_alternative<action::ReadStamp>(action))
        return read_stamp();
    else if (const auto* stamp = std::get_if<action::WriteStamp>(&action))
        write_stamp(stamp->realtime);
    else if (const auto* files = std::get_if<action::RemoveFiles>(&action))
        for (const auto& path : files->paths) unlink(means_.root.at(path).c_str());
    return std::nullopt;
}

std::vector<std::string> TimerRun::paths_to_clean(DirectoryType type) const {
    if (type != DirectoryType::State || !timer_config(unit_.loaded)->persistent) return {};
    return {timer_stamp_path(unit_.loaded)};
}

// A timer that has never elapsed has from now on a moment from which what it missed counts.
event::StampRead TimerRun::read_stamp() {
    struct stat info {};
    auto path = means_.root.at(timer_stamp_path(unit_.loaded));
    if (stat(path.c_str(), &info) == 0) {
        return {std::chrono::duration_cast<Span>(std::chrono::seconds(info.st_mtim.tv_sec) +
                                                 std::chrono::nanoseconds(info.st_mtim.tv_nsec))};
    }
    if (errno == ENOENT) write_stamp(current_moment().realtime);
    return {};
}

void TimerRun::write_stamp(Span realtime) {
    auto path = means_.root.at(timer_stamp_path(unit_.loaded));
    auto made = make_directories(std::string(directory_of(path)));
    UniqueFd file(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0644));
    auto seconds = std::chrono::floor<std::chrono::seconds>(realtime);
    timespec time{static_cast<time_t>(seconds.count()),
                  static_cast<long>(std::chrono::nanoseconds(realtime - seconds).count())};
    timespec both[] = {time, time};
    if (file && futimens(file.get(), both) == 0) return;
    int problem = errno;
    means_.host.log_unit(
        unit_, LogLevel::Warning,
        made ? errno_error(cat("Failed to write ", path), problem).text : made.error().text);
}

} // namespace sctl
