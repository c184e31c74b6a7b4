#include "state/trigger.hpp"

#include "base/text.hpp"

namespace sctl {

std::string refusal_without_triggered(const LoadedUnit& unit, const StepContext& context) {
    if (context.triggered && context.triggered->is_loaded) return {};
    auto name = context.triggered ? context.triggered->name : unit.id.str();
    return cat("Refusing to start, unit ", name, " to trigger not loaded.");
}

} // namespace sctl
