// Generators, systemd.generator(7): programs that write units into /run/systemd/generator, .early
// and .late at boot and at each daemon-reload. All run at once, as children, and the loop goes on
// meanwhile: the loop goes on meanwhile. Who has not ended after the time limit is killed with all
// it started; one that fails, or cannot be executed, costs a line in the log.
//
// Units that were generated before stay readable until the new ones are there: their directories
// are put aside under former_directory(), and removed at the end.
//
//   /run/systemd/system-generators   ─┐ the first directory that has a name wins; an empty file, or
//   /etc/systemd/system-generators    │ a link to /dev/null, masks it
//   /usr/local/lib/systemd/system-generators
//   /lib, /usr/lib/systemd/system-generators
//
// Those of systemd's own that are for machines are left out, unless the administrator put them in
// /etc; in the place of systemd-sysv-generator, where it is missing, ours runs.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/unique_fd.hpp"
#include "os/event_loop.hpp"
#include "os/processes.hpp"
#include "os/reaper.hpp"
#include "os/service_output.hpp"
#include "os/spawn.hpp"
#include "unit/search/search_path.hpp"

namespace sctl {

inline constexpr Span generator_time_limit = 30s;

struct Generator {
    std::string name;
    std::string path; // of this machine; empty: ours
    bool operator==(const Generator&) const = default;
};

// The generators to run, sorted by name. `is_left_out` is asked for each that the system ships.
[[nodiscard]] std::vector<Generator> find_generators(
    const Root& root, const std::function<bool(std::string_view name)>& is_left_out);

// Where the units of the last run are while the next one is under way.
[[nodiscard]] std::string former_directory(std::string_view generator_directory);

class Generators {
  public:
    Generators(EventLoop& loop, ServiceOutput& output, Processes& processes, Root root);
    Generators(const Generators&) = delete;
    Generators& operator=(const Generators&) = delete;

    // Removes what former runs have left, this machine's or an image's.
    void flush();
    // Starts all; false where there is none. Calls `done` from the loop once all have ended.
    bool start(const std::vector<Generator>& generators,
               const std::vector<std::string>& environment, std::function<void()> done);
    [[nodiscard]] bool running() const noexcept { return done_ != nullptr; }
    // A process has ended and is still a zombie. True where it was a generator.
    bool process_exited(const ProcessExit& exit);

  private:
    struct Running {
        std::string name;
        UniqueFd status; // of the steps before exec
        SpawnReport report;
    };

    void launch(const Generator& generator, const std::vector<std::string>& environment);
    void say_how_it_ended(Running& generator, const ProcessExit& exit);
    void kill_all();
    void continue_killing(SignalRequest request, int turns_left);
    void finish();

    EventLoop& loop_;
    ServiceOutput& output_;
    Processes& processes_;
    Root root_;
    std::vector<std::string> directories_; // normal, early, late; of this machine
    OwnerId owner_ = no_owner;
    std::map<pid_t, Running> running_;
    OwnedTimer limit_;
    std::function<void()> done_;
};

} // namespace sctl
