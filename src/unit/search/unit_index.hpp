// What unit files there are: one scan of all directories of the search path, compact, held until
// the next daemon-reload. It answers from memory which file a name means, under which names a unit
// goes and which drop-in directories exist; what lies in these directories is read when asked for.
//
//   name ──► its own file, the first directory of the path wins
//        ├─► a link to another name inside the path: an alias, followed to the end
//        ├─► a link to outside: a "linked" unit, its file is the link; /dev/null masks
//        └─► for an instance without file or link: the same for its template
//
// Nothing here reads a unit file, and nothing blocks on what lies in a directory: only regular
// files and links count as units.
#pragma once

#include <cstdint>
#include <ctime>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.hpp"
#include "base/result.hpp"
#include "unit/config.hpp"
#include "unit/search/embedded_units.hpp"
#include "unit/search/search_path.hpp"
#include "unit/syntax/ini_reader.hpp"
#include "unit/unit_name.hpp"

namespace sctl {

// What a name stands for.
struct FoundUnit {
    UnitName id; // the name its file gives it; the name asked for where there is none
    std::vector<UnitName> names;            // id first, then all aliases, sorted
    std::string fragment_path;              // as seen inside the root
    const EmbeddedUnit* embedded = nullptr; // instead of a fragment

    [[nodiscard]] bool found() const noexcept { return embedded || !fragment_path.empty(); }
};

// A file or link with a unit's name, for list-unit-files and patterns.
struct IndexedUnit {
    std::string_view name;      // a view into the index
    std::string_view directory; // likewise; empty for an embedded unit
    bool is_alias;
};

class UnitIndex {
  public:
    // Reads the directories. What cannot be read or is a bad alias is told to `warn` and left out;
    // an index that lacks something for a reason of the moment counts as changed(). `embedded`
    // units count as lying in a last directory of their own.
    [[nodiscard]] static UnitIndex scan(const Root& root, const SearchPath& paths,
                                        const WarningSink& warn,
                                        std::span<const EmbeddedUnit> embedded = {});

    // A name without a file is not an error: found() says so. EEXIST where an alias leads to a unit
    // whose own name means another file, or that is masked; systemd cannot merge these either.
    [[nodiscard]] Result<FoundUnit> find(const UnitName& name) const;

    // The drop-ins of the unit with these names (its id first), in the order in which they apply:
    // by file name; of the same name the one in the most specific directory. Links to /dev/null and
    // empty files are listed too, as systemd does: they are what hides others of their name.
    [[nodiscard]] std::vector<std::string> drop_in_paths(std::span<const UnitName> names,
                                                         const WarningSink& warn) const;

    // The units named in .wants (`suffix` ".wants"), .requires or .upholds directories of the unit
    // with these names, sorted; a template's name gets the unit's instance. `key` is for warnings:
    // "Wants".
    [[nodiscard]] std::vector<UnitName> directory_dependencies(std::span<const UnitName> names,
                                                               std::string_view suffix,
                                                               std::string_view key,
                                                               const WarningSink& warn) const;

    // NeedDaemonReload=: whether a file of the unit is newer than what was loaded, has gone, or a
    // drop-in has come. A new drop-in directory is seen only after the next scan, as in systemd.
    [[nodiscard]] bool needs_reload(const LoadedUnit& unit) const;

    // Whether a directory of the path has changed since the scan: one stat for each of some ten.
    [[nodiscard]] bool changed() const;
    // Whether a directory that is there could not be read, for want of descriptors or the like.
    [[nodiscard]] bool is_incomplete() const noexcept { return incomplete_; }
    // Lets changed() say so.
    void expect_changes() noexcept { incomplete_ = true; }

    // All names, sorted; each once, as the first directory has it.
    [[nodiscard]] std::vector<IndexedUnit> all() const;

    // Directories of units, of drop-ins and of dependencies that all may write to, sorted.
    [[nodiscard]] const std::vector<std::string>& world_writable_directories() const noexcept {
        return world_writable_;
    }
    [[nodiscard]] const Root& root() const noexcept { return root_; }
    [[nodiscard]] const SearchPath& search_path() const noexcept { return paths_; }

  private:
    friend class UnitScan;

    static constexpr int32_t none = -1;
    static constexpr uint16_t embedded_directory = UINT16_MAX;

    // A name in a directory of the path. Text lies in text_.
    struct Entry {
        uint32_t name;           // offset
        uint32_t target = 0;     // offset of the name that an alias leads to
        int32_t resolved = none; // the entry with the file at the end; itself unless it is an alias
        uint16_t directory;      // index into paths_.directories
        uint8_t name_size;       // names have at most 255 bytes
        uint8_t target_size = 0; // 0 for a file or a linked unit
    };
    struct Stamp {
        timespec mtime{};
        bool exists = false;
        bool counts = false;    // not ours alone
        bool is_recent = false; // later changes may have the same mtime
    };

    [[nodiscard]] std::string_view name_of(const Entry& entry) const;
    [[nodiscard]] int32_t lookup(std::string_view name) const;
    [[nodiscard]] int32_t resolve(const UnitName& name) const;
    [[nodiscard]] std::string path_of(const Entry& entry) const;
    [[nodiscard]] const EmbeddedUnit* embedded_unit_of(const Entry& entry) const;
    [[nodiscard]] bool has_aliases(int32_t file) const;
    void add_aliases(FoundUnit& unit, int32_t file) const;
    [[nodiscard]] std::vector<std::string> directories_of(std::span<const UnitName> names,
                                                          std::string_view suffix,
                                                          const WarningSink& warn) const;

    Root root_;
    SearchPath paths_;
    std::string text_;
    std::vector<Entry> units_;       // sorted by name, one for each
    std::vector<uint32_t> aliases_;  // those of units_ that are aliases, sorted by `resolved`
    std::vector<Entry> directories_; // x.service.d, x.target.wants and so on, by name and directory
    std::vector<std::string> world_writable_;
    std::vector<std::string> resolved_directories_; // of paths_, without links
    bool incomplete_ = false;
    std::vector<Stamp> stamps_; // of paths_, from before they were read
    std::span<const EmbeddedUnit> embedded_;
};

} // namespace sctl
