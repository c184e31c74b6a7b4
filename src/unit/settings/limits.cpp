// LimitCPU= and its like (systemd.exec(5), "Process Properties"): each shows as two properties.
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>

#include "unit/settings/directive_rows.hpp"
#include "unit/values/resource_limit.hpp"

namespace sctl {
namespace {

using enum Support;

// A limit that is not set is the manager's own, which its children inherit; but for LimitNOFILE=.
ResourceLimit limit_of(const LoadedUnit& unit, int resource) {
    for (const auto& set : exec_of(unit).limits)
        if (set.resource == resource) return set;
    bool loaded = unit.own || unit.load_state == LoadState::Loaded;
    if (resource == RLIMIT_NOFILE && loaded) return default_file_limit();
    rlimit own{RLIM_INFINITY, RLIM_INFINITY};
    getrlimit(static_cast<__rlimit_resource_t>(resource), &own);
    return {resource, own.rlim_cur, own.rlim_max};
}
template <int Resource>
PropertyValue hard_limit(const LoadedUnit& unit) {
    return limit_of(unit, Resource).hard;
}
template <int Resource>
PropertyValue soft_limit(const LoadedUnit& unit) {
    return limit_of(unit, Resource).soft;
}

using LimitRows = std::array<Directive, 2>;

template <int Resource>
constexpr LimitRows limit(std::string_view name, std::string_view soft) {
    return {
        {formatted(
             row<&ExecConfig::limits, read_limit, hard_limit<Resource>>(name, Same, name, "t"),
             ValueFormat::Infinity),
         formatted({"", Same, nullptr, soft, "t", soft_limit<Resource>}, ValueFormat::Infinity)}};
}

PropertyValue infinite(const LoadedUnit&) {
    return uint64_t{UINT64_MAX};
}

constexpr auto limit_directives = flat<16, 2>({
    limit<RLIMIT_CPU>("LimitCPU", "LimitCPUSoft"),
    limit<RLIMIT_FSIZE>("LimitFSIZE", "LimitFSIZESoft"),
    limit<RLIMIT_DATA>("LimitDATA", "LimitDATASoft"),
    limit<RLIMIT_STACK>("LimitSTACK", "LimitSTACKSoft"),
    limit<RLIMIT_CORE>("LimitCORE", "LimitCORESoft"),
    limit<RLIMIT_RSS>("LimitRSS", "LimitRSSSoft"),
    limit<RLIMIT_NOFILE>("LimitNOFILE", "LimitNOFILESoft"),
    limit<RLIMIT_AS>("LimitAS", "LimitASSoft"),
    limit<RLIMIT_NPROC>("LimitNPROC", "LimitNPROCSoft"),
    limit<RLIMIT_MEMLOCK>("LimitMEMLOCK", "LimitMEMLOCKSoft"),
    limit<RLIMIT_SIGPENDING>("LimitSIGPENDING", "LimitSIGPENDINGSoft"),
    limit<RLIMIT_MSGQUEUE>("LimitMSGQUEUE", "LimitMSGQUEUESoft"),
    limit<RLIMIT_NICE>("LimitNICE", "LimitNICESoft"),
    limit<RLIMIT_RTPRIO>("LimitRTPRIO", "LimitRTPRIOSoft"),
    limit<RLIMIT_RTTIME>("LimitRTTIME", "LimitRTTIMESoft"),
    // Linux has not used it since 2.4; here it carries the tag by which processes are tracked.
    LimitRows{{formatted({"LimitLOCKS", Accepted, nullptr, "LimitLOCKS", "t", infinite},
                         ValueFormat::Infinity),
               formatted({"", Accepted, nullptr, "LimitLOCKSSoft", "t", infinite},
                         ValueFormat::Infinity)}},
});

} // namespace

void read_limit(const SettingText& setting, std::vector<ResourceLimit>& out) {
    constexpr std::string_view before_name = "Limit";
    auto name = setting.key.substr(setting.key.find(before_name) + before_name.size());
    int resource = resource_from_name(name).value();
    auto limit = parse_resource_limit(resource, setting.value);
    if (!limit)
        return setting.warning(
            cat(limit.error().code == EILSEQ
                    ? "Soft resource limit chosen higher than hard limit, ignoring: "
                    : "Failed to parse resource value, ignoring: ",
                setting.value));
    auto at = std::ranges::find(out, resource, &ResourceLimit::resource);
    if (at == out.end())
        out.push_back(*limit);
    else
        *at = *limit;
}

std::span<const Directive> limit_rows() {
    return in_section<limit_directives, Section::Exec>;
}

} // namespace sctl
