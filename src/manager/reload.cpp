#include "manager/reload.hpp"

#include <unistd.h>

#include <utility>

#include "base/text.hpp"
#include "os/machine.hpp"
#include "unit/syntax/environment.hpp"

namespace sctl {

Reload::Reload(const Parts& parts, std::function<void()> read_config,
               std::function<void()> read_units)
    : generators_(parts.generators),
      files_(parts.files),
      observers_(parts.observers),
      options_(parts.options),
      facts_(parts.facts),
      environment_(parts.environment),
      read_config_(std::move(read_config)),
      read_units_(std::move(read_units)) {}

void Reload::reload(std::function<void()> done) {
    waiters_.push_back(std::move(done));
    if (!under_way_) begin();
}

void Reload::begin() {
    served_ = std::exchange(waiters_, {});
    observers_.tell([](ManagerObserver& observer) { observer.reloading(true); });
    run_insistently("reading the configuration", [this] { read_config_(); });
    generate(Directories::MayHaveChanged, [this] { finish(); });
}

void Reload::finish() {
    run_insistently("reading the unit files", [this] { read_units_(); });
    observers_.tell([](ManagerObserver& observer) { observer.reloading(false); });
    for (const auto& done : std::exchange(served_, {})) {
        if (done) run_insistently("the answer to a reload", done);
    }
}

void Reload::generate_at_boot(std::function<void()> done) {
    generate(Directories::Known, std::move(done));
}

// Runs the generators, if any, and then calls `done`, before this returns or later.
void Reload::generate(Directories directories, std::function<void()> done) {
    under_way_ = true;
    after_generators_ = std::move(done);
    bool runs = false;
    run_guarded("starting generators", [&] { runs = start_generators(); });
    if (!runs) return generated(directories);
    // What was generated before lies elsewhere now.
    if (directories == Directories::MayHaveChanged)
        run_insistently("looking for unit files", [this] { files_.scan(); });
}

bool Reload::start_generators() {
    auto generators = find_generators(options_.root(), [this](std::string_view name) {
        return files_.skipped().leaves_out_generator(name);
    });
    return generators_.start(generators, generator_environment(),
                             [this] { generated(Directories::MayHaveChanged); });
}

void Reload::generated(Directories directories) {
    under_way_ = false;
    if (directories == Directories::MayHaveChanged)
        run_insistently("looking for unit files", [this] { files_.scan(); });
    run_insistently("what follows generators", std::exchange(after_generators_, {}));
    if (!waiters_.empty() && !under_way_) begin();
}

// systemd.generator(7), "Environment variables", and what we were given ourselves.
std::vector<std::string> Reload::generator_environment() const {
    Environment environment(facts_.environment);
    environment.merge(environment_.assignments());
    environment.set("SYSTEMD_SCOPE", "system");
    environment.set("SYSTEMD_IN_INITRD", "0");
    bool first_boot = access(options_.root().at("/run/systemd/first-boot").c_str(), F_OK) == 0;
    environment.set("SYSTEMD_FIRST_BOOT", first_boot ? "1" : "0");
    environment.set("SYSTEMD_ARCHITECTURE", facts_.architecture);
    bool container = detect_container(Root()).kind != Virtualization::Kind::None;
    if (facts_.virtualization != "none") {
        environment.set("SYSTEMD_VIRTUALIZATION",
                        cat(container ? "container:" : "vm:", facts_.virtualization));
    }
    return environment.assignments();
}

} // namespace sctl
