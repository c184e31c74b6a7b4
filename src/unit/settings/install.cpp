// [Install] is for what works on files: a running manager has no use for it, and keeps none of it.
#include "unit/settings/directive_rows.hpp"

namespace sctl {
namespace {

constexpr Directive install_directives[] = {
    {"Alias", Support::Same},           {"WantedBy", Support::Same},
    {"RequiredBy", Support::Same},      {"Also", Support::Same},
    {"DefaultInstance", Support::Same}, {"UpheldBy", Support::Accepted}, // since systemd 253
};

} // namespace

std::span<const Directive> install_rows() {
    return in_section<install_directives, Section::Install>;
}

} // namespace sctl
