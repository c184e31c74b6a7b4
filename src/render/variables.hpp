// The variables of templates: files of YAML, and over them the environment, whose values are text.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "template/value.hpp"

namespace sctl {

// A dict. `environment` is null or as environ(7). What of it is no UTF-8 is left out.
[[nodiscard]] Result<jinja::Value> read_variables(const std::vector<std::string>& files,
                                                  const char* const* environment);

} // namespace sctl
