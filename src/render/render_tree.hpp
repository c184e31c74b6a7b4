// A directory of templates rendered into another. Files get the mode and owner of their templates,
// and so do directories that are new; what exists is left alone. Links to files are rendered as
// what they lead to, links to directories are not followed; devices, FIFOs and sockets are errors.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace sctl {

// `path` is that of the template; the Error says it.
using TextRenderer =
    std::function<Result<std::string>(std::string_view text, const std::string& path)>;

struct RenderTree {
    std::string templates, output; // directories
    // Writes nothing, and goes on after errors.
    bool checks_only = false;
};

// In the order of names. False where something has failed, which was logged: with it ends the work.
[[nodiscard]] bool render_tree(const RenderTree& tree, const TextRenderer& render);

} // namespace sctl
