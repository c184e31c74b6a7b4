// What a manager that was killed has left running: its services go on as units of ours, or end. And
// what is noted for the next one, where we are in the background ourselves (os/former_run.hpp).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "manager/manager_options.hpp"
#include "manager/observers.hpp"
#include "manager/unit_store.hpp"
#include "os/former_run.hpp"
#include "os/service_output.hpp"

namespace sctl {

class FormerRuns : private ManagerObserver {
  public:
    struct Parts {
        const ManagerOptions& options;
        ServiceOutput& output;
        UnitStore& store;
        Observers& observers;
    };
    explicit FormerRuns(const Parts& parts);
    ~FormerRuns() override;

    // To be called before anything can be asked for: those whose unit is known go on, and what
    // cannot go on at all ends.
    void begin();
    // Once the generators have run: the same for the rest.
    void finish();

  private:
    void unit_changed(const Unit& unit) override;
    void unit_removed(const UnitName& name) override { forget(name.str()); }
    void forget(const std::string& unit);
    [[nodiscard]] bool goes_on(const FormerRun& run);
    void end(const FormerRun& run);

    const ManagerOptions& options_;
    ServiceOutput& output_;
    UnitStore& store_;
    Observers& observers_;
    std::vector<FormerRun> rest_;
    std::map<std::string, FormerRun> noted_; // by unit
};

} // namespace sctl
