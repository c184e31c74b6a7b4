// The program sctl-render(1): templates of Jinja2, variables of YAML. It ends with 0, with 1 where
// something could not be rendered or written, and with 2 for a command line that is wrong.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "template/environment.hpp"
#include "template/value.hpp"

namespace sctl {

// `path` is what messages call the template.
[[nodiscard]] Result<std::string> render_text(jinja::Environment& environment,
                                              std::string_view text, const std::string& path,
                                              const jinja::Value& variables);
// Links followed.
[[nodiscard]] bool lies_below(const std::string& path, const std::string& directory);

int run_render(int count, char** arguments);

} // namespace sctl
