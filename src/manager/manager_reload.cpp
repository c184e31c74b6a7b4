// Manager's part that reads unit files from disk: at first, and again for daemon-reload, after the
// generators have run. Nothing waits for these: requests are answered meanwhile from what is known.
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "manager/generators.hpp"
#include "manager/manager.hpp"
#include "os/machine.hpp"
#include "unit/embedded_units.hpp"
#include "unit/environment.hpp"
#include "unit/unit_file.hpp"

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
    auto former = std::exchange(index_, std::move(index));
    for (const auto& directory : index_->world_writable_directories()) {
        bool is_known =
            former && std::ranges::binary_search(former->world_writable_directories(), directory);
        if (!is_known) warn_(world_writable_warning(cat("Configuration directory ", directory)));
    }
    skipped_ = SkippedUnits::read(options_.root(), options_.is_pid1);
}

void Manager::reload(std::function<void()> done) {
    reload_waiters_.push_back(std::move(done));
    if (!reloading_) begin_reload();
}

void Manager::begin_reload() {
    served_waiters_ = std::exchange(reload_waiters_, {});
    tell_observers([](ManagerObserver& observer) { observer.reloading(true); });
    generate(UnitFiles::MayHaveChanged, [this] { reloaded(); });
}

void Manager::reloaded() {
    run_insistently("reading the unit files", [this] { read_all_again(); });
    tell_observers([](ManagerObserver& observer) { observer.reloading(false); });
    for (const auto& done : std::exchange(served_waiters_, {})) {
        if (done) run_insistently("the answer to a reload", done);
    }
}

// Runs the generators, if any, and then calls `done`, before this returns or later.
void Manager::generate(UnitFiles files, std::function<void()> done) {
    reloading_ = true;
    after_generators_ = std::move(done);
    bool runs = false;
    run_guarded("starting generators", [&] { runs = start_generators(); });
    if (!runs) return generated(files);
    // What was generated before lies elsewhere now.
    if (files == UnitFiles::MayHaveChanged)
        run_insistently("looking for unit files", [this] { rescan(); });
}

bool Manager::start_generators() {
    auto generators = find_generators(options_.root(), [this](std::string_view name) {
        return skipped_.leaves_out_generator(name);
    });
    return generators_->start(generators, generator_environment(),
                              [this] { generated(UnitFiles::MayHaveChanged); });
}

void Manager::generated(UnitFiles files) {
    reloading_ = false;
    if (files == UnitFiles::MayHaveChanged)
        run_insistently("looking for unit files", [this] { rescan(); });
    run_insistently("what follows generators", std::exchange(after_generators_, {}));
    if (!reload_waiters_.empty() && !reloading_) begin_reload();
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
// the new ones. A unit that memory is short for is read a moment later.
void Manager::read_all_again() {
    decltype(ids_) ids;
    for (const auto& unit : units_) {
        if (!unit) continue;
        ids[unit->name().str()] = unit->id;
        to_load_.push_back(unit->id);
        unit->start_limit.reset();
        unit->self_limit.reset();
    }
    ids_ = std::move(ids);
    for (const auto& unit : units_) {
        if (unit) graph_.remove_declared(unit->id);
    }
    run_insistently("reading unit files", [this] { load_queued(); });
    jobs_.wake_all();
    for (const auto& unit : units_) {
        if (!unit) continue;
        mark_changed(unit->id);
        may_be_garbage(unit->id);
        examine_later(*unit);
    }
    schedule_turn();
}

} // namespace sctl
