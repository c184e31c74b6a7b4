#include "render/render_request.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/text.hpp"
#include "options/option_table.hpp"

namespace sctl {

namespace {

template <RenderRequest::Task task>
Result<void> set_render_task(RenderRequest& request, const std::string&) {
    request.task = task;
    return {};
}

template <bool RenderRequest::*member>
Result<void> set_render_flag(RenderRequest& request, const std::string&) {
    request.*member = true;
    return {};
}

template <std::string RenderRequest::*member>
Result<void> set_render_path(RenderRequest& request, const std::string& value) {
    if (value.empty()) return Error{EINVAL, "An empty path was given.", {}};
    request.*member = value;
    return {};
}

constexpr OptionRow<RenderRequest> render_rows[] = {
    {"help,h", OptionValue::None, set_render_task<RenderRequest::Task::Help>, "Show this help",
     true},
    {"version", OptionValue::None, set_render_task<RenderRequest::Task::Version>,
     "Show the version", true},
    {"variables,V", OptionValue::Required,
     [](RenderRequest& request, const std::string& value) -> Result<void> {
         request.variables.push_back(value);
         return {};
     },
     "Take variables from this file of YAML; later ones count more", false, "FILE"},
    {"templates,t", OptionValue::Required, set_render_path<&RenderRequest::templates>,
     "Render all files below DIR", false, "DIR"},
    {"output,o", OptionValue::Required, set_render_path<&RenderRequest::output>,
     "Write them below DIR", false, "DIR"},
    {"jinja,j", OptionValue::Required, set_render_path<&RenderRequest::jinja>,
     "Where include, extends and import look", false, "DIR"},
    {"no-environment", OptionValue::None, set_render_flag<&RenderRequest::without_environment>,
     "Do not take variables from the environment"},
    {"check", OptionValue::None, set_render_flag<&RenderRequest::checks_only>,
     "Render all, say all errors, write nothing"},
    {"quiet,q", OptionValue::None, set_render_flag<&RenderRequest::is_quiet>,
     "Say nothing but errors"},
};

const char* problem_of_render(const RenderRequest& request, size_t words) {
    if (words > 1) return "More than one template was named.";
    if (words == 0 && request.templates.empty()) return "Name a template, or a directory with -t.";
    if (words == 1 && !request.templates.empty()) return "Both a template and -t were given.";
    if (words == 1 && !request.output.empty()) return "One template goes to the standard output.";
    if (words == 0 && request.output.empty() && !request.checks_only)
        return "Say with -o where the files go.";
    auto inputs = std::ranges::count(request.variables, "-") + (request.file == "-" ? 1 : 0);
    return inputs > 1 ? "The standard input can be read only once." : nullptr;
}

} // namespace

std::string render_help() {
    return cat(
        "sctl-render [OPTIONS...] -t DIR -o DIR\n"
        "sctl-render [OPTIONS...] TEMPLATE\n\n"
        "Renders templates of Jinja2 with variables of YAML and the environment.\n\n",
        options_help(std::span<const OptionRow<RenderRequest>>(render_rows)));
}

RenderRequest read_render_request(std::vector<std::string> arguments, std::string_view program) {
    RenderRequest request;
    auto words = read_options(std::span<const OptionRow<RenderRequest>>(render_rows),
                              std::move(arguments), program, request);
    if (words && request.task != RenderRequest::Task::Render) return request;
    if (words && !words->empty()) request.file = words->front();
    const char* problem =
        words ? problem_of_render(request, words->size()) : words.error().text.c_str();
    if (problem) {
        log_error(problem);
        request.task = RenderRequest::Task::Wrong;
    }
    return request;
}

} // namespace sctl
