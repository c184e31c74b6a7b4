// Manager's part that reads unit files from disk: at first, and again for daemon-reload, after the
// generators have run. Nothing waits for these: requests are answered meanwhile from what is known.
#include <unistd.h>

#include <algorithm>

#include "base/text.hpp"
#include "manager/generators.hpp"
#include "manager/manager.hpp"
#include "os/machine.hpp"
#include "unit/embedded_units.hpp"
#include "unit/environment.hpp"

namespace sctl {

void Manager::rescan() {
    SearchPath paths = system_search_path();
    if (generators_->running()) {
        for (auto* directory : {&paths.generator, &paths.generator_early, &paths.generator_late}) {
            auto former = former_directory(*directory);
            std::ranges::replace(paths.directories, *directory, former);
            *directory = former;
        }
    }
    auto index = std::make_unique<UnitIndex>(
        UnitIndex::scan(options_.root(), paths, warn_, embedded_units()));
    // What was known is better than to find no unit any more; the next look reads again.
    if (index_ && index->is_incomplete()) return index_->expect_changes();
    index_ = std::move(index);
    skipped_ = SkippedUnits::read(options_.root(), options_.is_pid1);
}

void Manager::reload(std::function<void()> done) {
    reload_waiters_.push_back(std::move(done));
    if (!reloading_) begin_reload();
}

void Manager::begin_reload() {
    auto waiters = std::exchange(reload_waiters_, {});
    for (auto* observer : observers_) observer->reloading(true);
    generate(UnitFiles::MayHaveChanged, [this, waiters = std::move(waiters)] {
        read_all_again();
        for (auto* observer : observers_) observer->reloading(false);
        for (const auto& done : waiters) {
            if (done) done();
        }
    });
}

// Runs the generators, if any, and then calls `done`, before this returns or later.
void Manager::generate(UnitFiles files, std::function<void()> done) {
    reloading_ = true;
    auto finished = [this, done = std::move(done)](UnitFiles files) {
        reloading_ = false;
        if (files == UnitFiles::MayHaveChanged) rescan();
        done();
        if (!reload_waiters_.empty() && !reloading_) begin_reload();
    };
    auto generators = find_generators(options_.root(), [this](std::string_view name) {
        return skipped_.leaves_out_generator(name);
    });
    bool runs = generators_->start(generators, generator_environment(),
                                   [finished] { finished(UnitFiles::MayHaveChanged); });
    if (!runs) return finished(files);
    // What was generated before lies elsewhere now.
    if (files == UnitFiles::MayHaveChanged) rescan();
}

// systemd.generator(7), "Environment variables", and what we were given ourselves.
std::vector<std::string> Manager::generator_environment() const {
    Environment environment(facts_.environment);
    environment.merge(environment_);
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

// Aliases are found anew; the units keep their numbers, their state and their processes, but not
// what their limits have counted. Whatever the former dependencies have led to is asked again of
// the new ones.
void Manager::read_all_again() {
    ids_.clear();
    for (auto& unit : units_) {
        if (!unit) continue;
        graph_.remove_declared(unit->id);
        ids_[unit->name().str()] = unit->id;
        to_load_.push_back(unit->id);
        unit->start_limit.reset();
        unit->self_limit.reset();
    }
    load_queued();
    jobs_.wake_all();
    for (auto& unit : units_) {
        if (!unit) continue;
        mark_changed(unit->id);
        may_be_garbage(unit->id);
        to_examine_.push_back(unit->id);
    }
    schedule_turn();
}

} // namespace sctl
