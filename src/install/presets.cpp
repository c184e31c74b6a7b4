#include "install/presets.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <map>

#include "base/resolve_path.hpp"
#include "base/text.hpp"
#include "install/apply.hpp"
#include "install/install_unit.hpp"
#include "install/links.hpp"
#include "install/unit_file_states.hpp"
#include "unit/search/directory_listing.hpp"
#include "unit/search/unit_file.hpp"

namespace sctl {
namespace {

constexpr std::array<std::string_view, 5> preset_roots = {"/etc/systemd/", "/run/systemd/",
                                                          "/usr/local/lib/systemd/",
                                                          "/usr/lib/systemd/", "/lib/systemd/"};

// "enable foo@.service a b" names instances of a template; nothing where it is no template.
std::optional<std::vector<std::string>> instances_of(const std::string& pattern,
                                                     std::string_view words) {
    std::vector<std::string> names;
    auto parts = split(words);
    if (parts.empty()) return names;
    auto unit = UnitName::parse(pattern);
    if (!unit || !unit->is_template()) return std::nullopt;
    for (auto part : parts) {
        auto instance = unit->with_instance(part);
        if (!instance) return std::nullopt;
        names.push_back(instance->str());
    }
    return names;
}

// Sorts units by what the presets say, then acts.
class PresetRun {
  public:
    explicit PresetRun(const InstallPlace& place)
        : place_(place), presets_(Presets::read(place)), plus_(place), minus_(place) {}

    // 0 or an errno value, which then is among the changes.
    int add(const std::string& name, InstallOutcome& outcome) {
        InstallContext here(place_);
        auto unit = here.discover(name, following, outcome);
        if (!unit) return unit.error().code;
        if ((*unit)->name.str() != name) return 0; // an alias goes with its unit
        auto answer = presets_.ask(name);
        if (!answer.enable) {
            auto found = minus_.discover(name, following, outcome);
            return found ? 0 : found.error().code;
        }
        if (answer.instances.empty()) answer.instances.push_back(name);
        for (const auto& instance : answer.instances) {
            auto found = plus_.discover_and_check(instance, load_following, outcome);
            if (!found) return found.error().code;
        }
        return 0;
    }

    void act(PresetMode mode, InstallFlags flags, InstallOutcome& outcome) {
        if (mode != PresetMode::EnableOnly) {
            auto names = names_to_remove(minus_, outcome);
            outcome.error = remove_links(place_, names, config_directory(place_, flags), outcome);
        }
        if (mode == PresetMode::DisableOnly) return;
        flags.pass_over_templates = true;
        auto applied = apply_units(plus_, flags, {.load = true}, outcome);
        if (outcome.error == 0) outcome.error = applied.error;
    }

  private:
    const InstallPlace& place_;
    Presets presets_;
    InstallContext plus_;
    InstallContext minus_;
};

} // namespace

Presets Presets::read(const InstallPlace& place) {
    auto leaf = place.scope == InstallScope::System ? "system-preset" : "user-preset";
    std::map<std::string, std::string> files; // by name, as the first directory has it
    for (auto root : preset_roots) {
        auto directory = cat(root, leaf);
        auto resolved = resolve_path(place.root, directory);
        if (!resolved) continue;
        auto items = list_directory(place.root.at(*resolved));
        if (!items) continue;
        for (const auto& item : *items) {
            if (item.name.ends_with(".preset") && !is_hidden_or_backup(item.name))
                files.try_emplace(item.name, cat(directory, "/", item.name));
        }
    }
    Presets presets;
    for (const auto& [name, path] : files) {
        auto file = read_unit_file(place.root, path); // a link to /dev/null hides a file, as there
        if (!file) {
            if (place.warn) place.warn(file.error().text);
            continue;
        }
        unsigned number = 0;
        std::string_view rest = file->text;
        while (!rest.empty()) {
            auto end = rest.find('\n');
            auto line = trim(rest.substr(0, end));
            rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
            presets.add_line(line, cat(place.root.at(path), ":", ++number), place);
        }
    }
    return presets;
}

void Presets::add_line(std::string_view line, const std::string& where, const InstallPlace& place) {
    if (line.empty() || line.front() == '#' || line.front() == ';') return;
    auto words = split(line);
    bool enable = words.front() == "enable";
    auto after = trim(line.substr(words.front().size()));
    if (words.size() > 1 && (enable || words.front() == "disable")) {
        // What follows a disabled pattern belongs to it, and then it matches nothing.
        Rule rule{std::string(enable ? words[1] : after), enable, {}};
        if (enable) {
            auto instances = instances_of(rule.pattern, after.substr(words[1].size()));
            if (!instances) {
                if (place.warn)
                    place.warn(cat(where, ": Couldn't parse line '", line, "'. Ignoring."));
                return;
            }
            rule.instances = std::move(*instances);
        }
        rules_.push_back(std::move(rule));
    } else if (place.warn) {
        place.warn(cat(where, ": Couldn't parse line '", line, "'. Ignoring."));
    }
}

Presets::Answer Presets::ask(std::string_view unit) const {
    for (const auto& rule : rules_) {
        if (matches_glob(rule.pattern, unit)) return {rule.enable, rule.instances};
        if (std::ranges::find(rule.instances, unit) != rule.instances.end()) return {rule.enable};
    }
    return {};
}

InstallOutcome preset_units(const InstallPlace& place, UnitNames names, PresetMode mode,
                            InstallFlags flags) {
    InstallOutcome outcome;
    PresetRun run(place);
    for (const auto& name : names) {
        outcome.error = run.add(name, outcome);
        if (outcome.error != 0) return outcome;
    }
    run.act(mode, flags, outcome);
    return outcome;
}

InstallOutcome preset_all(const InstallPlace& place, PresetMode mode, InstallFlags flags) {
    InstallOutcome outcome;
    PresetRun run(place);
    for (const auto& name : UnitFileStates(place).names()) {
        InstallOutcome one;
        int error = run.add(name, one);
        // No unit was named: that one is masked is said when it is left alone.
        if (error == ERFKILL || error == EADDRNOTAVAIL) continue;
        std::ranges::move(one.changes, std::back_inserter(outcome.changes));
    }
    run.act(mode, flags, outcome);
    return outcome;
}

} // namespace sctl
