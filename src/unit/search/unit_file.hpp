// A unit's settings as its files write them: the fragment's and the drop-ins' assignments one after
// the other, not yet understood. The directive table makes a typed config of them.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/result.hpp"
#include "unit/syntax/ini_reader.hpp"
#include "unit/unit_name.hpp"

namespace sctl {

struct Assignment {
    std::string_view section, key, value; // views into the list it comes from
    std::string_view path;                // of the file that says so, as seen inside the root
    unsigned line;
};

// Assignments of several files in the order in which they count. Compact: all text in one buffer.
class AssignmentList {
  public:
    [[nodiscard]] size_t size() const noexcept { return entries_.size(); }
    [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
    [[nodiscard]] Assignment operator[](size_t index) const;

    class Iterator {
      public:
        Iterator(const AssignmentList& list, size_t index) : list_(&list), index_(index) {}
        Assignment operator*() const { return (*list_)[index_]; }
        Iterator& operator++() {
            ++index_;
            return *this;
        }
        bool operator==(const Iterator&) const = default;

      private:
        const AssignmentList* list_;
        size_t index_;
    };
    [[nodiscard]] Iterator begin() const { return {*this, 0}; }
    [[nodiscard]] Iterator end() const { return {*this, size()}; }

    // What add() adds from here on stands in `path`.
    void begin_file(std::string_view path);
    // False where the list holds 2 GiB of text already; nothing is added then.
    [[nodiscard]] bool add(const IniAssignment& assignment);

  private:
    struct Entry {
        uint32_t offset; // of the key; the value follows
        uint32_t key_size, value_size;
        uint32_t line;
        uint16_t file, section;
    };
    std::string text_;
    std::vector<Entry> entries_;
    std::vector<std::string> files_, sections_;
};

// The sections of a unit file of this type: "Unit", the type's own, "Install".
[[nodiscard]] std::array<std::string_view, 3> unit_sections(UnitType type);

// Appends the assignments of `text` to `list`. On an error (see read_ini) those before it stay in
// the list: a drop-in applies up to there, a fragment makes the unit's LoadState "error".
[[nodiscard]] Result<void> parse_unit_text(std::string_view text, std::string_view path,
                                           std::span<const std::string_view> sections,
                                           AssignmentList& list, const WarningSink& warn);

// What can be known of a unit file or drop-in without reading it.
struct UnitFileStatus {
    Span mtime{};
    bool masks = false; // an empty file or a device (/dev/null)
    bool writable_by_all = false;
};
// What is said of a file or directory of units, "Configuration file PATH", that all may write to:
// whoever may is root here.
[[nodiscard]] std::string world_writable_warning(std::string_view what);
// Of the file that `path` leads to inside `root`.
[[nodiscard]] Result<UnitFileStatus> unit_file_status(const Root& root, std::string_view path);

// A unit file as it is on disk.
struct UnitFileText {
    std::string text;
    UnitFileStatus status; // with no mtime where it masks
};
// Reads the file that `path` leads to inside `root`. Never blocks: a FIFO or a socket is an EINVAL,
// a directory EISDIR.
[[nodiscard]] Result<UnitFileText> read_unit_file(const Root& root, std::string_view path);

} // namespace sctl
