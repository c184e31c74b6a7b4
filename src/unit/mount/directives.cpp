#include "unit/mount/mount_config.hpp"
#include "unit/mount/mount_kind.hpp"
#include "unit/settings/directive_rows.hpp"

namespace sctl {
namespace {

using enum Support;
using M = MountConfig;

void read_where(Setting& setting, std::string& out) {
    if (setting.value.empty()) return out.clear();
    auto text = expanded(setting, setting.value);
    if (!text) return;
    if (auto path = checked_path(setting, *text)) out = std::move(*path);
}

constexpr Directive mount_directives[] = {
    row<&M::what>("What", Same),
    row<&M::where, read_where>("Where", Same, "Where", "s"),
    row<&M::type>("Type", Same),
    row<&M::options>("Options", Same),
    row<&M::sloppy_options>("SloppyOptions", Same, "SloppyOptions", "b"),
    row<&M::lazy_unmount>("LazyUnmount", Same, "LazyUnmount", "b"),
    row<&M::force_unmount>("ForceUnmount", Same, "ForceUnmount", "b"),
    row<&M::read_write_only>("ReadWriteOnly", Same, "ReadWriteOnly", "b"),
    row<&M::directory_mode, read_mode>("DirectoryMode", Same, "DirectoryMode", "u"),
    row<&M::timeout, read_time_or_never>("TimeoutSec", Same, "TimeoutUSec", "t"),
};

} // namespace

std::span<const Directive> mount_settings() {
    return own_of<mount_directives, UnitType::Mount>;
}

} // namespace sctl
