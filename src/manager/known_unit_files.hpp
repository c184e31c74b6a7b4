// The unit files of this machine, as the last look at their directories has found them; and which
// units and generators are left out here.
#pragma once

#include <memory>

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

    // Looks at the directories. To be called before anything else is.
    void scan();
    [[nodiscard]] const UnitIndex& index() const noexcept { return *index_; }
    [[nodiscard]] const SkippedUnits& skipped() const noexcept { return skipped_; }

  private:
    const Root root_;
    const bool is_pid1_;
    const Generators& generators_;
    const WarningSink warn_; // about directories
    std::unique_ptr<UnitIndex> index_;
    SkippedUnits skipped_;
};

} // namespace sctl
