#include "tmpfiles/item_list.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <tuple>

#include "base/files.hpp"

namespace sctl {
namespace {

bool lies_below(std::string_view path, std::string_view directory) {
    if (directory == "/") return true;
    return path.starts_with(directory) &&
           (path.size() == directory.size() || path[directory.size()] == '/');
}

} // namespace

bool matches_path_pattern(const std::string& pattern, const std::string& path) {
    return fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME | FNM_PERIOD) == 0;
}

bool ItemList::add(Item item) {
    bool is_pattern = takes_pattern(item.type);
    auto [found, is_new] = (is_pattern ? patterns_ : paths_).try_emplace(item.path, groups_.size());
    if (is_new) {
        groups_.emplace_back();
        groups_.back().is_pattern = is_pattern;
    }
    auto& items = groups_[found->second].items;
    auto appends = [](const Item& i) { return i.type == ItemType::WriteFile && i.force; };
    auto contradicts = [&](const Item& other) {
        return !are_compatible(other, item) && !(appends(other) && appends(item));
    };
    if (std::ranges::any_of(items, contradicts)) return false;
    items.push_back(std::move(item));
    std::ranges::stable_sort(items, {}, [](const Item& i) {
        return std::tuple(!takes_ownership(i.type), static_cast<char>(i.type));
    });
    return true;
}

const Item* ItemList::directory_above(const Item& ignored) const {
    const Item* candidate = nullptr;
    for (const auto& group : groups_) {
        for (const auto& item : group.items) {
            if (!creates_directory(item.type)) continue;
            if (item.path == ignored.path) {
                candidate = &item;
                break;
            }
            bool closer = candidate ? lies_below(item.path, candidate->path) &&
                                          matches_path_pattern(ignored.path, item.path)
                                    : lies_below(ignored.path, item.path);
            if (closer) candidate = &item;
        }
    }
    return candidate;
}

void ItemList::fill_ages() {
    for (auto& group : groups_) {
        for (auto& item : group.items) {
            if (item.type != ItemType::IgnoreDirectoryPath) continue;
            const auto* above = directory_above(item);
            if (above && above->age) item.age = above->age;
        }
    }
}

void ItemList::link() {
    for (bool pattern : {false, true}) {
        for (size_t i = 0; i < groups_.size(); ++i) {
            if (groups_[i].is_pattern == pattern) order_.push_back(i);
        }
    }
    for (size_t i : order_) {
        std::string_view path = groups_[i].items.front().path;
        while (path.size() > 1) {
            path = directory_of(path);
            auto found = paths_.find(path);
            if (found == paths_.end()) {
                found = patterns_.find(path);
                if (found == patterns_.end()) continue;
            }
            groups_[i].parent = found->second;
            groups_[found->second].children.push_back(i);
            break;
        }
    }
}

bool ItemList::has_pattern_for(const std::string& path) const {
    return std::ranges::any_of(
        patterns_, [&](const auto& entry) { return matches_path_pattern(entry.first, path); });
}

} // namespace sctl
