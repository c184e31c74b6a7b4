#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <csignal>

#include "client/text/property_lines.hpp"
#include "unit/signal_name.hpp"
#include "unit/time_span.hpp"

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

void add_root_image_options(PropertyLines& lines, Reader& in) {
    auto options = image_options(in);
    if (options.empty()) return;
    // Parted by blanks here, and without the first colon.
    std::string line;
    bool second = true;
    for (char c : std::string_view(options).substr(1)) {
        if (c == ':') second = !second;
        line += c == ':' && second ? ' ' : c;
    }
    lines.add(line);
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

enum class Part { Whole, Start, End };

struct SpecialRow {
    std::string_view type, name;
    Part part;
    PropertyFormat format;
};

constexpr PropertyFormat add_joined_texts = add_joined_pairs<Text, Text, pair_with_colon>;

constexpr SpecialRow special_rows[] = {
    {"i", "ActionExitStatus", Part::End, add_action_exit_status},
    {"i", "NUMAPolicy", Part::Whole, add_numa_policy},
    {"(uo)", "Job", Part::Whole, add_job},
    {"(so)", "Unit", Part::Whole, add_unit},
    {"(ss)", "LoadError", Part::Whole, add_load_error},
    {"(bas)", "SystemCallFilter", Part::Whole, add_filter},
    {"(bas)", "SystemCallLog", Part::Whole, add_filter},
    {"(bas)", "RestrictAddressFamilies", Part::Whole, add_filter},
    {"(bas)", "RestrictNetworkInterfaces", Part::Whole, add_filter},
    {"(bas)", "RestrictFileSystems", Part::Whole, add_filter},
    {"(bs)", "SELinuxContext", Part::Whole, add_label},
    {"(bs)", "AppArmorProfile", Part::Whole, add_label},
    {"(bs)", "SmackProcessLabel", Part::Whole, add_label},
    {"(aiai)", "ExitStatus", Part::End, add_exit_statuses},
    {"a(sb)", "EnvironmentFiles", Part::Whole, add_pairs<Text, bool, environment_file>},
    {"a(ss)", "Paths", Part::Whole, add_pairs<Text, Text, second_with_first>},
    {"a(ss)", "Listen", Part::Whole, add_pairs<Text, Text, second_with_first>},
    {"a(stt)", "TimersMonotonic", Part::Whole, add_monotonic_timers},
    {"a(sst)", "TimersCalendar", Part::Whole, add_calendar_timers},
    {"a(sasbttttuii)", "Exec", Part::Start, add_plain_commands},
    {"a(sasasttttuii)", "Exec", Part::Start, add_extended_commands},
    {"a(ss)", "DeviceAllow", Part::Whole, add_pairs<Text, Text, pair_with_blank>},
    {"a(st)", "IODeviceWeight", Part::Whole, add_pairs<Text, uint64_t, path_with_number>},
    {"a(st)", "BlockIODeviceWeight", Part::Whole, add_pairs<Text, uint64_t, path_with_number>},
    {"a(st)", "IOReadBandwidthMax", Part::Whole, add_pairs<Text, uint64_t, path_with_number>},
    {"a(st)", "IOWriteBandwidthMax", Part::Whole, add_pairs<Text, uint64_t, path_with_number>},
    {"a(st)", "IOReadIOPSMax", Part::Whole, add_pairs<Text, uint64_t, path_with_number>},
    {"a(st)", "IOWriteIOPSMax", Part::Whole, add_pairs<Text, uint64_t, path_with_number>},
    {"a(st)", "BlockIOReadBandwidth", Part::Whole, add_pairs<Text, uint64_t, path_with_number>},
    {"a(st)", "BlockIOWriteBandwidth", Part::Whole, add_pairs<Text, uint64_t, path_with_number>},
    {"a(st)", "IODeviceLatencyTargetUSec", Part::Whole, add_pairs<Text, uint64_t, path_with_span>},
    {"ay", "StandardInputData", Part::Whole, add_base64},
    {"ay", "CPUAffinity", Part::Whole, add_bit_ranges},
    {"ay", "NUMAMask", Part::Whole, add_bit_ranges},
    {"ay", "AllowedCPUs", Part::Whole, add_bit_ranges},
    {"ay", "AllowedMemoryNodes", Part::Whole, add_bit_ranges},
    {"ay", "StartupAllowedCPUs", Part::Whole, add_bit_ranges},
    {"ay", "StartupAllowedMemoryNodes", Part::Whole, add_bit_ranges},
    {"ay", "EffectiveCPUs", Part::Whole, add_bit_ranges},
    {"ay", "EffectiveMemoryNodes", Part::Whole, add_bit_ranges},
    {"a(iayu)", "IPAddressAllow", Part::Whole, add_addresses},
    {"a(iayu)", "IPAddressDeny", Part::Whole, add_addresses},
    {"a(ssbt)", "BindPaths", Part::Whole, add_bind_paths},
    {"a(ssbt)", "BindReadOnlyPaths", Part::Whole, add_bind_paths},
    {"a(ss)", "TemporaryFileSystem", Part::Whole, add_joined_texts},
    {"a(ss)", "RootImageOptions", Part::Whole, add_root_image_options},
    {"a(ssba(ss))", "MountImages", Part::Whole, add_mount_images},
    {"a(sba(ss))", "ExtensionImages", Part::Whole, add_extension_images},
    {"a(ss)", "BPFProgram", Part::Whole, add_pairs<Text, Text, pair_with_colon>},
    {"a(iiqq)", "SocketBindAllow", Part::Whole, add_socket_binds},
    {"a(iiqq)", "SocketBindDeny", Part::Whole, add_socket_binds},
    {"a(sst)", "Symlink", Part::End, add_symlinks},
    {"aay", "LogExtraFields", Part::Whole, add_log_fields},
};

bool fits(const SpecialRow& row, std::string_view name) {
    switch (row.part) {
        case Part::Whole: return name == row.name;
        case Part::Start: return name.starts_with(row.name);
        case Part::End: return name.ends_with(row.name);
    }
    return false;
}

} // namespace

PropertyFormat special_property_format(std::string_view name, std::string_view type) {
    for (const auto& row : special_rows) {
        if (row.type == type && fits(row, name)) return row.format;
    }
    return nullptr;
}

} // namespace sctl
