// [Install] is read by what works on files; the manager keeps its words as they stand.
#include "unit/directive_rows.hpp"

namespace sctl {
namespace {

using enum Support;
using I = InstallConfig;

void read_names(Setting& setting, std::vector<std::string>& out) {
    if (setting.value.empty()) return out.clear();
    for (auto word : split(setting.value)) out.emplace_back(word);
}
void read_verbatim(Setting& setting, std::string& out) { out = setting.value; }

constexpr Directive rows[] = {
    row<&I::alias, read_names>("Install", "Alias", Same),
    row<&I::wanted_by, read_names>("Install", "WantedBy", Same),
    row<&I::required_by, read_names>("Install", "RequiredBy", Same),
    row<&I::also, read_names>("Install", "Also", Same),
    row<&I::default_instance, read_verbatim>("Install", "DefaultInstance", Same),
};

} // namespace

std::span<const Directive> install_rows() { return rows; }

} // namespace sctl
