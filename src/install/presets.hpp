// Preset files: whether a distribution or an administrator wants a unit enabled
// (systemd.preset(5)). All "*.preset" of the preset directories count, sorted by name; of two with
// the same name that of the first directory. The first line that matches decides; where none does,
// a unit is enabled.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "install/install.hpp"

namespace sctl {

class Presets {
  public:
    // Lines that cannot be understood go to place.warn and are left out.
    [[nodiscard]] static Presets read(const InstallPlace& place);

    struct Answer {
        bool enable = true;
        // Of a template: the instances to enable in its place; empty where the line names none.
        std::vector<std::string> instances = {};
    };
    [[nodiscard]] Answer ask(std::string_view unit) const;

  private:
    struct Rule {
        std::string pattern;
        bool enable;
        std::vector<std::string> instances; // complete names
    };
    void add_line(std::string_view line, const std::string& where, const InstallPlace& place);

    std::vector<Rule> rules_;
};

} // namespace sctl
