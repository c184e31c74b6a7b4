#include "tmpfiles/parse_argument.hpp"

#include <linux/fs.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>

#include "base/text.hpp"
#include "unit/syntax/extract_word.hpp"

namespace sctl {
namespace {

using Messages = std::vector<LineMessage>;

void say(Messages& messages, LogLevel level, std::string text) {
    messages.push_back({level, std::move(text), false});
}

ArgumentProblem read_device(Item& item, const AclNames&, Messages& messages) {
    constexpr unsigned most_major = (1u << 12) - 1, most_minor = (1u << 20) - 1;
    std::string_view text = *item.argument;
    auto colon = text.find(':');
    auto major_number = parse_number<unsigned>(text.substr(0, colon)).value_or(most_major + 1);
    unsigned minor_number = most_minor + 1;
    if (colon != std::string_view::npos)
        minor_number = parse_number<unsigned>(text.substr(colon + 1)).value_or(minor_number);
    if (major_number > most_major || minor_number > most_minor) {
        messages.push_back(
            {LogLevel::Error, cat("Can't parse device file major/minor '", text, "'.")});
        return ArgumentProblem::Syntax;
    }
    item.device = makedev(major_number, minor_number);
    return ArgumentProblem::None;
}

// One bad assignment does not spoil the others.
ArgumentProblem read_xattrs(Item& item, const AclNames&, Messages& messages) {
    WordReader reader(*item.argument);
    while (true) {
        auto word = reader.next({.unquote = true, .unescape = true});
        if (!word) {
            say(messages, LogLevel::Warning,
                cat("Failed to parse extended attribute '", reader.rest(),
                    "', ignoring: ", strerror(word.error().code)));
            break;
        }
        if (!*word) break;
        const std::string& text = **word;
        auto equals = text.find('=');
        if (equals == std::string::npos) {
            say(messages, LogLevel::Warning,
                cat("Failed to parse extended attribute, ignoring: ", text));
        } else if (equals == 0 || equals + 1 == text.size()) {
            say(messages, LogLevel::Warning,
                cat("Malformed extended attribute found, ignoring: ", text));
        } else {
            item.xattrs.emplace_back(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    return ArgumentProblem::None;
}

ArgumentProblem read_acl(Item& item, const AclNames& names, Messages& messages) {
    auto parsed = parse_acl(*item.argument, names);
    if (!parsed) {
        say(messages, LogLevel::Warning,
            cat("Failed to parse ACL \"", *item.argument, "\": ", strerror(parsed.error().code),
                ". Ignoring"));
        return ArgumentProblem::None;
    }
    item.acl_access = std::move(parsed->access);
    item.acl_default = std::move(parsed->defaults);
    // What is added to a list gets its mask together with that list.
    if (!item.force) {
        add_mask_if_needed(item.acl_access);
        add_mask_if_needed(item.acl_default);
    }
    return ArgumentProblem::None;
}

struct AttributeLetter {
    char letter;
    unsigned flag;
};
constexpr AttributeLetter attribute_letters[] = {
    {'A', FS_NOATIME_FL}, {'S', FS_SYNC_FL},      {'D', FS_DIRSYNC_FL},
    {'a', FS_APPEND_FL},  {'c', FS_COMPR_FL},     {'d', FS_NODUMP_FL},
    {'e', FS_EXTENT_FL},  {'i', FS_IMMUTABLE_FL}, {'j', FS_JOURNAL_DATA_FL},
    {'s', FS_SECRM_FL},   {'u', FS_UNRM_FL},      {'t', FS_NOTAIL_FL},
    {'T', FS_TOPDIR_FL},  {'C', FS_NOCOW_FL},     {'P', FS_PROJINHERIT_FL},
};

// [+-=]LETTERS as for chattr(1).
ArgumentProblem read_attributes(Item& item, const AclNames&, Messages& messages) {
    std::string_view letters = *item.argument;
    char mode = '+';
    if (letters.find_first_of("+-=") == 0) {
        mode = letters.front();
        letters.remove_prefix(1);
    }
    if (letters.empty() && mode != '=') {
        say(messages, LogLevel::Error,
            cat("Setting file attribute on '", item.path, "' needs an attribute specification."));
        return ArgumentProblem::Syntax;
    }
    FileAttributes attributes;
    for (char c : letters) {
        auto row = std::ranges::find(attribute_letters, c, &AttributeLetter::letter);
        if (row == std::end(attribute_letters)) {
            say(messages, LogLevel::Error,
                cat("Unknown file attribute '", c, "' on '", item.path, "'."));
            return ArgumentProblem::Syntax;
        }
        if (mode != '-') attributes.value |= row->flag;
        attributes.mask |= row->flag;
    }
    if (mode == '=') {
        for (const auto& row : attribute_letters) attributes.mask |= row.flag;
    }
    item.attributes = attributes;
    return ArgumentProblem::None;
}

constexpr ArgumentRule without_argument{ArgumentUse::None, {}, {}};
constexpr ArgumentRule content{ArgumentUse::Optional, {}, {}, true};
constexpr ArgumentRule content_to_write{ArgumentUse::Required, "Write file", {}, true};
constexpr ArgumentRule link_target{ArgumentUse::Optional, {}, "symlink targets", true};
constexpr ArgumentRule copy_source{ArgumentUse::Optional, {}, "copy sources", true};
constexpr ArgumentRule device{ArgumentUse::Required, "Device file", "device node creation", false,
                              read_device};
constexpr ArgumentRule xattrs{ArgumentUse::Required, "Set extended attribute",
                              "extended attributes", false, read_xattrs};
constexpr ArgumentRule acl{ArgumentUse::Required, "Set ACLs", "ACLs", false, read_acl};
constexpr ArgumentRule attributes{ArgumentUse::Required, "Set file attribute", "file attributes",
                                  false, read_attributes};

} // namespace

const ArgumentRule& argument_rule(ItemType type) {
    switch (static_cast<char>(type)) {
        case 'f':
        case 'F': return content;
        case 'w': return content_to_write;
        case 'L': return link_target;
        case 'C': return copy_source;
        case 'c':
        case 'b': return device;
        case 't':
        case 'T': return xattrs;
        case 'a':
        case 'A': return acl;
        case 'h':
        case 'H': return attributes;
        default: return without_argument;
    }
}

bool parse_age_by(std::string_view text, Item& item) {
    uint8_t file = 0, directory = 0;
    for (char c : text) {
        if (whitespace.find(c) != std::string_view::npos) continue;
        uint8_t bit = 0;
        switch (std::tolower(static_cast<unsigned char>(c))) {
            case 'a': bit = AgeByAccess; break;
            case 'b': bit = AgeByBirth; break;
            case 'c': bit = AgeByChange; break;
            case 'm': bit = AgeByModification; break;
            default: return false;
        }
        (std::islower(static_cast<unsigned char>(c)) != 0 ? file : directory) |= bit;
    }
    if (file == 0 && directory == 0) return false;
    if (file != 0) item.age_by_file = file;
    if (directory != 0) item.age_by_directory = directory;
    return true;
}

} // namespace sctl
