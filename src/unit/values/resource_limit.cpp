#include "unit/values/resource_limit.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>

#include "base/text.hpp"
#include "unit/syntax/extract_word.hpp"
#include "unit/syntax/parse_value.hpp"
#include "unit/syntax/time_span.hpp"

namespace sctl {
namespace {

constexpr uint64_t unlimited = RLIM_INFINITY;

Result<uint64_t> number(std::string_view text) {
    return parse_unsigned(text, unlimited - 1);
}

Result<uint64_t> size(std::string_view text) {
    auto bytes = parse_size(text);
    if (bytes && *bytes == unlimited) return Error{ERANGE, cat("Size too large: ", text), {}};
    return bytes;
}

Result<uint64_t> seconds(std::string_view text) {
    auto span = parse_span(text);
    if (!span) return span.error();
    if (*span == infinity) return unlimited;
    return static_cast<uint64_t>(std::chrono::ceil<std::chrono::seconds>(*span).count());
}

Result<uint64_t> microseconds(std::string_view text) {
    auto span = parse_span(text, 1us);
    if (!span) return span.error();
    if (*span == infinity) return unlimited;
    return static_cast<uint64_t>(span->count());
}

// The kernel counts nice levels from 40 (-20) down to 1 (19). With a sign the text is a nice level.
Result<uint64_t> nice(std::string_view text) {
    bool positive = text.starts_with('+');
    if (!positive && !text.starts_with('-')) return parse_unsigned(text, 40);
    auto level = parse_unsigned(text.substr(1), positive ? 19 : 20);
    if (!level) return level;
    return positive ? 20 - *level : 20 + *level;
}

struct Resource {
    int number;
    std::string_view name;
    Result<uint64_t> (*parse)(std::string_view);
};

constexpr Resource resources[] = {
    {RLIMIT_CPU, "CPU", seconds},        {RLIMIT_FSIZE, "FSIZE", size},
    {RLIMIT_DATA, "DATA", size},         {RLIMIT_STACK, "STACK", size},
    {RLIMIT_CORE, "CORE", size},         {RLIMIT_RSS, "RSS", size},
    {RLIMIT_NOFILE, "NOFILE", number},   {RLIMIT_AS, "AS", size},
    {RLIMIT_NPROC, "NPROC", number},     {RLIMIT_MEMLOCK, "MEMLOCK", size},
    {RLIMIT_LOCKS, "LOCKS", number},     {RLIMIT_SIGPENDING, "SIGPENDING", number},
    {RLIMIT_MSGQUEUE, "MSGQUEUE", size}, {RLIMIT_NICE, "NICE", nice},
    {RLIMIT_RTPRIO, "RTPRIO", number},   {RLIMIT_RTTIME, "RTTIME", microseconds},
};
static_assert(std::size(resources) == RLIM_NLIMITS);

std::string format_one(uint64_t value) {
    return value == unlimited ? "infinity" : cat(value);
}

} // namespace

std::optional<int> resource_from_name(std::string_view name) {
    for (const auto& resource : resources) {
        if (resource.name == name) return resource.number;
    }
    return std::nullopt;
}

std::string_view resource_name(int number) {
    for (const auto& resource : resources) {
        if (resource.number == number) return resource.name;
    }
    return {};
}

Result<ResourceLimit> parse_resource_limit(int number, std::string_view text) {
    auto parse = [&](std::string_view value) -> Result<uint64_t> {
        if (value == "infinity") return unlimited;
        for (const auto& resource : resources) {
            if (resource.number == number) return resource.parse(value);
        }
        return Error{EINVAL, cat("Unknown resource ", number), {}};
    };
    auto words = split_quoted(text, {.separators = ":", .empty_words = true});
    if (!words) return words.error();
    if (words->size() > 2) return Error{EINVAL, cat("More than two limits: ", text), {}};
    auto soft = parse(words->front());
    if (!soft) return soft.error();
    auto hard = words->size() == 2 ? parse(words->back()) : soft;
    if (!hard) return hard.error();
    if (*soft > *hard) return Error{EILSEQ, cat("Soft limit above hard limit: ", text), {}};
    return ResourceLimit{number, *soft, *hard};
}

ResourceLimit default_file_limit() {
    rlimit own{};
    getrlimit(RLIMIT_NOFILE, &own);
    uint64_t hard = std::max<uint64_t>(own.rlim_max, 512 << 10);
    return {RLIMIT_NOFILE, std::min<uint64_t>(1024, own.rlim_cur), hard};
}

std::string format_resource_limit(const ResourceLimit& limit) {
    if (limit.soft == limit.hard) return format_one(limit.soft);
    return cat(format_one(limit.soft), ':', format_one(limit.hard));
}

} // namespace sctl
