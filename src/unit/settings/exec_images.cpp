#include <algorithm>

#include "base/base64.hpp"
#include "unit/settings/exec_told.hpp"
#include "unit/syntax/parse_value.hpp"

namespace sctl {
namespace {

constexpr std::string_view partitions[] = {
    "root",           "usr",  "home",        "srv",        "esp",
    "xbootldr",       "swap", "root-verity", "usr-verity", "root-verity-sig",
    "usr-verity-sig", "tmp",  "var"};
constexpr std::string_view first_partition = "root";

bool is_partition(const Setting& setting, std::string_view name) {
    if (std::ranges::find(partitions, name) != std::end(partitions)) return true;
    setting.warning(cat("Invalid partition name ", name, ", ignoring"));
    return false;
}

void add_options(Setting& setting, StringPairs& out, std::string_view partition,
                 std::string_view options) {
    if (auto text = expanded(setting, options, "")) out.emplace_back(partition, std::move(*text));
}

constexpr WordRules at_colons{.separators = ":", .unescape = true, .unescape_separators = true};

std::optional<std::string> next_part(WordReader& parts) {
    auto part = parts.next(at_colons);
    return part ? *part : std::nullopt;
}

// "[OPTIONS]" of the one file system, or "PARTITION:OPTIONS[:...]".
StringPairs read_image_options(Setting& setting, WordReader& parts) {
    StringPairs all;
    while (auto first = next_part(parts)) {
        auto second = next_part(parts);
        if (!second) {
            add_options(setting, all, first_partition, *first);
            break;
        }
        if (is_partition(setting, *first)) add_options(setting, all, *first, *second);
    }
    return all;
}

std::optional<std::string> read_image_path(Setting& setting, std::string_view text) {
    auto path = expanded(setting, text);
    return path ? checked_path(setting, *path) : std::nullopt;
}

template <class List>
List list_before(const Setting& setting) {
    const auto* before = written_value(setting.unit, setting.directive.property);
    return before ? std::get<List>(*before) : List();
}

// A path, or what `decode` makes of the text: each takes the other's place.
template <class Decode>
void read_path_or_bytes(Setting& setting, std::string_view path_property, Decode&& decode) {
    auto property = setting.directive.property;
    auto forget_both = [&] {
        forget_written(setting.unit, property);
        forget_written(setting.unit, path_property);
    };
    if (setting.value.empty()) return forget_both();
    if (setting.value.starts_with('/')) {
        auto path = read_image_path(setting, setting.value);
        if (!path) return;
        forget_both();
        return show_as(setting.unit, path_property, std::move(*path));
    }
    std::optional<Bytes> bytes = decode();
    if (!bytes) return;
    forget_both();
    keep(setting, std::move(*bytes));
}

std::optional<Bytes> bytes_from_hex(std::string_view text) {
    Bytes bytes;
    if (text.size() % 2 != 0) return std::nullopt;
    for (; !text.empty(); text.remove_prefix(2)) {
        auto byte = parse_number<uint8_t>(text.substr(0, 2), 16);
        if (!byte) return std::nullopt;
        bytes.push_back(*byte);
    }
    return bytes;
}

} // namespace

void read_root_image_options(Setting& setting) {
    if (setting.value.empty()) return forget_written(setting.unit, setting.directive.property);
    auto all = list_before<StringPairs>(setting);
    WordReader words(setting.value);
    while (auto word = next_word(setting, words, {.unquote = true, .keep_escapes = true})) {
        WordReader parts(*word);
        auto first = next_part(parts);
        if (!first) continue;
        std::string_view rest = parts.rest();
        if (rest.empty())
            add_options(setting, all, first_partition, *first);
        else if (is_partition(setting, *first))
            add_options(setting, all, *first, rest);
    }
    keep(setting, std::move(all));
}

void read_root_hash(Setting& setting) {
    constexpr size_t least = 16; // an id
    read_path_or_bytes(setting, "RootHashPath", [&]() -> std::optional<Bytes> {
        auto bytes = bytes_from_hex(setting.value);
        if (bytes && bytes->size() >= least) return bytes;
        setting.warning(cat(
            bytes ? "RootHash= is too short, ignoring: " : "Failed to decode RootHash=, ignoring: ",
            setting.value));
        return std::nullopt;
    });
}

void read_root_hash_signature(Setting& setting) {
    constexpr std::string_view prefix = "base64:";
    read_path_or_bytes(setting, "RootHashSignaturePath", [&]() -> std::optional<Bytes> {
        if (!setting.value.starts_with(prefix)) {
            setting.warning(
                cat("Failed to decode RootHashSignature=, not a path but doesn't "
                    "start with 'base64:', ignoring: ",
                    setting.value));
            return std::nullopt;
        }
        auto decoded = decode_base64(setting.value.substr(prefix.size()));
        if (decoded) return Bytes(decoded->begin(), decoded->end());
        setting.warning(cat("Failed to decode RootHashSignature=, ignoring: ", setting.value));
        return std::nullopt;
    });
}

// Words of parts, of which the first is an image, "-" before one that may be missing. `add` puts
// one into the list, and takes what parts follow.
template <class List, class Add>
void read_images(Setting& setting, const Add& add) {
    if (setting.value.empty()) return forget_written(setting.unit, setting.directive.property);
    auto all = list_before<List>(setting);
    WordReader words(setting.value);
    while (auto word = next_word(setting, words, {.unquote = true, .keep_escapes = true})) {
        WordReader parts(*word);
        auto source = next_part(parts);
        if (!source) continue;
        bool optional = source->starts_with('-');
        auto image = read_image_path(setting, std::string_view(*source).substr(optional));
        if (image) add(all, *image, optional, parts);
    }
    keep(setting, std::move(all));
}

void read_mount_images(Setting& setting) {
    read_images<MountImages>(setting, [&](auto& all, auto& from, bool optional, auto& parts) {
        auto destination = next_part(parts);
        if (!destination || destination->empty()) {
            setting.warning(
                cat("Missing destination in ", setting.key, ", ignoring: ", setting.value));
            return;
        }
        auto to = read_image_path(setting, *destination);
        if (!to) return;
        all.emplace_back(std::move(from), std::move(*to), optional,
                         read_image_options(setting, parts));
    });
}

void read_extension_images(Setting& setting) {
    read_images<ExtensionImages>(setting, [&](auto& all, auto& path, bool optional, auto& parts) {
        all.emplace_back(std::move(path), optional, read_image_options(setting, parts));
    });
}

} // namespace sctl
