#include <array>
#include <optional>

#include "base/text.hpp"
#include "install/install.hpp"

namespace sctl {
namespace {

// In the order of their enums.
constexpr std::array<std::string_view, 8> change_names = {"symlink",
                                                          "unlink",
                                                          "masked",
                                                          "masked by generator",
                                                          "dangling",
                                                          "destination not present",
                                                          "auxiliary unit failed",
                                                          "failed"};
constexpr std::array<std::string_view, 13> state_names = {
    "enabled",   "enabled-runtime", "linked", "linked-runtime", "alias",
    "masked",    "masked-runtime",  "static", "disabled",       "indirect",
    "generated", "transient",       "bad"};
static_assert(change_names.size() == static_cast<size_t>(InstallChange::Kind::Failed) + 1);
static_assert(state_names.size() == static_cast<size_t>(UnitFileState::Bad) + 1);

} // namespace

std::string_view to_string(InstallChange::Kind kind) {
    return change_names[static_cast<size_t>(kind)];
}

std::string_view to_string(UnitFileState state) {
    return state_names[static_cast<size_t>(state)];
}

bool counts_as_enabled(UnitFileState state) {
    using enum UnitFileState;
    return state == Enabled || state == EnabledRuntime || state == Static || state == Alias ||
           state == Indirect || state == Generated;
}

SearchPath global_search_path(const Variables& variables) {
    auto only_unit_path = [&](const char* name) -> std::optional<std::string> {
        return std::string_view(name) == "SYSTEMD_UNIT_PATH" ? variables(name) : std::nullopt;
    };
    // Without a home and a run-time directory there is nothing of any one user.
    auto paths = user_search_path(only_unit_path);
    paths.persistent_config = "/etc/systemd/user";
    paths.runtime_config = "/run/systemd/user";
    return paths;
}

} // namespace sctl
