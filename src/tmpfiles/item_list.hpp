// All lines that count, by path, and the order in which they are carried out: lines for one path
// stand together, those for a plain path come before those with patterns, and what lies below a
// path knows the line for it ("When two lines are prefix path and suffix path of each other",
// tmpfiles.d(5)).
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tmpfiles/item.hpp"

namespace sctl {

// The lines for one path; what says what it is comes first.
struct ItemGroup {
    std::vector<Item> items;
    bool is_pattern = false;
    std::optional<size_t> parent; // the group of the closest path above that has one
    std::vector<size_t> children;
};

class ItemList {
  public:
    // False for a line that says something else of its path than one before; it does not count.
    [[nodiscard]] bool add(Item item);
    // X lines take the age of the directory line above them. To be called after each file.
    void fill_ages();
    // Finds parents and children. To be called once, after the last line.
    void link();

    [[nodiscard]] const std::vector<ItemGroup>& groups() const noexcept { return groups_; }
    // The indexes of all groups, plain paths first.
    [[nodiscard]] const std::vector<size_t>& order() const noexcept { return order_; }
    [[nodiscard]] bool has_path(const std::string& path) const { return paths_.contains(path); }
    // Whether a line with a pattern matches `path`.
    [[nodiscard]] bool has_pattern_for(const std::string& path) const;

  private:
    const Item* directory_above(const Item& ignored) const;

    std::vector<ItemGroup> groups_; // in the order of their first lines
    std::map<std::string, size_t, std::less<>> paths_, patterns_;
    std::vector<size_t> order_;
};

// fnmatch(3) as tmpfiles.d(5) matches paths: * does not match a slash or a leading dot.
[[nodiscard]] bool matches_path_pattern(const std::string& pattern, const std::string& path);

} // namespace sctl
