#include "manager/known_unit_files.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "unit/search/embedded_units.hpp"
#include "unit/search/search_path.hpp"
#include "unit/search/unit_file.hpp"

namespace sctl {

KnownUnitFiles::KnownUnitFiles(Root root, bool is_pid1, const Generators& generators,
                               ServiceOutput& output)
    : root_(std::move(root)),
      is_pid1_(is_pid1),
      generators_(generators),
      warn_(
          [&output](std::string_view text) { output.manager_line(LogLevel::Warning, {}, text); }) {}

void KnownUnitFiles::scan() {
    SearchPath paths = system_search_path();
    if (generators_.running()) {
        for (auto* directory : {&paths.generator, &paths.generator_early, &paths.generator_late}) {
            auto former = former_directory(*directory);
            std::ranges::replace(paths.directories, *directory, former);
            *directory = former;
        }
    }
    auto index =
        std::make_unique<UnitIndex>(UnitIndex::scan(root_, paths, warn_, embedded_units()));
    // What was known is better than to find no unit any more; the next look reads again.
    if (index_ && index->is_incomplete()) return index_->expect_changes();
    auto former = std::exchange(index_, std::move(index));
    for (const auto& directory : index_->world_writable_directories()) {
        bool is_known =
            former && std::ranges::binary_search(former->world_writable_directories(), directory);
        if (!is_known) warn_(world_writable_warning(cat("Configuration directory ", directory)));
    }
    skipped_ = SkippedUnits::read(root_, is_pid1_);
}

} // namespace sctl
