#include "unit/search/unit_file.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/resolve_path.hpp"
#include "base/text.hpp"
#include "unit/unit_kind.hpp"

namespace sctl {
namespace {

constexpr size_t most_text = 1u << 31;

// Where the file is on the machine, links inside the root followed.
Result<std::string> machine_path(const Root& root, std::string_view path) {
    if (root.is_machine()) return root.at(path);
    // A mask need not have its target in the root: an image under construction has no /dev.
    if (path == "/dev/null") return std::string(path);
    auto resolved = resolve_path(root, path);
    if (resolved) return root.at(*resolved);
    auto target = read_link(root.at(path));
    if (target && *target == "/dev/null") return std::move(*target);
    return resolved.error();
}

Result<UnitFileStatus> status_of(const std::string& where) {
    struct stat info {};
    if (stat(where.c_str(), &info) < 0) return errno_error(where);
    bool empty = S_ISREG(info.st_mode) && info.st_size == 0;
    auto mtime = std::chrono::seconds(info.st_mtim.tv_sec) +
                 std::chrono::duration_cast<Span>(std::chrono::nanoseconds(info.st_mtim.tv_nsec));
    return UnitFileStatus{mtime, empty || S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode),
                          (info.st_mode & S_IWOTH) != 0};
}

} // namespace

Assignment AssignmentList::operator[](size_t index) const {
    const auto& entry = entries_[index];
    std::string_view text = text_;
    return {sections_[entry.section], text.substr(entry.offset, entry.key_size),
            text.substr(entry.offset + entry.key_size, entry.value_size), files_[entry.file],
            entry.line};
}

void AssignmentList::begin_file(std::string_view path) {
    files_.emplace_back(path);
}

bool AssignmentList::add(const IniAssignment& assignment) {
    auto section = std::ranges::find(sections_, assignment.section);
    auto section_index = section - sections_.begin();
    if (text_.size() + assignment.key.size() + assignment.value.size() > most_text ||
        files_.size() > UINT16_MAX || section_index > UINT16_MAX) {
        return false;
    }
    if (section == sections_.end()) sections_.emplace_back(assignment.section);
    entries_.push_back(
        {static_cast<uint32_t>(text_.size()), static_cast<uint32_t>(assignment.key.size()),
         static_cast<uint32_t>(assignment.value.size()), assignment.line,
         static_cast<uint16_t>(files_.size() - 1), static_cast<uint16_t>(section_index)});
    text_ += assignment.key;
    text_ += assignment.value;
    return true;
}

std::array<std::string_view, 3> unit_sections(UnitType type) {
    return {"Unit", kind_of(type).section, "Install"};
}

Result<void> parse_unit_text(std::string_view text, std::string_view path,
                             std::span<const std::string_view> sections, AssignmentList& list,
                             const WarningSink& warn) {
    list.begin_file(path);
    bool full = false;
    auto add = [&](const IniAssignment& assignment) { full = full || !list.add(assignment); };
    auto read = read_ini(text, path, sections, add, warn);
    if (read && full) return errno_error(path, EFBIG);
    return read;
}

std::string world_writable_warning(std::string_view what) {
    return cat(what,
               " is marked world-writable. Please remove world writability permission bits. "
               "Proceeding anyway.");
}

Result<UnitFileStatus> unit_file_status(const Root& root, std::string_view path) {
    return try_twice([&]() -> Result<UnitFileStatus> {
        auto where = machine_path(root, path);
        if (!where) return where.error();
        return status_of(*where);
    });
}

static Result<UnitFileText> read_unit_file_once(const Root& root, std::string_view path) {
    auto where = machine_path(root, path);
    if (!where) return where.error();
    // Looked at before it is read: a change in between makes the unit seem older, not newer.
    auto status = status_of(*where);
    if (!status) return status.error();
    if (status->masks) return UnitFileText{{}, {.masks = true}};
    auto text = read_file(*where);
    if (!text) return text.error();
    return UnitFileText{std::move(*text), *status};
}

Result<UnitFileText> read_unit_file(const Root& root, std::string_view path) {
    return try_twice([&] { return read_unit_file_once(root, path); });
}

} // namespace sctl
