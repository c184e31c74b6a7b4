#include "install/apply.hpp"

#include <cerrno>

#include "base/text.hpp"
#include "install/links.hpp"

namespace sctl {
namespace {

using Kind = InstallChange::Kind;

// Makes the links of one unit.
class UnitLinks {
  public:
    UnitLinks(const InstallPlace& place, const InstallUnit& unit, InstallFlags flags,
              InstallOutcome& outcome)
        : place_(place), unit_(unit), flags_(flags), outcome_(outcome) {}

    // As in systemd, a failure of a later kind of link counts only where the kinds before asked for
    // none; the changes have it in any case.
    Applied make_all() {
        int linked = link_file();
        if (linked != 0) return {linked, 0};
        auto all = make_aliases();
        auto keep = [&](const Applied& next) {
            if (all.error == 0 && all.links == 0)
                all = next;
            else if (all.error == 0)
                all.links += next.links;
        };
        keep(make_dependencies(unit_.config.wanted_by, ".wants/"));
        keep(make_dependencies(unit_.config.required_by, ".requires/"));
        return all;
    }

  private:
    Applied make_aliases() {
        Applied all;
        for (const auto& text : unit_.config.alias) {
            auto alias = expand_install_name(place_, unit_, text);
            if (!alias) {
                all.add({fail(alias.error().code, text), 0});
                continue;
            }
            auto path = alias_path(*alias);
            if (!path) {
                all.add({path.error().code, 0});
                continue;
            }
            // systemd too skips a unit's own name quietly.
            if (*path == unit_.name.str()) continue;
            all.add(link_at(*path, flags_.force));
        }
        return all;
    }

    // Where the link for Alias=`alias` goes, below the directory of the configuration.
    Result<std::string> alias_path(const std::string& alias) {
        auto refuse = [&](std::string_view source) {
            fail(EXDEV, alias, source);
            return errno_error(alias, EXDEV);
        };
        if (alias.find('/') != std::string::npos) {
            // An old way to write WantedBy=: "x.target.wants/a.service".
            auto directory = directory_of(alias);
            auto dot = directory.rfind('.');
            auto suffix = dot == std::string_view::npos ? "" : directory.substr(dot);
            if (suffix != ".wants" && suffix != ".requires") return refuse("");
            auto parent = UnitName::parse(directory.substr(0, dot));
            if (!parent) return refuse("");
            if (!may_hang_on(*parent, base_name(alias))) return refuse(unit_.name.str());
            return alias;
        }
        auto name = UnitName::parse(alias);
        if (name && name->is_template() && unit_.name.is_instance())
            name = name->with_instance(unit_.name.instance());
        if (!name) return refuse(unit_.name.str());
        if (*name == unit_.name) return name->str();
        auto checked = check_alias(name->str(), unit_.name.str());
        if (!checked) return refuse(unit_.name.str());
        return name->str();
    }

    // Whether the link `name` below the .wants directory of `parent` can mean this unit.
    bool may_hang_on(const UnitName& parent, std::string_view name) const {
        auto link = UnitName::parse(name);
        if (!link) return false;
        if (*link == unit_.name) return true;
        if (link->is_instance() && link->template_name() == unit_.name) return true;
        return unit_.name.is_instance() && link->is_template() && parent.is_template() &&
               unit_.name.template_name() == *link;
    }

    Applied make_dependencies(const std::vector<std::string>& list, std::string_view suffix) {
        if (list.empty()) return {};
        UnitName name = unit_.name;
        if (name.is_template() && !unit_.config.default_instance.empty()) {
            auto instance = name.with_instance(unit_.config.default_instance);
            if (!instance) return {EINVAL, 0};
            name = std::move(*instance);
            auto other = look_for(name);
            if (other.masked) return {fail(ERFKILL, place_.root.at(other.path)), 0};
        }
        Applied all;
        for (const auto& text : list) all.add(make_dependency(name, text, suffix));
        return all;
    }

    Applied make_dependency(const UnitName& name, const std::string& text,
                            std::string_view suffix) {
        auto on = expand_install_name(place_, unit_, text);
        if (!on) return {fail(on.error().code, text), 0};
        auto parent = UnitName::parse(*on);
        if (!parent) return {fail(EUCLEAN, *on), 0};
        // A template hangs on templates alone.
        if (name.is_template() && !parent->is_template())
            return {flags_.pass_over_templates ? 0 : fail(EIDRM, *on, name.str()), 0};
        auto made = link_at(cat(*on, suffix, name.str()), true);
        if (made.error == 0 && look_for(*parent).error == ENOENT) {
            outcome_.changes.push_back(
                {Kind::DestinationNotPresent, *on, place_.root.at(unit_.path), 0});
        }
        return made;
    }

    struct Other {
        int error = 0; // it was not found
        bool masked = false;
        std::string path;
    };
    // Another unit; what is wrong with it is not for us to tell.
    Other look_for(const UnitName& name) const {
        InstallPlace quiet{place_.root, place_.paths,    place_.facts,
                           {},          place_.embedded, place_.scope};
        InstallContext context(quiet);
        auto unit = context.add(name.str());
        if (unit) unit = context.find(**unit, {.load = false, .follow_config_links = true});
        if (!unit) return {unit.error().code, false, {}};
        return {0, (*unit)->mode == InstallUnit::Mode::Masked, (*unit)->path};
    }

    // A unit from outside of the search path must be found under its name.
    int link_file() {
        if (in_search_path(place_.paths, unit_.path)) return 0;
        return link_at(unit_.name.str(), flags_.force).error;
    }

    Applied link_at(const std::string& below, bool force) {
        auto path = cat(config_directory(place_, flags_), "/", below);
        int error = make_link(place_, unit_.path, path, force, outcome_);
        return {error, error == 0 ? 1u : 0u};
    }

    int fail(int error, std::string_view path, std::string_view source = {}) {
        add_failure(outcome_, error, path, source);
        return error;
    }

    const InstallPlace& place_;
    const InstallUnit& unit_;
    InstallFlags flags_;
    InstallOutcome& outcome_;
};

} // namespace

const std::string& config_directory(const InstallPlace& place, InstallFlags flags) {
    return flags.runtime ? place.paths.runtime_config : place.paths.persistent_config;
}

Applied apply_units(InstallContext& context, InstallFlags flags, FindFlags find,
                    InstallOutcome& outcome) {
    const auto& place = context.place();
    Applied all;
    while (auto* unit = context.next()) {
        auto found = context.find(*unit, find);
        if (!found) {
            int why = found.error().code;
            if (unit->auxiliary) {
                outcome.changes.push_back({Kind::AuxiliaryFailed, unit->name.str(), {}, 0});
                continue;
            }
            add_failure(outcome, why, unit->name.str());
            all.add({why, 0});
            return all;
        }
        if (unit->mode == InstallUnit::Mode::Masked) {
            outcome.changes.push_back({Kind::Masked, place.root.at(unit->path), {}, 0});
            if (all.error == 0) ++all.links; // what is masked does say that it wants to be enabled
        } else if (unit->mode == InstallUnit::Mode::Regular) {
            all.add(UnitLinks(place, *unit, flags, outcome).make_all());
        }
    }
    return all;
}

std::set<std::string> names_to_remove(InstallContext& context, InstallOutcome& outcome) {
    const auto& place = context.place();
    std::set<std::string> names;
    while (auto* unit = context.next()) {
        auto found = context.find(*unit, {.load = true, .follow_config_links = true});
        auto shown = unit->path.empty() ? unit->name.str() : place.root.at(unit->path);
        if (!found) {
            int why = found.error().code;
            if (why == ENOLINK)
                outcome.changes.push_back({Kind::Dangling, shown, {}, 0});
            else if (why != ENOENT || !unit->auxiliary)
                add_failure(outcome, why, shown);
        } else if (unit->mode == InstallUnit::Mode::Masked) {
            outcome.changes.push_back({Kind::Masked, shown, {}, 0});
            continue;
        } else if (unit->mode != InstallUnit::Mode::Regular) {
            continue;
        }
        names.insert(unit->name.str());
    }
    return names;
}

} // namespace sctl
