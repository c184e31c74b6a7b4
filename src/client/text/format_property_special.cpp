#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

#include "client/text/property_lines.hpp"
#include "unit/settings/directives.hpp"
#include "unit/syntax/time_span.hpp"
#include "unit/values/capability.hpp"
#include "unit/values/signal_name.hpp"

namespace sctl {

namespace {

std::string text_or_na(std::string_view text) {
    return text.empty() ? "n/a" : std::string(text);
}

std::string moment_or_na(uint64_t usec, TimestampStyle style) {
    return text_or_na(format_timestamp(span_from_usec(usec), style));
}

// Calls `element` for each of an array's structs, inside it.
template <class Element>
bool each_struct(Reader& in, Element element) {
    if (!in.enter_array()) return false;
    while (!in.at_end()) {
        if (!in.enter_struct()) return false;
        element();
        if (!in.exit_struct()) return false;
    }
    return in.exit_array().has_value();
}

// (ss), (sb), (st): a line for each pair, made by `format`.
template <class First, class Second, std::string (*format)(const First&, const Second&)>
void add_pairs(PropertyLines& lines, Reader& in) {
    each_struct(in, [&] {
        First first{};
        Second second{};
        if (in.read(first, second)) lines.add(format(first, second));
    });
}

// The same on one line.
template <class First, class Second, std::string (*format)(const First&, const Second&)>
void add_joined_pairs(PropertyLines& lines, Reader& in) {
    std::string line;
    bool whole = each_struct(in, [&] {
        First first{};
        Second second{};
        if (in.read(first, second)) line += cat(line.empty() ? "" : " ", format(first, second));
    });
    if (whole) lines.add(line);
}

using Text = std::string_view;

std::string environment_file(const Text& path, const bool& ignored) {
    return cat(path, " (ignore_errors=", ignored ? "yes" : "no", ")");
}
std::string second_with_first(const Text& type, const Text& path) {
    return cat(path, " (", type, ")");
}
std::string pair_with_blank(const Text& first, const Text& second) {
    return cat(text_or_na(first), " ", text_or_na(second));
}
std::string pair_with_colon(const Text& first, const Text& second) {
    return second.empty() ? std::string(first) : cat(first, ":", second);
}
std::string path_with_number(const Text& path, const uint64_t& number) {
    return cat(text_or_na(path), " ", number);
}
std::string path_with_span(const Text& path, const uint64_t& span) {
    return cat(text_or_na(path), " ", format_span(span_from_usec(span), 1us));
}

void add_job(PropertyLines& lines, Reader& in) {
    uint32_t id = 0;
    Text path;
    if (in.enter_struct() && in.read(id, path) && in.exit_struct()) {
        lines.add(id > 0 ? cat(id) : std::string());
    }
}

void add_unit(PropertyLines& lines, Reader& in) {
    Text name, path;
    if (in.enter_struct() && in.read(name, path) && in.exit_struct()) lines.add(name);
}

void add_load_error(PropertyLines& lines, Reader& in) {
    Text name, text;
    if (!(in.enter_struct() && in.read(name, text) && in.exit_struct())) return;
    lines.add(name.empty() && text.empty() ? std::string() : cat(name, " \"", text, "\""));
}

// SystemCallFilter= and its like: what is allowed, or "~" and what is not.
void add_filter(PropertyLines& lines, Reader& in) {
    if (!in.enter_struct()) return;
    auto allows = in.boolean();
    auto names = in.strings();
    if (!allows || !names || !in.exit_struct()) return;
    if (lines.style().empty || *allows || !names->empty()) {
        lines.add_always(cat(*allows ? "" : "~", join(*names, " ")));
    }
}

// SELinuxContext=, AppArmorProfile=: whether errors are ignored, and the label.
void add_label(PropertyLines& lines, Reader& in) {
    bool ignored = false;
    Text label;
    if (!(in.enter_struct() && in.read(ignored, label) && in.exit_struct())) return;
    lines.add(label.empty() ? std::string() : cat(ignored ? "-" : "", label));
}

void add_exit_statuses(PropertyLines& lines, Reader& in) {
    std::string line;
    if (!in.enter_struct() || !in.enter_array()) return;
    while (!in.at_end()) {
        auto status = in.int32();
        if (status) line += cat(line.empty() ? "" : " ", *status);
    }
    if (!in.exit_array() || !in.enter_array()) return;
    while (!in.at_end()) {
        auto signal = in.int32();
        if (signal) line += cat(line.empty() ? "" : " ", signal_name(*signal));
    }
    if (in.exit_array() && in.exit_struct()) lines.add(line);
}

void add_monotonic_timers(PropertyLines& lines, Reader& in) {
    each_struct(in, [&] {
        Text base;
        uint64_t span = 0, next = 0;
        if (!in.read(base, span, next)) return;
        lines.add(cat("{ ", base, "=", format_span(span_from_usec(span)),
                      " ; next_elapse=", format_span(span_from_usec(next)), " }"));
    });
}

void add_calendar_timers(PropertyLines& lines, Reader& in) {
    each_struct(in, [&] {
        Text base, specification;
        uint64_t next = 0;
        if (!in.read(base, specification, next)) return;
        auto moment = format_timestamp(span_from_usec(next), lines.style().timestamp);
        lines.add(cat("{ ", base, "=", specification,
                      " ; next_elapse=", moment.empty() ? "(null)" : moment, " }"));
    });
}

// One command of ExecStart= (`flags` of ExecStartEx=) and what became of it.
void add_commands(PropertyLines& lines, Reader& in, bool has_flags) {
    each_struct(in, [&] {
        auto path = in.string();
        auto arguments = in.strings();
        std::string ignored;
        if (has_flags) {
            auto flags = in.strings();
            if (flags) ignored = cat("flags=", join(*flags, " "));
        } else {
            auto ignore = in.boolean();
            if (ignore) ignored = cat("ignore_errors=", *ignore ? "yes" : "no");
        }
        uint64_t start = 0, start_monotonic = 0, stop = 0, stop_monotonic = 0;
        uint32_t pid = 0;
        int32_t code = 0, status = 0;
        if (!in.read(start, start_monotonic, stop, stop_monotonic, pid, code, status)) return;
        auto style = lines.style().timestamp;
        auto code_name = child_code_name(code);
        std::string signal = code == CLD_EXITED ? "" : cat("/", signal_text(status));
        lines.add(cat("{ path=", text_or_na(*path), " ; argv[]=", join(*arguments, " "), " ; ",
                      ignored, " ; start_time=[", moment_or_na(start, style), "] ; stop_time=[",
                      moment_or_na(stop, style), "] ; pid=", pid,
                      " ; code=", code_name.empty() ? "(null)" : code_name, " ; status=", status,
                      signal, " }"));
    });
}

void add_plain_commands(PropertyLines& lines, Reader& in) {
    add_commands(lines, in, false);
}
void add_extended_commands(PropertyLines& lines, Reader& in) {
    add_commands(lines, in, true);
}

Result<std::string> read_bytes(Reader& in) {
    std::string bytes;
    if (auto entered = in.enter_array(); !entered) return entered.error();
    while (!in.at_end()) {
        auto byte = in.byte();
        if (byte) bytes += static_cast<char>(*byte);
    }
    if (auto left = in.exit_array(); !left) return left.error();
    return bytes;
}

void add_base64(PropertyLines& lines, Reader& in) {
    static constexpr char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    auto bytes = read_bytes(in);
    if (!bytes) return;
    std::string line;
    for (size_t i = 0; i < bytes->size(); i += 3) {
        uint32_t group = 0;
        size_t here = std::min<size_t>(3, bytes->size() - i);
        for (size_t k = 0; k < 3; ++k) {
            group = group << 8 | (k < here ? static_cast<uint8_t>((*bytes)[i + k]) : 0);
        }
        for (size_t k = 0; k < 4; ++k) line += k <= here ? digits[group >> (18 - 6 * k) & 63] : '=';
    }
    lines.add(line);
}

// A set of processors or NUMA nodes, a bit each: "0-3 6".
void add_bit_ranges(PropertyLines& lines, Reader& in) {
    auto bytes = read_bytes(in);
    if (!bytes) return;
    auto has = [&](size_t bit) {
        return bit / 8 < bytes->size() && static_cast<uint8_t>((*bytes)[bit / 8]) >> bit % 8 & 1;
    };
    std::string line;
    for (size_t bit = 0; bit < bytes->size() * 8; ++bit) {
        if (!has(bit)) continue;
        size_t last = bit;
        while (has(last + 1)) ++last;
        line += cat(line.empty() ? "" : " ", bit);
        if (last > bit) line += cat("-", last);
        bit = last;
    }
    lines.add(line);
}

void add_addresses(PropertyLines& lines, Reader& in) {
    std::string line;
    bool whole = each_struct(in, [&] {
        auto family = in.int32();
        auto bytes = read_bytes(in);
        auto prefix = in.uint32();
        if (!family || !bytes || !prefix) return;
        bool fits = (*family == AF_INET && bytes->size() == 4) ||
                    (*family == AF_INET6 && bytes->size() == 16);
        char text[INET6_ADDRSTRLEN];
        if (!fits || !::inet_ntop(*family, bytes->data(), text, sizeof text)) return;
        line += cat(line.empty() ? "" : " ", text, "/", *prefix);
    });
    if (whole) lines.add(line);
}

void add_bind_paths(PropertyLines& lines, Reader& in) {
    constexpr uint64_t recursive = 0x4000; // MS_REC
    std::string line;
    bool whole = each_struct(in, [&] {
        Text source, destination;
        bool optional = false;
        uint64_t flags = 0;
        if (!in.read(source, destination, optional, flags)) return;
        line += cat(line.empty() ? "" : " ", optional ? "-" : "", source, ":", destination,
                    flags & recursive ? ":rbind" : "");
    });
    if (whole) lines.add(line);
}

void add_symlinks(PropertyLines& lines, Reader& in) {
    each_struct(in, [&] {
        Text source, destination;
        uint64_t flags = 0;
        if (in.read(source, destination, flags)) lines.add(cat(source, ":", destination));
    });
}

void add_log_fields(PropertyLines& lines, Reader& in) {
    std::string line;
    if (!in.enter_array()) return;
    while (!in.at_end()) {
        auto bytes = read_bytes(in);
        if (bytes) line += cat(line.empty() ? "" : " ", *bytes);
    }
    if (in.exit_array()) lines.add(line);
}

// ":PARTITION:OPTIONS" for each of the mount options of an image.
std::string image_options(Reader& in) {
    std::string text;
    each_struct(in, [&] {
        Text partition, options;
        if (in.read(partition, options)) text += cat(":", partition, ":", options);
    });
    return text;
}

void add_mount_images(PropertyLines& lines, Reader& in) {
    std::string line;
    bool whole = each_struct(in, [&] {
        Text source, destination;
        bool optional = false;
        if (!in.read(source, destination, optional)) return;
        line += cat(line.empty() ? "" : " ", optional ? "-" : "", source, ":", destination,
                    image_options(in));
    });
    if (whole) lines.add(line);
}

void add_extension_images(PropertyLines& lines, Reader& in) {
    std::string line;
    bool whole = each_struct(in, [&] {
        Text source;
        bool optional = false;
        if (!in.read(source, optional)) return;
        line += cat(line.empty() ? "" : " ", optional ? "-" : "", source, image_options(in));
    });
    if (whole) lines.add(line);
}

// A rule of SocketBindAllow=: "ipv4:tcp:1000-2000".
void add_socket_binds(PropertyLines& lines, Reader& in) {
    each_struct(in, [&] {
        int32_t family = 0, protocol = 0;
        uint16_t count = 0, first = 0;
        if (!in.read(family, protocol, count, first)) return;
        std::string text;
        if (family == AF_INET || family == AF_INET6) text += family == AF_INET ? "ipv4:" : "ipv6:";
        if (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP) {
            text += protocol == IPPROTO_TCP ? "tcp" : "udp"; // systemctl 252 forgets the colon
        }
        if (count == 0)
            text += "any";
        else if (count == 1)
            text += cat(first);
        else
            text += cat(first, "-", first + count - 1);
        lines.add(text);
    });
}

// --- numbers with a meaning
// -----------------------------------------------------------------------

// The highest number says that there is none.
template <auto Words>
void add_number_or(PropertyLines& lines, Reader& in) {
    auto value = in.uint64();
    if (value) lines.add(*value == UINT64_MAX ? std::string(Words()) : cat(*value));
}
constexpr auto infinity_words = [] { return "infinity"; };
constexpr auto not_set_words = [] { return "[not set]"; };
constexpr auto no_data_words = [] { return "[no data]"; };

void add_weight(PropertyLines& lines, Reader& in) {
    auto value = in.uint64();
    if (!value) return;
    lines.add(*value == 0 ? "idle" : *value == UINT64_MAX ? "[not set]" : cat(*value));
}

void add_hexadecimal(PropertyLines& lines, Reader& in) {
    auto value = in.uint64();
    if (!value) return;
    char text[24];
    std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(*value));
    lines.add(text);
}

void add_moment(PropertyLines& lines, Reader& in) {
    auto value = in.uint64();
    if (value) lines.add(format_timestamp(span_from_usec(*value), lines.style().timestamp));
}

void add_capabilities(PropertyLines& lines, Reader& in) {
    auto set = in.uint64();
    if (!set) return;
    std::string line;
    for (size_t i = 0; i < std::size(capability_names); ++i) {
        if (*set & uint64_t{1} << i)
            line += cat(line.empty() ? "" : " ", "cap_", capability_names[i]);
    }
    lines.add(line);
}

// RestrictNamespaces= as CLONE_NEW... flags of the kinds that are allowed.
void add_namespaces(PropertyLines& lines, Reader& in) {
    static constexpr struct {
        uint64_t flag;
        std::string_view name;
    } rows[] = {{0x02000000, "cgroup"}, {0x08000000, "ipc"}, {0x40000000, "net"},
                {0x00020000, "mnt"},    {0x20000000, "pid"}, {0x10000000, "user"},
                {0x04000000, "uts"}};
    auto flags = in.uint64();
    if (!flags) return;
    std::string line;
    size_t count = 0;
    for (const auto& row : rows) {
        if (*flags & row.flag) line += cat(count++ ? " " : "", row.name);
    }
    lines.add(count == 0 ? "yes" : count == std::size(rows) ? "no" : line);
}

void add_mount_flags(PropertyLines& lines, Reader& in) {
    auto flags = in.uint64();
    if (!flags) return;
    switch (*flags) {
        case 0: return lines.add("");
        case 1u << 20: return lines.add("shared");
        case 1u << 19: return lines.add("slave");
        case 1u << 18: return lines.add("private");
        default: return lines.add(cat(*flags));
    }
}

void add_numa_policy(PropertyLines& lines, Reader& in) {
    static constexpr std::string_view names[] = {"default", "preferred", "bind", "interleave",
                                                 "local"};
    auto policy = in.int32();
    if (!policy) return;
    bool known = *policy >= 0 && *policy < static_cast<int32_t>(std::size(names));
    lines.add(known ? names[*policy] : "n/a");
}

void add_action_exit_status(PropertyLines& lines, Reader& in) {
    auto status = in.int32();
    if (!status) return;
    if (*status >= 0 && *status <= 255)
        lines.add(cat(*status));
    else if (lines.style().empty)
        lines.add("[not set]");
}

// Of a user or a group.
void add_id(PropertyLines& lines, Reader& in) {
    auto id = in.uint32();
    if (id) lines.add(*id == UINT32_MAX ? "[not set]" : cat(*id));
}

// --- which is whose ------------------------------------------------------------------------------

struct Printed {
    std::string_view type; // of the property: another manager may have another
    AddProperty add;
};

// By ValueFormat; the rows of settings name them.
Printed by_format(ValueFormat format) {
    switch (format) {
        case ValueFormat::ByType: break;
        case ValueFormat::Infinity: return {"t", add_number_or<infinity_words>};
        case ValueFormat::NotSet: return {"t", add_number_or<not_set_words>};
        case ValueFormat::Weight: return {"t", add_weight};
        case ValueFormat::Hexadecimal: return {"t", add_hexadecimal};
        case ValueFormat::Capabilities: return {"t", add_capabilities};
        case ValueFormat::MountFlags: return {"t", add_mount_flags};
        case ValueFormat::Namespaces: return {"t", add_namespaces};
        case ValueFormat::NumaPolicy: return {"i", add_numa_policy};
        case ValueFormat::ExitStatus: return {"i", add_action_exit_status};
        case ValueFormat::Base64: return {"ay", add_base64};
        case ValueFormat::NumberSet: return {"ay", add_bit_ranges};
        case ValueFormat::BlankPairs: return {"a(ss)", add_pairs<Text, Text, pair_with_blank>};
        case ValueFormat::ColonPairs: return {"a(ss)", add_pairs<Text, Text, pair_with_colon>};
        case ValueFormat::JoinedPairs:
            return {"a(ss)", add_joined_pairs<Text, Text, pair_with_colon>};
        case ValueFormat::TimedPaths: return {"a(st)", add_pairs<Text, uint64_t, path_with_span>};
    }
    return {"", nullptr};
}

// Properties that are no settings.
constexpr struct {
    std::string_view name;
    Printed printed;
} named_rows[] = {
    {"MemoryCurrent", {"t", add_number_or<not_set_words>}},
    {"TasksCurrent", {"t", add_number_or<not_set_words>}},
    {"MemoryAvailable", {"t", add_number_or<infinity_words>}},
    {"DefaultTasksMax", {"t", add_number_or<infinity_words>}},
    {"IPIngressBytes", {"t", add_number_or<no_data_words>}},
    {"IPIngressPackets", {"t", add_number_or<no_data_words>}},
    {"IPEgressBytes", {"t", add_number_or<no_data_words>}},
    {"IPEgressPackets", {"t", add_number_or<no_data_words>}},
    {"NextElapseUSecRealtime", {"t", add_moment}},
    {"LastTriggerUSec", {"t", add_moment}},
    {"TimeUSec", {"t", add_moment}},
    {"RTCTimeUSec", {"t", add_moment}},
    {"UID", {"u", add_id}},
    {"GID", {"u", add_id}},
    {"EffectiveCPUs", {"ay", add_bit_ranges}},
    {"EffectiveMemoryNodes", {"ay", add_bit_ranges}},
    {"LoadError", {"(ss)", add_load_error}},
    {"Paths", {"a(ss)", add_pairs<Text, Text, second_with_first>}},
    {"Listen", {"a(ss)", add_pairs<Text, Text, second_with_first>}},
    {"TimersCalendar", {"a(sst)", add_calendar_timers}},
};

// Types that only properties of one format have.
constexpr Printed typed_rows[] = {
    {"(uo)", add_job},
    {"(so)", add_unit},
    {"(bas)", add_filter},
    {"(bs)", add_label},
    {"(aiai)", add_exit_statuses},
    {"a(sb)", add_pairs<Text, bool, environment_file>},
    {"a(stt)", add_monotonic_timers},
    {"a(sasbttttuii)", add_plain_commands},
    {"a(sasasttttuii)", add_extended_commands},
    {"a(st)", add_pairs<Text, uint64_t, path_with_number>},
    {"a(iayu)", add_addresses},
    {"a(ssbt)", add_bind_paths},
    {"a(ssba(ss))", add_mount_images},
    {"a(sba(ss))", add_extension_images},
    {"a(iiqq)", add_socket_binds},
    {"a(sst)", add_symlinks},
    {"aay", add_log_fields},
};

} // namespace

AddProperty special_property_format(std::string_view name, std::string_view type) {
    if (const auto* setting = directive_of(name)) {
        if (auto printed = by_format(setting->format); printed.type == type) return printed.add;
    }
    for (const auto& row : named_rows) {
        if (row.name == name && row.printed.type == type) return row.printed.add;
    }
    for (const auto& row : typed_rows) {
        if (row.type == type) return row.add;
    }
    return nullptr;
}

} // namespace sctl
