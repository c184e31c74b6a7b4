#include "os/mounts.hpp"

#include <algorithm>

#include "base/files.hpp"
#include "base/text.hpp"

namespace sctl {
namespace {

// The kernel writes blanks, tabs, newlines and backslashes as three octal digits.
std::string decoded(std::string_view field) {
    std::string out;
    for (size_t i = 0; i < field.size(); ++i) {
        bool escape = field[i] == '\\' && i + 3 < field.size();
        if (!escape) {
            out += field[i];
            continue;
        }
        int value = 0;
        for (size_t k = 1; k <= 3; ++k) value = value * 8 + (field[i + k] - '0');
        out += static_cast<char>(value);
        i += 3;
    }
    return out;
}

std::string merged(std::string_view mount, std::string_view file_system) {
    auto options = split(mount, ",");
    std::string out(mount);
    for (auto option : split(file_system, ",")) {
        bool access = option == "rw" || option == "ro";
        if (!access && std::ranges::find(options, option) == options.end()) out += cat(",", option);
    }
    return out;
}

} // namespace

std::vector<Mount> mounts_of(std::string_view table) {
    std::vector<Mount> mounts;
    for (auto line : split(table, "\n")) {
        auto fields = split(line, " ");
        auto dash = std::ranges::find(fields, "-");
        if (fields.size() < 6 || fields.end() - dash < 4) continue;
        mounts.push_back({decoded(fields[3]), decoded(fields[4]), decoded(dash[2]),
                          decoded(dash[1]), decoded(merged(fields[5], dash[3]))});
    }
    return mounts;
}

std::vector<Mount> all_mounts() {
    auto table = read_virtual_file("/proc/self/mountinfo");
    return table ? mounts_of(*table) : std::vector<Mount>();
}

std::optional<Mount> find_mount(std::string_view path, std::string_view table) {
    std::optional<Mount> found;
    for (auto& mount : mounts_of(table)) {
        if (mount.point == path) found = std::move(mount);
    }
    return found;
}

} // namespace sctl
