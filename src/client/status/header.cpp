// What the unit is: its name, its files, where it is documented.
#include <cstring>

#include "base/files.hpp"
#include "client/files/unit_files.hpp"
#include "client/status/status_sections.hpp"
#include "client/text/glyphs.hpp"
#include "client/text/hyperlink.hpp"

namespace sctl {

namespace {

void add_title(StatusPage& page) {
    page.print(page.colored(state_color(page.active), state_glyph(page.active)), " ", page.id);
    auto description = page.text_of("Description");
    if (!description.empty() && description != page.id) page.print(" - ", description);
    page.print('\n');
    auto following = page.text_of("Following");
    if (!following.empty())
        page.print("    Follow: unit currently follows state of ", following, "\n");
}

void add_loaded(StatusPage& page) {
    auto state = page.text_of("LoadState");
    bool bad = state == "error" || state == "not-found" || state == "bad-setting";
    page.print("     Loaded: ", page.colored(bad ? color_red : "", state));
    auto path = page.text_of("SourcePath");
    if (path.empty()) path = page.text_of("FragmentPath");
    std::string load_error;
    if (auto in = page.unit.value("LoadError", "(ss)")) {
        std::string name;
        if (in->enter_struct()) (void)in->read(name, load_error).has_value();
    }
    auto file_state = page.text_of("UnitFileState");
    if (!load_error.empty()) {
        page.print(" (Reason: ", escape_unprintable(load_error), ")");
    } else if (!path.empty() && !file_state.empty()) {
        page.print(" (", file_hyperlink(path), "; ",
                   page.colored(file_state.starts_with("enabled") ? color_green
                                : file_state == "disabled"        ? color_yellow()
                                                                  : "",
                                file_state));
        auto preset = page.text_of("UnitFilePreset");
        if (shows_preset(file_state) && !preset.empty()) {
            page.print("; preset: ",
                       page.colored(preset == "enabled" ? color_green : color_yellow(), preset));
        }
        page.print(")");
    } else if (!path.empty()) {
        page.print(" (", file_hyperlink(path), ")");
    }
    page.print('\n');
    if (page.unit.boolean("Transient")) page.print("  Transient: yes\n");
}

void add_drop_ins(StatusPage& page) {
    auto paths = page.texts_of("DropInPaths");
    std::string_view directory;
    for (size_t i = 0; i < paths.size(); ++i) {
        if (i == 0 || directory_of(paths[i]) != directory) {
            page.print(i == 0 ? "    Drop-In: " : status_indent);
            directory = directory_of(paths[i]);
            page.print(directory, "\n", status_indent, glyph(Glyph::Corner));
        }
        bool last = i + 1 == paths.size() || directory_of(paths[i + 1]) != directory;
        page.print(file_hyperlink(paths[i], base_name(paths[i])), last ? "\n" : ", ");
    }
}

} // namespace

void add_header(StatusPage& page) {
    add_title(page);
    add_loaded(page);
    add_drop_ins(page);
}

void add_places(StatusPage& page) {
    auto add = [&](std::string_view title, std::string_view property) {
        auto text = page.text_of(property);
        if (!text.empty()) page.print(title, text, "\n");
    };
    add("     Device: ", "SysFSPath");
    add("      Where: ", "Where");
    add("       What: ", "What");
    bool first = true;
    for (const auto& link : page.texts_of("Documentation")) {
        page.print(first ? "       Docs: " : status_indent, hyperlink(link, link), "\n");
        first = false;
    }
    if (auto in = page.unit.value("Listen", "a(ss)")) {
        first = true;
        (void)in->enter_array().has_value();
        while (!in->at_end()) {
            std::string type, path;
            (void)in->enter_struct().has_value();
            (void)in->read(type, path).has_value();
            (void)in->exit_struct().has_value();
            page.print(first ? "     Listen: " : status_indent, escape_unprintable(path), " (",
                       type, ")\n");
            first = false;
        }
    }
    if (page.unit.boolean("Accept")) {
        page.print("   Accepted: ", page.unit.number("NAccepted", 0),
                   "; Connected: ", page.unit.number("NConnections", 0), ";");
        auto refused = page.unit.number("NRefused", 0);
        if (refused > 0) page.print("   Refused: ", refused);
        page.print("\n");
    }
}

void add_notes(StatusPage& page) {
    auto text = page.text_of("StatusText");
    if (!text.empty()) page.print("     Status: \"", text, "\"\n");
    auto code = static_cast<int>(page.unit.number("StatusErrno", 0));
    if (code > 0) page.print("      Error: ", code, " (", strerror(code), ")\n");
}

} // namespace sctl
