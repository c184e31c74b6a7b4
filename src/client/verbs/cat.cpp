// cat: the text of units' files, fragment and drop-ins.
#include "base/files.hpp"
#include "base/log.hpp"
#include "client/calls/changed_files.hpp"
#include "client/calls/dependencies.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/unit_names.hpp"
#include "client/files/unit_sources.hpp"
#include "client/text/glyphs.hpp"
#include "client/text/hyperlink.hpp"
#include "client/text/output_style.hpp"
#include "client/verbs/verb_table.hpp"

namespace sctl {

namespace {

bool print_file(Session& session, const std::string& path, bool set_apart) {
    auto text = read_file(path);
    const EmbeddedUnit* embedded = text ? nullptr : embedded_unit(path);
    if (!text && !embedded) {
        log_error("Failed to cat ", path, ": ", words_of(text.error()));
        return false;
    }
    std::string title = cat("# ", file_hyperlink(escape_unprintable(path)));
    if (embedded) title = cat("# ", base_name(path), ", compiled into systemctl");
    if (wants_colors()) title = cat(color_blue, title, color_off);
    auto lines = embedded ? embedded->text : std::string_view(*text);
    bool is_open = !lines.empty() && lines.back() != '\n';
    session.print(set_apart ? "\n" : "", title, "\n", lines, is_open ? "\n" : "");
    return true;
}

void warn_outdated(const Session& session, const std::string& name) {
    log_warning(
        "# Warning: ", name,
        " changed on disk, the version systemd has loaded is outdated.\n"
        "# This output shows the current version of the unit's original fragment and drop-in "
        "files.\n"
        "# If fragments or drop-ins were added or removed, they are not properly reflected in "
        "this output.\n"
        "# Run 'systemctl",
        session.scope_option(), " daemon-reload' to reload units.");
}

class CatRun {
  public:
    explicit CatRun(Session& session) : session_(session) {}

    int print(const std::string& name, const UnitSources& sources, bool outdated) {
        switch (sources.kind) {
            case UnitSources::Kind::Masked:
                session_.print("# Unit ", name, " is masked.\n");
                return exit_ok;
            case UnitSources::Kind::Unreadable:
                session_.print("# Unit ", name, " could not be loaded.\n");
                return exit_ok;
            case UnitSources::Kind::NotFound: break;
            case UnitSources::Kind::Found:
                if (!sources.fragment.empty() || !sources.drop_ins.empty()) {
                    return print_files(name, sources, outdated);
                }
        }
        log_error("No files found for ", name, ".");
        return exit_failure;
    }

  private:
    int print_files(const std::string& name, const UnitSources& sources, bool outdated) {
        if (!first_) session_.print("\n");
        first_ = false;
        if (outdated) warn_outdated(session_, name);
        bool set_apart = false;
        if (!sources.fragment.empty()) {
            if (!print_file(session_, sources.fragment, set_apart)) return exit_failure;
            set_apart = true;
        }
        for (const auto& drop_in : sources.drop_ins) {
            if (!print_file(session_, drop_in, set_apart)) return exit_failure;
            set_apart = true;
        }
        return exit_ok;
    }

    Session& session_;
    bool first_ = true;
};

int cat_from_files(Session& session, const Words& words) {
    UnitFiles files(session);
    auto index = scan(files);
    CatRun run(session);
    int status = exit_ok;
    for (auto word = words.begin() + 1; word != words.end(); ++word) {
        auto name = mangle_or_complain(session, *word);
        if (name.empty()) return exit_failure;
        Words names = {name};
        if (is_glob(name)) {
            names.clear();
            for (const auto& unit : index.all()) {
                if (matches_glob(name, std::string(unit.name))) names.emplace_back(unit.name);
            }
        }
        for (const auto& each : names) {
            int printed = run.print(each, look_up_sources(files, index, each), false);
            if (status == exit_ok) status = printed;
        }
    }
    return status;
}

} // namespace

int verb_cat(Session& session, const Words& words) {
    auto* manager = session.manager_if_any();
    if (!manager) return cat_from_files(session, words);
    auto expanded = expand_all_unit_names(session, *manager, {words.begin() + 1, words.end()});
    if (!expanded || !add_dependencies(session.request, *manager, expanded->names))
        return exit_failure;
    CatRun run(session);
    int status = exit_ok;
    for (const auto& name : expanded->names) {
        auto sources = find_sources(session, manager, name);
        bool outdated =
            sources.kind == UnitSources::Kind::Found && needs_daemon_reload(*manager, name);
        int printed = run.print(name, sources, outdated);
        if (status == exit_ok) status = printed;
    }
    return status;
}

} // namespace sctl
