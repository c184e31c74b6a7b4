// Directives of systemd.exec(5) that are known and not acted on: sandboxing that needs namespaces
// or seccomp filters, terminals, journald's own. Their properties tell what is written, as
// systemd's do; that it does not hold is said when the unit starts, and in docs/compat.md.
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "unit/settings/exec_told.hpp"
#include "unit/syntax/parse_value.hpp"
#include "unit/syntax/time_span.hpp"
#include "unit/unit_kind.hpp"
#include "unit/values/inherited.hpp"

namespace sctl {
namespace {

using enum Support;

constexpr uint64_t all_namespaces = 0x7e020000; // of CLONE_NEW*: none is forbidden

PropertyValue keyring_mode(const LoadedUnit& unit) {
    return std::string(kind_of(unit).keyring);
}

void read_log_facility(Setting& setting) {
    auto facility = parse_log_facility(setting.value);
    if (!facility)
        return setting.warning(cat("Failed to parse log facility, ignoring: ", setting.value));
    keep(setting, int32_t{*facility >> 3});
}
void read_log_level_max(Setting& setting) {
    if (setting.value.empty()) return forget_written(setting.unit, setting.directive.property);
    auto level = parse_log_level(setting.value);
    if (!level) return setting.warning(cat("Failed to parse log level, ignoring: ", setting.value));
    keep(setting, int32_t{*level});
}

// --- numbers and sets of bits --------------------------------------------------------------------

void keep_or_warn(Setting& setting, Result<PropertyValue> value, std::string_view complaint) {
    if (value)
        keep(setting, std::move(*value));
    else
        setting.warning(cat(complaint, setting.value));
}
template <class T>
Result<PropertyValue> as_property(const Result<T>& value) {
    if (!value) return value.error();
    return PropertyValue(*value);
}

void read_timer_slack(Setting& setting) {
    keep_or_warn(setting, as_property(parse_nanoseconds(setting.value)),
                 "Failed to parse nsec value, ignoring: ");
}
PropertyValue timer_slack(const LoadedUnit&) {
    return inherited_timer_slack();
}
void read_rate_limit_burst(Setting& setting) {
    keep_or_warn(setting, as_property(parse_integer<uint32_t>(setting.value)),
                 "Failed to parse unsigned value, ignoring: ");
}
void read_error_number(Setting& setting) {
    if (setting.value.empty() || setting.value == "kill")
        return forget_written(setting.unit, setting.directive.property);
    keep_or_warn(setting, as_property(parse_errno(setting.value)),
                 "Failed to parse error number, ignoring: ");
}

struct NamedBit {
    std::string_view name;
    uint64_t bit;
};
uint64_t bit_of(std::span<const NamedBit> names, std::string_view word) {
    auto found = std::ranges::find(names, word, &NamedBit::name);
    return found == names.end() ? 0 : found->bit;
}
uint64_t written_bits(const Setting& setting, uint64_t initial) {
    const auto* before = written_value(setting.unit, setting.directive.property);
    return before ? std::get<uint64_t>(*before) : initial;
}

// Flags of mount(2).
void read_mount_flags(Setting& setting) {
    static constexpr NamedBit flags[] = {
        {"shared", 1u << 20}, {"slave", 1u << 19}, {"private", 1u << 18}};
    if (setting.value.empty()) return forget_written(setting.unit, setting.directive.property);
    if (auto flag = bit_of(flags, setting.value))
        keep(setting, flag);
    else
        setting.warning(cat("Failed to parse mount flag, ignoring: ", setting.value));
}

// CLONE_NEW... of what is allowed; "~" takes away, and what says nothing yet is replaced.
void read_namespaces(Setting& setting) {
    static constexpr NamedBit kinds[] = {
        {"cgroup", 0x02000000}, {"ipc", 0x08000000},  {"net", 0x40000000}, {"mnt", 0x00020000},
        {"pid", 0x20000000},    {"user", 0x10000000}, {"uts", 0x04000000}};
    if (setting.value.empty()) return keep(setting, all_namespaces);
    if (auto all = parse_boolean(setting.value))
        return keep(setting, *all ? uint64_t{0} : all_namespaces);
    bool inverts = setting.value.starts_with('~');
    uint64_t said = 0;
    for (auto word : split(setting.value.substr(inverts))) {
        auto kind = bit_of(kinds, word);
        if (!kind)
            return setting.warning(
                cat("Failed to parse namespace type string, ignoring: ", setting.value));
        said |= kind;
    }
    auto before = written_bits(setting, all_namespaces);
    if (inverts)
        keep(setting, before & ~said);
    else
        keep(setting, before == all_namespaces ? said : before | said);
}

// core(5), "Controlling which mappings are written to the core dump".
constexpr uint64_t default_core_filter = 0x33;
PropertyValue core_filter(const LoadedUnit&) {
    return inherited_coredump_filter();
}
void read_core_filter(Setting& setting) {
    static constexpr NamedBit mappings[] = {{"private-anonymous", 1},
                                            {"shared-anonymous", 2},
                                            {"private-file-backed", 4},
                                            {"shared-file-backed", 8},
                                            {"elf-headers", 16},
                                            {"private-huge", 32},
                                            {"shared-huge", 64},
                                            {"private-dax", 128},
                                            {"shared-dax", 256},
                                            {"all", UINT32_MAX},
                                            {"default", default_core_filter}};
    if (setting.value.empty()) return forget_written(setting.unit, setting.directive.property);
    uint64_t filter = written_bits(setting, 0);
    for (auto word : split(setting.value)) {
        auto bits = bit_of(mappings, word);
        auto digits = word.starts_with("0x") ? word.substr(2) : word;
        auto number = parse_number<uint64_t>(digits, 16);
        if (!bits && !number)
            return setting.warning(cat("Failed to parse the CoredumpFilter=", setting.value,
                                       ", ignoring: ", strerror(EINVAL)));
        filter |= bits ? bits : *number;
    }
    keep(setting, filter);
}

void read_numa_policy(Setting& setting) {
    static constexpr std::string_view policies[] = {"default", "preferred", "bind", "interleave",
                                                    "local"};
    if (setting.value.empty()) return forget_written(setting.unit, setting.directive.property);
    auto found = std::ranges::find(policies, setting.value);
    if (found == std::end(policies))
        return setting.warning(cat("Invalid NUMA policy type, ignoring: ", setting.value));
    keep(setting, static_cast<int32_t>(found - policies));
}
void read_numa_mask(Setting& setting) {
    if (setting.value.empty() || setting.value == "all")
        return forget_written(setting.unit, setting.directive.property);
    auto nodes = settable_number_set.parse(setting.directive, setting.value);
    if (nodes)
        settable_number_set.add(*nodes, written_value(setting.unit, setting.directive.property));
    keep_or_warn(setting, std::move(nodes), "Failed to parse NUMA node mask, ignoring: ");
}

// --- lists of more than words --------------------------------------------------------------------

// What earlier lines say of a list.
template <class List>
List written_list(const Setting& setting) {
    const auto* before = written_value(setting.unit, setting.directive.property);
    return before ? std::get<List>(*before) : List();
}

// ReadOnlyDirectories= is ReadOnlyPaths= by its old name.
void read_directories_as_paths(Setting& setting) {
    constexpr std::string_view old_end = "Directories";
    auto property = cat(setting.key.substr(0, setting.key.size() - old_end.size()), "Paths");
    const SettingText& text = setting;
    Setting same{text, setting.unit, *directive_of(property), setting.specifiers};
    keep_words(same);
}

// The path and the rest of "PATH[:REST]".
std::optional<std::pair<std::string, std::string>> read_tuple(Setting& setting,
                                                              std::string_view word) {
    WordReader parts(word);
    auto path = parts.next({.separators = ":", .unescape_separators = true});
    if (!path || !*path) return std::nullopt;
    auto text = expanded(setting, **path);
    if (!text) return std::nullopt;
    auto checked = checked_path(setting, *text);
    if (!checked) return std::nullopt;
    return std::pair(std::move(*checked), std::string(parts.rest()));
}

void read_temporary_file_systems(Setting& setting) {
    if (setting.value.empty()) return forget_written(setting.unit, setting.directive.property);
    auto list = written_list<StringPairs>(setting);
    WordReader words(setting.value);
    while (auto word = next_word(setting, words, {.unquote = true, .keep_escapes = true})) {
        if (auto mount = read_tuple(setting, *word)) list.push_back(std::move(*mount));
    }
    keep(setting, std::move(list));
}

// "[-]SOURCE[:DESTINATION[:rbind|norbind]]"
void read_bind_paths(Setting& setting) {
    constexpr uint64_t recursive = 0x4000; // MS_REC
    if (setting.value.empty()) return forget_written(setting.unit, setting.directive.property);
    auto list = written_list<BindMounts>(setting);
    WordReader words(setting.value);
    while (auto word = next_word(setting, words, {.unquote = true, .keep_escapes = true})) {
        bool optional = word->starts_with('-');
        auto source = read_tuple(setting, std::string_view(*word).substr(optional));
        if (!source) continue;
        auto& [from, rest] = *source;
        auto to = rest.empty() ? std::optional(std::pair(from, std::string()))
                               : read_tuple(setting, rest);
        if (!to) continue;
        auto flags = to->second == "norbind" ? uint64_t{0} : recursive;
        list.emplace_back(std::move(from), std::move(to->first), optional, flags);
    }
    keep(setting, std::move(list));
}

void read_log_fields(Setting& setting) {
    if (setting.value.empty()) return forget_written(setting.unit, setting.directive.property);
    auto list = written_list<ByteStrings>(setting);
    WordReader words(setting.value);
    while (auto word = next_word(setting, words, {.unquote = true, .unescape = true})) {
        auto field = expanded(setting, *word);
        if (field && field->find('=') == field->npos)
            setting.warning(cat("Log field lacks '=' character, ignoring: ", *field));
        else if (field)
            list.emplace_back(field->begin(), field->end());
    }
    keep(setting, std::move(list));
}

// "-" before a label: that it cannot be set is no failure.
void read_label(Setting& setting) {
    if (setting.value.empty()) return forget_written(setting.unit, setting.directive.property);
    bool optional = setting.value.starts_with('-');
    if (auto label = expanded(setting, setting.value.substr(optional)))
        keep(setting, OptionalLabel{optional, std::move(*label)});
}

constexpr std::string_view address_families[] = {
    "AF_ALG",      "AF_APPLETALK", "AF_ASH",     "AF_ATMPVC", "AF_ATMSVC",     "AF_AX25",
    "AF_BRIDGE",   "AF_BLUETOOTH", "AF_CAIF",    "AF_CAN",    "AF_DECnet",     "AF_ECONET",
    "AF_IB",       "AF_INET",      "AF_INET6",   "AF_IPX",    "AF_IRDA",       "AF_ISDN",
    "AF_IUCV",     "AF_KCM",       "AF_KEY",     "AF_LLC",    "AF_MCTP",       "AF_MPLS",
    "AF_NETBEUI",  "AF_NETLINK",   "AF_NETROM",  "AF_NFC",    "AF_IEEE802154", "AF_PACKET",
    "AF_PHONET",   "AF_PPPOX",     "AF_QIPCRTR", "AF_RDS",    "AF_ROSE",       "AF_RXRPC",
    "AF_SECURITY", "AF_SMC",       "AF_SNA",     "AF_TIPC",   "AF_UNIX",       "AF_VSOCK",
    "AF_WANPIPE",  "AF_X25",       "AF_XDP"};

// What is allowed, or with "~" what is not; the first line says which of them the list is.
void read_address_families(Setting& setting) {
    if (setting.value.empty()) return forget_written(setting.unit, setting.directive.property);
    if (setting.value == "none") return keep(setting, NameFilter{true, {}});
    auto [allowed, names] = written_list<NameFilter>(setting);
    bool inverts = setting.value.starts_with('~');
    if (names.empty()) allowed = !inverts;
    for (std::string_view word : split(setting.value.substr(inverts))) {
        if (word == "AF_LOCAL" || word == "AF_FILE") word = "AF_UNIX";
        if (std::ranges::find(address_families, word) == std::end(address_families)) {
            setting.warning(cat("Failed to parse address family, ignoring: ", word));
            continue;
        }
        std::erase(names, word);
        if (allowed != inverts) names.emplace_back(word);
    }
    std::ranges::sort(names);
    keep(setting, NameFilter{allowed, std::move(names)});
}

// Of the architecture's two.
void read_personality(Setting& setting) {
    constexpr std::string_view personalities[] = {
#ifdef __aarch64__
        "arm64", "arm"
#else
        "x86-64", "x86"
#endif
    };
    if (setting.value.empty()) return forget_written(setting.unit, setting.directive.property);
    if (std::ranges::find(personalities, setting.value) == std::end(personalities))
        return setting.warning(cat("Failed to parse personality, ignoring: ", setting.value));
    keep(setting, std::string(setting.value));
}

constexpr Directive absent_exec_directives[] = {
    // The file system as the unit sees it.
    text_row("RootImage", Protection),
    formatted({"RootImageOptions", Absent, read_root_image_options, "RootImageOptions", "a(ss)"},
              ValueFormat::ColonPairs),
    {"RootHash", Protection, read_root_hash, "RootHash", "ay"},
    formatted(
        {"RootHashSignature", Protection, read_root_hash_signature, "RootHashSignature", "ay"},
        ValueFormat::Base64),
    {"", Protection, nullptr, "RootHashPath", "s"},
    {"", Protection, nullptr, "RootHashSignaturePath", "s"},
    text_row("RootVerity", Protection),
    words_row("ExtensionDirectories", Absent),
    {"ExtensionImages", Absent, read_extension_images, "ExtensionImages", "a(sba(ss))"},
    {"MountImages", Absent, read_mount_images, "MountImages", "a(ssba(ss))"},
    words_row("ReadWritePaths", Accepted),
    words_row("ReadOnlyPaths", Protection),
    words_row("InaccessiblePaths", Protection),
    words_row("ExecPaths", Accepted),
    words_row("NoExecPaths", Protection),
    {"ReadWriteDirectories", Accepted, read_directories_as_paths},
    {"ReadOnlyDirectories", Protection, read_directories_as_paths},
    {"InaccessibleDirectories", Protection, read_directories_as_paths},
    {"BindPaths", Absent, read_bind_paths, "BindPaths", "a(ssbt)"},
    {"BindReadOnlyPaths", Absent, read_bind_paths, "BindReadOnlyPaths", "a(ssbt)"},
    formatted({"TemporaryFileSystem", Protection, read_temporary_file_systems,
               "TemporaryFileSystem", "a(ss)"},
              ValueFormat::JoinedPairs),
    flag_row("PrivateTmp", Protection),
    flag_row("PrivateMounts", Protection),
    choice_row<"no yes full strict">("ProtectSystem", Protection, fixed_text<"no">),
    choice_row<"no yes read-only tmpfs">("ProtectHome", Protection, fixed_text<"no">),
    formatted({"MountFlags", Accepted, read_mount_flags, "MountFlags", "t", fixed<uint64_t{0}>},
              ValueFormat::MountFlags),
    flag_row("MountAPIVFS", Accepted),

    // What its processes may do.
    flag_row("RemoveIPC", Absent),
    choice_row<"inherit private shared">("KeyringMode", Accepted, keyring_mode),
    choice_row<"default noaccess invisible ptraceable">("ProtectProc", Protection,
                                                        fixed_text<"default">, "default"),
    choice_row<"all pid">("ProcSubset", Protection, fixed_text<"all">, "all"),
    {"SystemCallFilter", Protection, read_system_call_filter, "SystemCallFilter", "(bas)",
     system_call_filter},
    {"SystemCallArchitectures", Protection, read_system_call_architectures,
     "SystemCallArchitectures", "as", no_words},
    {"SystemCallErrorNumber", Accepted, read_error_number, "SystemCallErrorNumber", "i",
     fixed<int32_t{2147483646}>},
    {"SystemCallLog", Absent, read_system_call_log, "SystemCallLog", "(bas)", system_call_log},
    flag_row("MemoryDenyWriteExecute", Protection),
    formatted({"RestrictNamespaces", Protection, read_namespaces, "RestrictNamespaces", "t",
               fixed<all_namespaces>},
              ValueFormat::Namespaces),
    flag_row("RestrictRealtime", Protection),
    flag_row("RestrictSUIDSGID", Protection),
    {"RestrictAddressFamilies", Protection, read_address_families, "RestrictAddressFamilies",
     "(bas)"},
    {"RestrictFileSystems", Protection, read_file_systems, "RestrictFileSystems", "(bas)"},
    flag_row("LockPersonality", Protection),
    flag_row("PrivateDevices", Protection),
    flag_row("PrivateNetwork", Protection),
    flag_row("PrivateUsers", Protection),
    flag_row("PrivateIPC", Protection),
    text_row("NetworkNamespacePath", Protection),
    text_row("IPCNamespacePath", Protection),
    flag_row("ProtectKernelTunables", Protection),
    flag_row("ProtectKernelModules", Protection),
    flag_row("ProtectKernelLogs", Protection),
    flag_row("ProtectClock", Protection),
    flag_row("ProtectControlGroups", Protection),
    flag_row("ProtectHostname", Protection),
    {"SELinuxContext", Protection, read_label, "SELinuxContext", "(bs)"},
    {"AppArmorProfile", Protection, read_label, "AppArmorProfile", "(bs)"},
    {"SmackProcessLabel", Protection, read_label, "SmackProcessLabel", "(bs)"},

    // How they run.
    {"Personality", Absent, read_personality, "Personality", "s", fixed_text<"">},
    text_row("PAMName", Absent),
    text_row("UtmpIdentifier", Accepted),
    choice_row<"init login user">("UtmpMode", Accepted, fixed_text<"init">),
    formatted(
        {"CoredumpFilter", Absent, read_core_filter, "CoredumpFilter", "t", core_filter, "default"},
        ValueFormat::Hexadecimal),
    formatted(
        {"NUMAPolicy", Absent, read_numa_policy, "NUMAPolicy", "i", fixed<int32_t{-1}>, "default"},
        ValueFormat::NumaPolicy),
    formatted({"NUMAMask", Absent, read_numa_mask, "NUMAMask", "ay"}, ValueFormat::NumberSet),
    {"TimerSlackNSec", Accepted, read_timer_slack, "TimerSlackNSec", "t", timer_slack},

    // Terminals and logs.
    flag_row("TTYReset", Absent),
    flag_row("TTYVHangup", Absent),
    flag_row("TTYVTDisallocate", Accepted),
    {"TTYRows", Absent},
    {"TTYColumns", Absent},
    {"SyslogFacility", Accepted, read_log_facility, "SyslogFacility", "i", fixed<int32_t{3}>},
    {"LogLevelMax", Absent, read_log_level_max, "LogLevelMax", "i", fixed<int32_t{-1}>, "debug"},
    {"LogRateLimitIntervalSec", Accepted, keep_span, "LogRateLimitIntervalUSec", "t",
     fixed<uint64_t{0}>},
    {"LogRateLimitBurst", Accepted, read_rate_limit_burst, "LogRateLimitBurst", "u",
     fixed<uint32_t{0}>},
    {"LogExtraFields", Accepted, read_log_fields, "LogExtraFields", "aay"},
    text_row("LogNamespace", Absent),

    // Since systemd 253.
    {"RootEphemeral", Accepted},
    {"RootImagePolicy", Accepted},
    {"MountImagePolicy", Accepted},
    {"ExtensionImagePolicy", Accepted},
    {"DelegateNamespaces", Accepted},
    {"BPFDelegateCommands", Accepted},
    {"BPFDelegateMaps", Accepted},
    {"BPFDelegatePrograms", Accepted},
    {"BPFDelegateAttachments", Accepted},
    {"UserNamespacePath", Protection},
    {"PrivatePIDs", Protection},
    {"PrivateBPF", Protection},
};

} // namespace

std::span<const Directive> absent_exec_rows() {
    return in_section<absent_exec_directives, Section::Exec>;
}

} // namespace sctl
