// [Install] is for what works on files: a running manager has no use for it, and keeps none of it.
#include "unit/directive_rows.hpp"

namespace sctl {
namespace {

constexpr Directive install(std::string_view name) {
    return {"Install", name, Support::Same, nullptr, "", "", nullptr, ""};
}

constexpr Directive install_directives[] = {install("Alias"), install("WantedBy"),
                                            install("RequiredBy"), install("Also"),
                                            install("DefaultInstance")};

} // namespace

std::span<const Directive> install_rows() {
    return install_directives;
}

} // namespace sctl
