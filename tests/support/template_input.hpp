// What must hold of any bytes read as a template or rendered as one, and of any bytes read as YAML:
// for the fuzz targets, and for unit tests that run what they have found.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "template/environment.hpp"
#include "template/memory.hpp"
#include "template/parser.hpp"
#include "template/print.hpp"
#include "template/value.hpp"
#include "template/yaml/yaml.hpp"
#include "test_variables.hpp"

namespace template_input {

// So little that a fuzzer comes to its next input soon.
inline void bound_tightly() {
    sctl::jinja::bounds.memory_at_once = uint64_t{1} << 22;
    sctl::jinja::bounds.seconds = 2;
}

// What is wrong with how `text` becomes a tree; "" where all is well.
inline std::string flaw_of_parsing(std::string_view text) {
    using namespace sctl::jinja;
    if (!sctl::is_valid_utf8(text)) return {};
    ParserOptions options;
    options.loop_controls = true;
    auto most_lines = static_cast<int>(std::ranges::count_if(
                          text, [](char c) { return c == '\n' || c == '\r'; })) +
                      1;
    try {
        auto tree = parse(text, options);
        for (const auto& node : tree->nodes)
            if (node->line < 1 || node->line > most_lines) return "a line that is not there";
        Environment environment(nullptr, options);
        (void)environment.compile(text, "main", {});
    } catch (const SyntaxError& error) {
        if (error.line < 1 || error.line > most_lines) return "an error in a line not there";
        if (error.message.empty() || !sctl::is_valid_utf8(error.message))
            return "an unreadable message";
    } catch (const PythonError& error) {
        if (error.type.empty() || !sctl::is_valid_utf8(error.message)) return "an odd error";
    }
    return {};
}

// `text` is a case as in tests/data/templates: templates begin with a line "-- NAME", the first one
// needs none; "-- variables" is an expression.
inline std::string flaw_of_rendering(std::string_view text) {
    using namespace sctl::jinja;
    if (!sctl::is_valid_utf8(text)) return {};
    MapLoader loader;
    std::string variables, name = "main";
    for (std::string_view rest = text; !rest.empty() || name == "main";) {
        size_t end = rest.find("\n-- ");
        std::string_view part = rest.substr(0, end);
        if (name == "variables")
            variables = part;
        else if (!name.empty())
            loader.sources[name] = part;
        if (end == rest.npos) break;
        rest.remove_prefix(end + 4);
        size_t newline = rest.find('\n');
        name = rest.substr(0, newline);
        rest.remove_prefix(newline == rest.npos ? rest.size() : newline + 1);
    }
    ParserOptions options;
    options.loop_controls = true;
    Value given = test_variables(variables);
    Environment environment(&loader, options);
    Rendering done = environment.render_named("main", given);
    if (!sctl::is_valid_utf8(done.ok ? done.output : done.error.text())) return "no UTF-8";
    if (!done.ok && done.error.type.empty()) return "a nameless error";
    return {};
}

inline std::string flaw_of_yaml(std::string_view text) {
    using namespace sctl::jinja;
    start_clock();
    try {
        if (!sctl::is_valid_utf8(to_repr(load_yaml(text, "file.yml")))) return "no UTF-8";
    } catch (const PythonError& error) {
        if (error.type.empty() || !sctl::is_valid_utf8(error.message)) return "an odd error";
    }
    return {};
}

} // namespace template_input
