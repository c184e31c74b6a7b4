// status, and help for units.
#include "base/log.hpp"
#include "client/calls/ask_ahead.hpp"
#include "client/calls/changed_files.hpp"
#include "client/calls/dependencies.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/manager_calls.hpp"
#include "client/calls/properties.hpp"
#include "client/calls/unit_list.hpp"
#include "client/calls/unit_names.hpp"
#include "client/status/system_status.hpp"
#include "client/status/unit_status.hpp"
#include "client/verbs/verb_table.hpp"

namespace sctl {

namespace {

// The object of a unit by name, or of the unit to which a process belongs.
struct Subject {
    std::string name; // empty: found by a process
    std::string path;
};

std::optional<Subject> find_by_pid(ClientConnection& manager, uint32_t pid) {
    auto reply = call_manager_with_number(manager, "GetUnitByPID", pid);
    if (!reply) {
        log_error("Failed to get unit for PID ", pid, ": ", words_of(reply.error()));
        return std::nullopt;
    }
    Reader in(*reply);
    auto path = in.object_path();
    if (!path) return std::nullopt;
    return Subject{{}, std::string(*path)};
}

void show_documentation(const Properties& unit) {
    auto pages = unit.texts("Documentation");
    auto id = unit.text("Id");
    if (pages.empty()) log_info("Documentation for ", id, " not known.");
    for (const auto& page : pages) log_info(page);
}

class StatusRun {
  public:
    StatusRun(Session& session, ClientConnection& manager, bool documentation)
        : session_(session), manager_(manager), documentation_(documentation) {}

    // The exit status for this one; nothing where the manager fails.
    std::optional<int> show(const Subject& subject) {
        auto reply = get_all_properties(manager_, subject.path);
        if (!reply) {
            log_error("Failed to get properties: ", words_of(reply.error()));
            return std::nullopt;
        }
        Properties unit(*std::move(reply));
        auto active = unit.text("ActiveState");
        if (!subject.name.empty() && unit.text("LoadState") == "not-found" &&
            active == "inactive") {
            log_error("Unit ", subject.name, " could not be found.");
            return documentation_ ? exit_failure : exit_unknown_unit;
        }
        if (documentation_) {
            show_documentation(unit);
            return exit_ok;
        }
        separate();
        session_.print(unit_status_text(session_, manager_, unit));
        if (unit.boolean("NeedDaemonReload")) warn_needs_daemon_reload(session_, unit.text("Id"));
        return active == "active" || active == "reloading" ? exit_ok : exit_not_running;
    }

    std::optional<int> show_system() {
        auto reply = get_all_properties(manager_, std::string(manager_path));
        if (!reply) {
            log_error("Failed to read server status: ", words_of(reply.error()));
            return std::nullopt;
        }
        separate();
        Properties properties(*std::move(reply));
        session_.print(system_status_text(session_, manager_, properties));
        return exit_ok;
    }

  private:
    void separate() {
        if (!first_) session_.print('\n');
        first_ = false;
    }

    Session& session_;
    ClientConnection& manager_;
    bool documentation_;
    bool first_ = true;
};

int show_all(Session& session, ClientConnection& manager, StatusRun& run) {
    auto units = list_units(manager, session.request, {});
    if (!units) {
        log_error("Failed to list units: ", words_of(units.error()));
        return exit_failure;
    }
    int status = exit_ok;
    Words names;
    for (const auto& unit : *units) names.push_back(unit.id);
    AskAhead ahead(manager, std::move(names), true);
    for (size_t i = 0; i < units->size(); ++i) {
        ahead.reach(i);
        auto shown = run.show({(*units)[i].id, (*units)[i].path});
        if (!shown) return exit_failure;
        if (status == exit_ok) status = *shown;
    }
    return status;
}

int show_named(Session& session, const Words& words, bool documentation) {
    auto* manager = session.manager();
    if (!manager) return exit_failure;
    StatusRun run(session, *manager, documentation);
    if (words.size() == 1) {
        bool some = !session.request.states.empty();
        if (!some && !run.show_system()) return exit_failure;
        return some || session.request.all ? show_all(session, *manager, run) : exit_ok;
    }
    int status = exit_ok;
    Words names;
    for (auto word = words.begin() + 1; word != words.end(); ++word) {
        auto pid = parse_number<uint32_t>(*word);
        if (!pid) {
            names.push_back(*word);
            continue;
        }
        auto subject = find_by_pid(*manager, *pid);
        auto shown = subject ? run.show(*subject) : std::nullopt;
        if (!shown)
            status = exit_failure;
        else if (status == exit_ok)
            status = *shown;
    }
    auto expanded = expand_unit_names(session, *manager, names);
    if (!expanded || !add_dependencies(session.request, *manager, expanded->names))
        return exit_failure;
    AskAhead ahead(*manager, expanded->names, !documentation);
    for (size_t i = 0; i < expanded->names.size(); ++i) {
        ahead.reach(i);
        const auto& name = expanded->names[i];
        auto shown = run.show({name, unit_object_path(name)});
        if (!shown) return exit_failure;
        if (status == exit_ok) status = *shown;
    }
    return status;
}

} // namespace

int verb_status(Session& session, const Words& words) {
    return show_named(session, words, false);
}

int verb_help(Session& session, const Words& words) {
    if (words.size() == 1) {
        log_error(
            "'help' command expects one or more unit names.\n"
            "(Alternatively, help for systemctl itself may be shown with --help)");
        return exit_failure;
    }
    return show_named(session, words, true);
}

} // namespace sctl
