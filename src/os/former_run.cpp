#include "os/former_run.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <optional>

#include "base/clock.hpp"
#include "base/hex.hpp"
#include "base/text.hpp"
#include "unit/search/directory_listing.hpp"
#include "unit/unit_name.hpp"

namespace sctl {
namespace {

constexpr std::string_view place_of_notes = "/run/systemd/running";
constexpr Span patience_with_the_killed = 1s;

// Of this boot and this pid namespace, without a blank.
std::string here() {
    auto boot = read_virtual_file("/proc/sys/kernel/random/boot_id").value_or("");
    auto space = read_link("/proc/self/ns/pid").value_or("");
    return cat(trim(boot), " ", space);
}

std::optional<std::array<uint8_t, 16>> id_from(std::string_view hex) {
    std::array<uint8_t, 16> id;
    if (hex.size() != 2 * id.size()) return std::nullopt;
    for (size_t i = 0; i < id.size(); ++i) {
        auto byte = parse_number<uint8_t>(hex.substr(2 * i, 2), 16);
        if (!byte) return std::nullopt;
        id[i] = *byte;
    }
    return id;
}

std::string text_of(const FormerRun& run, std::string_view where) {
    return cat(where, " ", to_hex(run.invocation), run.is_up ? " up " : " other ", run.main_pid,
               " ", run.start_ticks, " ", run.tag.locks, " ", run.tag.rss, " ", run.control_group,
               "\n");
}

std::optional<FormerRun> run_from(const std::string& unit, std::string_view text,
                                  std::string_view where) {
    text = trim(text);
    if (!text.starts_with(cat(where, " "))) return std::nullopt;
    auto words = split(text.substr(where.size() + 1), " ");
    if (words.size() < 6) return std::nullopt;
    auto invocation = id_from(words[0]);
    auto pid = parse_number<pid_t>(words[2]);
    auto start = parse_number<uint64_t>(words[3]), locks = parse_number<uint64_t>(words[4]),
         rss = parse_number<uint64_t>(words[5]);
    if (!invocation || !pid || !start || !locks || !rss) return std::nullopt;
    return FormerRun{unit,
                     *invocation,
                     words[1] == "up",
                     *pid,
                     *start,
                     {*locks, *rss},
                     words.size() > 6 ? std::string(words[6]) : std::string()};
}

bool is_main(const FormerRun& run, const ProcessStat& stat) {
    return run.main_pid > 0 && stat.pid == run.main_pid && stat.start_ticks == run.start_ticks;
}

bool has_mark(const FormerRun& run, pid_t pid) {
    if (run.tag.locks != RLIM_INFINITY) {
        auto tag = read_process_tag(pid);
        if (tag && (tag->locks == run.tag.locks || tag->rss == run.tag.rss)) return true;
    }
    if (run.control_group.empty()) return false;
    auto group = read_process_cgroup(pid);
    return group &&
           (*group == run.control_group || group->starts_with(cat(run.control_group, "/")));
}

bool runs_still(const FormerRun& run) {
    auto stat = run.main_pid > 0 ? read_process_stat(run.main_pid) : std::nullopt;
    if (stat && is_main(run, *stat) && !stat->dead()) return true;
    return !processes_of(run).empty();
}

// `act` gets each note, or nothing where it says nothing, with the unit's name.
template <class Act>
void for_each_note(const Root& root, Act&& act) {
    auto directory = root.at(place_of_notes);
    auto items = list_directory(directory);
    if (!items) return;
    auto where = here();
    for (const auto& item : *items) {
        if (!UnitName::parse(item.name)) continue; // one that was being written
        auto text = read_file(cat(directory, "/", item.name), 4096);
        act(item.name, text ? run_from(item.name, *text, where) : std::nullopt);
    }
}

} // namespace

Result<void> note_run(const Root& root, const FormerRun& run) {
    auto directory = root.at(place_of_notes);
    if (auto made = make_directories(directory); !made) return made;
    return write_file_atomically(cat(directory, "/", run.unit), text_of(run, here()));
}

void forget_run(const Root& root, std::string_view unit) {
    unlink(root.at(cat(place_of_notes, "/", unit)).c_str());
}

std::vector<FormerRun> take_former_runs(const Root& root) {
    std::vector<FormerRun> runs;
    for_each_note(root, [&](const std::string& unit, std::optional<FormerRun> run) {
        if (run && runs_still(*run))
            runs.push_back(std::move(*run));
        else
            forget_run(root, unit);
    });
    return runs;
}

bool has_former_runs(const Root& root) {
    bool any = false;
    for_each_note(root, [&](const std::string&, const std::optional<FormerRun>& run) {
        any = any || (run && runs_still(*run));
    });
    return any;
}

std::vector<pid_t> processes_of(const FormerRun& run) {
    std::vector<pid_t> found;
    auto all = all_processes();
    if (!all) return found;
    for (pid_t pid : *all) {
        auto stat = read_process_stat(pid);
        if (!stat || stat->dead() || pid == getpid()) continue;
        if (is_main(run, *stat) || has_mark(run, pid)) found.push_back(pid);
    }
    return found;
}

void end_processes(const FormerRun& run, bool waits) {
    Span deadline = monotonic_now() + patience_with_the_killed;
    // Until none is left: they may fork meanwhile.
    for (auto left = processes_of(run); !left.empty(); left = processes_of(run)) {
        for (pid_t pid : left) {
            auto process = open_pidfd(pid);
            // Opened first, and looked at again: the number may be another's by now.
            auto stat = read_process_stat(pid);
            if (!process || !stat || !(is_main(run, *stat) || has_mark(run, pid))) continue;
            ignore_error(signal_pidfd(process->get(), SIGKILL));
            pollfd wait{process->get(), POLLIN, 0};
            auto most = std::max((deadline - monotonic_now()) / 1ms, Span::rep{0});
            if (waits) poll(&wait, 1, static_cast<int>(most));
        }
        if (!waits || monotonic_now() >= deadline) return;
    }
}

} // namespace sctl
