// The unit files of this machine, as the last look at their directories has found them; and which
// units and generators are left out here.
#pragma once

#include <memory>
#include <utility>

#include "base/files.hpp"
#include "manager/generators.hpp"
#include "manager/skipped_units.hpp"
#include "os/service_output.hpp"
#include "unit/search/unit_index.hpp"

namespace sctl {

class KnownUnitFiles {
  public:
    // While `generators` run, what they wrote the last time counts. `is_pid1`: nothing has been in
    // use before us.
    KnownUnitFiles(Root root, bool is_pid1, const Generators& generators, ServiceOutput& output);
    KnownUnitFiles(const KnownUnitFiles&) = delete;
    KnownUnitFiles& operator=(const KnownUnitFiles&) = delete;

    // While one lives, all that is done happens at one time (a client's call, a turn): changed()
    // looks at the directories once, and says so once.
    class OneLook {
      public:
        explicit OneLook(KnownUnitFiles& files) noexcept
            : files_(files), is_outermost_(!std::exchange(files.looks_once_, true)) {}
        ~OneLook() {
            if (is_outermost_) files_.looks_once_ = files_.has_looked_ = false;
        }
        OneLook(const OneLook&) = delete;
        OneLook& operator=(const OneLook&) = delete;

      private:
        KnownUnitFiles& files_;
        const bool is_outermost_;
    };

    // Looks at the directories. To be called before anything else is.
    void scan();
    // Whether they have changed since, as far as can be told: a stat for each of some ten.
    [[nodiscard]] bool changed() {
        if (std::exchange(has_looked_, looks_once_)) return false;
        return index_->changed();
    }
    [[nodiscard]] const UnitIndex& index() const noexcept { return *index_; }
    [[nodiscard]] const SkippedUnits& skipped() const noexcept { return skipped_; }

  private:
    const Root root_;
    const bool is_pid1_;
    const Generators& generators_;
    const WarningSink warn_; // about directories
    std::unique_ptr<UnitIndex> index_;
    SkippedUnits skipped_;
    bool looks_once_ = false, has_looked_ = false;
};

} // namespace sctl
