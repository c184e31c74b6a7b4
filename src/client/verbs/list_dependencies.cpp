// list-dependencies: what a unit pulls in, or who pulls it in, as a tree. --type= and --state= make
// no difference, as in systemctl 252.
#include <strings.h>

#include <algorithm>

#include "base/log.hpp"
#include "client/calls/dependencies.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/manager_calls.hpp"
#include "client/calls/unit_names.hpp"
#include "client/text/glyphs.hpp"
#include "client/text/output_style.hpp"
#include "client/text/table.hpp"
#include "client/verbs/verb_table.hpp"

namespace sctl {

namespace {

std::string_view type_of(std::string_view name) {
    auto dot = name.rfind('.');
    return dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
}

std::string_view mark_color(std::string_view state) {
    if (state == "active" || state == "reloading" || state == "activating") return color_green;
    if (state == "inactive" || state == "deactivating") return color_off;
    return color_red;
}

class DependencyTree {
  public:
    DependencyTree(Session& session, ClientConnection& manager)
        : session_(session),
          manager_(manager),
          request_(session.request),
          colors_(wants_colors()),
          width_(request_.full ? SIZE_MAX : print_width()) {}

    // `lines` are the strokes in front, from the units above. False where the manager fails.
    bool add(const std::string& name, const std::string& lines) {
        path_.push_back(name);
        auto dependencies = get_sorted_dependencies(name);
        if (!dependencies) {
            log_error("Failed to get properties: ", words_of(dependencies.error()));
            return false;
        }
        bool circular = false;
        for (size_t i = 0; i < dependencies->size(); ++i) {
            const auto& each = (*dependencies)[i];
            if (contains(path_, each)) {
                circular = true;
                continue;
            }
            bool last = i + 1 == dependencies->size();
            // The dots below are the last then.
            add_line(get_active_state(manager_, each).value_or("inactive"), lines,
                     last && !circular, each);
            if (!request_.all && type_of(each) != "target") continue;
            if (!add(each, cat(lines, glyph(last ? Glyph::Blank : Glyph::Vertical)))) return false;
        }
        if (circular && !request_.plain) add_line("", lines, true, "...");
        // A plain list names each unit once; a tree only keeps out what would go in circles.
        if (!request_.plain) path_.pop_back();
        return true;
    }

  private:
    Result<Words> get_sorted_dependencies(const std::string& name) {
        auto names = get_dependencies(manager_, request_, name);
        if (!names) return names;
        std::ranges::sort(*names, [](const std::string& a, const std::string& b) {
            bool target_a = type_of(a) == "target", target_b = type_of(b) == "target";
            if (target_a != target_b) return target_b;
            return ::strcasecmp(a.c_str(), b.c_str()) < 0;
        });
        return names;
    }

    void add_line(std::string_view state, std::string_view lines, bool last,
                  std::string_view name) {
        if (request_.plain) {
            session_.print("  ", name, "\n");
            return;
        }
        auto mark = state.empty() ? " " : state_glyph(state);
        auto color = colors_ && !state.empty() ? mark_color(state) : "";
        session_.print(color, mark, color.empty() ? "" : color_off, " ",
                       cut_line(lines, last, name), "\n");
    }

    // As systemctl 252: the mark and its blank are not counted, and what lies too deep is dots.
    [[nodiscard]] std::string cut_line(std::string_view lines, bool last,
                                       std::string_view name) const {
        auto branch = glyph(last ? Glyph::Corner : Glyph::Branch);
        if (width_ == SIZE_MAX) return cat(lines, branch, name);
        size_t width = std::max<size_t>(width_, 20);
        size_t strokes = columns_of(lines) + 2;
        if (strokes <= width - 3) return cat(lines, branch, cut_to(name, width - strokes));
        std::string shown;
        for (size_t i = 0; i < (width - 3) / 2; ++i) shown += first_stroke(lines);
        return cat(shown, width % 2 ? "" : " ", "...");
    }

    // Takes one stroke of two columns off `lines`.
    static std::string_view first_stroke(std::string_view& lines) {
        auto blank = glyph(Glyph::Blank);
        auto stroke = lines.substr(
            0, lines.starts_with(blank) ? blank.size() : glyph(Glyph::Vertical).size());
        lines.remove_prefix(stroke.size());
        return stroke;
    }

    Session& session_;
    ClientConnection& manager_;
    const ClientRequest& request_;
    bool colors_;
    size_t width_;
    Words path_; // the units above, or all that a plain list went into, of earlier trees as well
};

} // namespace

int verb_list_dependencies(Session& session, const Words& words) {
    auto* manager = session.manager();
    if (!manager) return exit_failure;
    Words typed(words.begin() + 1, words.end());
    if (typed.empty()) typed = {"default.target"};
    auto expanded = expand_unit_names(session, *manager, typed);
    if (!expanded) return exit_failure;
    DependencyTree tree(session, *manager);
    bool first = true;
    for (const auto& name : expanded->names) {
        session.print(first ? "" : "\n", name, "\n");
        first = false;
        if (!tree.add(name, "")) return exit_failure;
    }
    return exit_ok;
}

} // namespace sctl
