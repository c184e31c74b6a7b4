// RuntimeDirectory= and its like (systemd.exec(5), "Sandboxing"): each with a mode beside it.
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "unit/settings/directive_rows.hpp"
#include "unit/syntax/parse_value.hpp"

namespace sctl {
namespace {

using enum Support;

template <DirectoryType Type>
PropertyValue directories_of_type(const LoadedUnit& unit) {
    std::vector<std::string> names;
    for (const auto& item : exec_of(unit).directories[static_cast<size_t>(Type)].items)
        names.push_back(item.path);
    return names;
}
template <DirectoryType Type>
PropertyValue directory_mode(const LoadedUnit& unit) {
    return uint32_t{exec_of(unit).directories[static_cast<size_t>(Type)].mode};
}

template <DirectoryType Type>
PropertyValue directory_links(const LoadedUnit& unit) {
    Symlinks links;
    for (const auto& item : exec_of(unit).directories[static_cast<size_t>(Type)].items) {
        for (const auto& link : item.symlinks) links.emplace_back(item.path, link, 0);
    }
    return links;
}

// "path" or "path:symlink"; items stay sorted by path, links of the same path come together.
void add_directory(Setting& setting, ExecDirectory& out, std::string_view word) {
    std::string part[2];
    WordReader tuple(word);
    for (auto& text : part) {
        auto piece = tuple.next({.separators = ":", .unescape_separators = true});
        if (!piece)
            return setting.warning(cat("Invalid syntax in ", setting.key, "=, ignoring: ", word));
        if (!*piece) break;
        auto resolved = expanded(setting, **piece, "\"");
        if (!resolved) return;
        text = std::move(*resolved);
    }
    auto path = checked_path(setting, part[0], PathKind::Relative);
    if (!path) return;
    if (*path == "private" || path->starts_with("private/"))
        return setting.warning(
            cat(setting.key, "= path can't be 'private', ignoring assignment: ", word));
    std::optional<std::string> link;
    if (!part[1].empty()) {
        link = checked_path(setting, part[1], PathKind::Relative);
        if (!link) return;
    }
    auto at = std::lower_bound(out.items.begin(), out.items.end(), *path,
                               [](const auto& item, const auto& p) { return item.path < p; });
    if (at == out.items.end() || at->path != *path)
        at = out.items.insert(at, {std::move(*path), {}});
    if (link) at->symlinks.push_back(std::move(*link));
}

template <DirectoryType Type>
void read_directories(Setting& setting) {
    auto& out = setting.unit.exec.edit().directories[static_cast<size_t>(Type)];
    if (setting.value.empty()) return out.items.clear();
    WordReader words(setting.value);
    while (true) {
        auto word = words.next({.unquote = true, .keep_escapes = true});
        if (!word)
            return setting.warning(cat("Invalid syntax ", setting.key, "=", setting.value,
                                       ", ignoring: ", strerror(EINVAL)));
        if (!*word) return;
        add_directory(setting, out, **word);
    }
}
template <DirectoryType Type>
void read_directory_mode(Setting& setting) {
    read_mode(setting, setting.unit.exec.edit().directories[static_cast<size_t>(Type)].mode);
}
void read_preserve(Setting& setting, PreserveMode& out) {
    if (auto flag = parse_boolean(setting.value))
        out = *flag ? PreserveMode::Yes : PreserveMode::No;
    else
        read_value(setting, out);
}

using DirectoryRows = std::array<Directive, 2>;

template <DirectoryType Type>
constexpr DirectoryRows directory(std::string_view name, std::string_view mode) {
    return {{{name, Same, read_directories<Type>, name, "as", directories_of_type<Type>},
             {mode, Same, read_directory_mode<Type>, mode, "u", directory_mode<Type>}}};
}

template <DirectoryType Type>
constexpr Directive links(std::string_view property) {
    return {"", Same, nullptr, property, "a(sst)", directory_links<Type>};
}

constexpr auto directory_directives = flat<11, 2>({
    directory<DirectoryType::Runtime>("RuntimeDirectory", "RuntimeDirectoryMode"),
    directory<DirectoryType::State>("StateDirectory", "StateDirectoryMode"),
    directory<DirectoryType::Cache>("CacheDirectory", "CacheDirectoryMode"),
    directory<DirectoryType::Logs>("LogsDirectory", "LogsDirectoryMode"),
    directory<DirectoryType::Configuration>("ConfigurationDirectory", "ConfigurationDirectoryMode"),
    DirectoryRows{
        row<&ExecConfig::runtime_directory_preserve, read_preserve>(
            "RuntimeDirectoryPreserve", Same, "RuntimeDirectoryPreserve", "s"),
        row<&ExecConfig::timeout_clean>("TimeoutCleanSec", Same, "TimeoutCleanUSec", "t")},
    DirectoryRows{links<DirectoryType::Runtime>("RuntimeDirectorySymlink"),
                  links<DirectoryType::State>("StateDirectorySymlink")},
    DirectoryRows{links<DirectoryType::Cache>("CacheDirectorySymlink"),
                  links<DirectoryType::Logs>("LogsDirectorySymlink")},
    // Since systemd 253.
    DirectoryRows{{{"StateDirectoryAccounting", Accepted}, {"StateDirectoryQuota", Accepted}}},
    DirectoryRows{{{"CacheDirectoryAccounting", Accepted}, {"CacheDirectoryQuota", Accepted}}},
    DirectoryRows{{{"LogsDirectoryAccounting", Accepted}, {"LogsDirectoryQuota", Accepted}}},
});

} // namespace

std::span<const Directive> directory_rows() {
    return in_section<directory_directives, Section::Exec>;
}

} // namespace sctl
