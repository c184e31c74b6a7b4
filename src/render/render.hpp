// The program sctl-render(1): templates of Jinja2, variables of YAML. It ends with 0, with 1 where
// something could not be rendered or written, and with 2 for a command line that is wrong.
#pragma once

namespace sctl {

int run_render(int count, char** arguments);

} // namespace sctl
