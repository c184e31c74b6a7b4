// The run of a path unit: it watches the places that the unit names, on all of the way to each
// (directories that are not there yet, links, what is renamed), and says when one of them becomes a
// reason to start what the unit triggers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "run/file_watcher.hpp"
#include "run/host.hpp"
#include "run/unit_run.hpp"
#include "state/path/path.hpp"

namespace sctl {

class PathRun final : public UnitRun, private FileWatcher::Listener {
  public:
    PathRun(Unit& unit, RunMeans& means, OwnerId owner);

    [[nodiscard]] Answer execute(const UnitAction& action) override;
    [[nodiscard]] OwnerId owner() const override { return owner_; }

  private:
    // A watch of one place: of itself, or of something on the way to it.
    struct Watched {
        int watch;
        uint32_t what; // of what the watch tells, as others may ask for more
        size_t place;
        bool is_place;    // a change of it is one of the place
        std::string name; // in that directory; empty: any
    };
    struct Place {
        PathPlace place;
        bool was_there = false;
    };

    void file_changed(int watch, uint32_t what, std::string_view name) override;
    void changes_told() override;

    [[nodiscard]] event::PathsSeen watch_all(const action::WatchPaths& how);
    void make_directories_of_places();
    [[nodiscard]] Result<void> watch_anew();
    [[nodiscard]] Result<void> watch_place(size_t place);
    // Goes down to what is there; `rest` is what of the path comes after `directory`.
    [[nodiscard]] Result<void> walk(size_t place, std::string directory,
                                    std::vector<std::string> rest, unsigned& steps);
    [[nodiscard]] Result<bool> add(size_t place, const std::string& path, uint32_t what,
                                   bool is_place, std::string name = {});
    // The place for which the unit is to be started; null where there is none.
    [[nodiscard]] const PathPlace* reason(bool changes_count);

    Unit& unit_;
    RunMeans& means_;
    OwnerId owner_;
    std::vector<Place> places_;
    std::vector<Watched> watched_;
    std::string changed_;          // of this batch: a place whose change is a reason
    bool way_has_changed_ = false; // of this batch
};

// Null where the unit is no path unit, or has not been loaded.
[[nodiscard]] const PathStatus* path_status(const Unit& unit);

} // namespace sctl
