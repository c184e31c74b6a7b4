// Runs the generators and then has the unit files read: at boot, and for each daemon-reload, before
// which the manager's configuration is read.
// Nothing waits for these: requests are answered meanwhile from what is known.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "manager/generators.hpp"
#include "manager/known_unit_files.hpp"
#include "manager/manager_environment.hpp"
#include "manager/manager_options.hpp"
#include "manager/observers.hpp"
#include "unit/facts.hpp"

namespace sctl {

class Reload {
  public:
    struct Parts {
        Generators& generators;
        KnownUnitFiles& files;
        Observers& observers;
        const ManagerOptions& options;
        const Facts& facts;
        const ManagerEnvironment& environment;
    };
    // `read_config` reads the manager's configuration anew, `read_units` all units' files.
    Reload(const Parts& parts, std::function<void()> read_config, std::function<void()> read_units);
    Reload(const Reload&) = delete;
    Reload& operator=(const Reload&) = delete;

    // Calls `done` when the units have been read. One that is asked for while another is under way
    // comes after it.
    void reload(std::function<void()> done);
    // The first run of generators, after which `done` is called, at once or later; it reads units.
    void generate_at_boot(std::function<void()> done);
    void read_units() { read_units_(); }

  private:
    enum class Directories : uint8_t { Known, MayHaveChanged }; // since the last look at them
    using Waiters = std::vector<std::function<void()>>;

    void begin();
    void finish();
    void generate(Directories directories, std::function<void()> done);
    [[nodiscard]] bool start_generators();
    void generated(Directories directories);
    [[nodiscard]] std::vector<std::string> generator_environment() const;

    Generators& generators_;
    KnownUnitFiles& files_;
    Observers& observers_;
    const ManagerOptions& options_;
    const Facts& facts_;
    const ManagerEnvironment& environment_;
    std::function<void()> read_config_, read_units_;
    Waiters waiters_;                        // of the reload that is to begin next
    Waiters served_;                         // of the one that is under way
    bool under_way_ = false;                 // or booting: the generators run
    std::function<void()> after_generators_; // what is to be done then
};

} // namespace sctl
