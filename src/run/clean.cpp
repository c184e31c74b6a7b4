#include "run/clean.hpp"

#include <algorithm>
#include <iterator>

#include "base/text.hpp"
#include "run/exec_plan.hpp"
#include "run/unit.hpp"

namespace sctl {
namespace {

// By DirectoryType.
constexpr std::string_view type_words[directory_type_count] = {"runtime", "state", "cache", "logs",
                                                               "configuration"};

} // namespace

std::string_view to_string(DirectoryType type) {
    return type_words[static_cast<size_t>(type)];
}

std::optional<DirectoryType> directory_type_from(std::string_view text) {
    const auto* found = std::ranges::find(type_words, text);
    if (found == std::end(type_words)) return std::nullopt;
    return static_cast<DirectoryType>(found - std::begin(type_words));
}

std::vector<DirectoryType> cleanable_types(const Unit& unit) {
    std::vector<DirectoryType> types;
    if (!unit.run) return types;
    for (size_t i = 0; i < directory_type_count; ++i) {
        auto type = static_cast<DirectoryType>(i);
        if (!unit.run->paths_to_clean(type).empty()) types.push_back(type);
    }
    return types;
}

std::vector<std::string> paths_to_clean(const Unit& unit, const std::vector<DirectoryType>& types) {
    std::vector<std::string> paths;
    for (auto type : cleanable_types(unit)) {
        if (std::ranges::find(types, type) == types.end()) continue;
        auto more = unit.run->paths_to_clean(type);
        std::ranges::move(more, std::back_inserter(paths));
    }
    return paths;
}

std::vector<std::string> paths_to_clean(const ExecConfig& config, DirectoryType type) {
    std::vector<std::string> paths;
    auto base = directory_base(type);
    for (const auto& item : config.directories[static_cast<size_t>(type)].items) {
        paths.push_back(cat(base, "/", item.path));
        if (type != DirectoryType::Configuration)
            paths.push_back(cat(base, "/private/", item.path));
        for (const auto& link : item.symlinks) paths.push_back(cat(base, "/", link));
    }
    return paths;
}

} // namespace sctl
