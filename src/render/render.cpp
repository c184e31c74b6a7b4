#include "render/render.hpp"

#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <optional>
#include <string>

#include "base/files.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/version_text.hpp"
#include "render/output_file.hpp"
#include "render/render_request.hpp"
#include "render/render_tree.hpp"
#include "render/variables.hpp"
#include "template/environment.hpp"
#include "template/thrown.hpp"

namespace sctl {
namespace {

constexpr int bad_command_line = 2;

// Where the path leads to; itself where that is nowhere.
std::string real_path(const std::string& path) {
    char resolved[PATH_MAX];
    return realpath(path.c_str(), resolved) ? resolved : path;
}

// A rendering comes only where conditions lead it; names are looked for everywhere.
Result<std::string> check_names(jinja::Environment& environment, std::string_view text,
                                const std::string& path, const jinja::Value& variables) {
    std::string errors;
    for (const auto& unknown : environment.unknown_names(text, path, variables))
        errors += cat(errors.empty() ? "" : "\n", std::string_view(unknown.text()));
    if (errors.empty()) return errors;
    return Error{EINVAL, errors, {}};
}

bool render_one(const RenderRequest& request, const TextRenderer& render) {
    bool is_input = request.file == "-";
    auto text = is_input ? read_standard_input() : read_file(request.file);
    auto rendered = text ? render(*text, is_input ? "<stdin>" : request.file) : text.error();
    if (!rendered) {
        log_error(rendered.error().text);
        return false;
    }
    if (request.checks_only || print(*rendered)) return true;
    log_error(errno_error("standard output").text);
    return false;
}

bool render_all(const RenderRequest& request) try {
    if (!request.jinja.empty() && !request.templates.empty() &&
        lies_below(request.jinja, request.templates)) {
        log_error(request.jinja, ": lies below the directory of templates, ", request.templates);
        return false;
    }
    auto variables =
        read_variables(request.variables, request.without_environment ? nullptr : environ);
    if (!variables) {
        log_error(variables.error().text);
        return false;
    }
    std::optional<jinja::DirectoryLoader> loader;
    if (!request.jinja.empty()) loader.emplace(request.jinja);
    jinja::Environment environment(loader ? &*loader : nullptr);
    TextRenderer render = [&](std::string_view text, const std::string& path) {
        auto rendered = render_text(environment, text, path, *variables);
        if (!rendered || !request.checks_only) return rendered;
        return check_names(environment, text, path, *variables);
    };
    if (!request.file.empty()) return render_one(request, render);
    return render_tree({request.templates, request.output, request.checks_only}, render);
} catch (...) {
    log_error(jinja::thrown_error().text);
    return false;
}

} // namespace

bool lies_below(const std::string& path, const std::string& directory) {
    return cat(real_path(path), "/").starts_with(cat(real_path(directory), "/"));
}

Result<std::string> render_text(jinja::Environment& environment, std::string_view text,
                                const std::string& path, const jinja::Value& variables) {
    if (!is_valid_utf8(text)) return Error{EINVAL, cat(path, ": no UTF-8"), {}};
    auto done = environment.render(text, path, variables);
    if (!done.ok) return Error{EINVAL, std::string(done.error.text()), {}};
    return std::string(done.output);
}

int run_render(int count, char** arguments) {
    auto request = read_render_request({arguments + 1, arguments + count}, arguments[0]);
    switch (request.task) {
        case RenderRequest::Task::Help: print(render_help()); return EXIT_SUCCESS;
        case RenderRequest::Task::Version: print(version_text()); return EXIT_SUCCESS;
        case RenderRequest::Task::Wrong: return bad_command_line;
        case RenderRequest::Task::Render: break;
    }
    if (request.is_quiet) set_log_level(LogLevel::Error);
    end_on_signals();
    return render_all(request) ? EXIT_SUCCESS : EXIT_FAILURE;
}

} // namespace sctl
