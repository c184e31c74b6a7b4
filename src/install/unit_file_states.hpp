// The states of unit files, for many of them: the links below the search path are read once. A
// value of one moment; what changes on disk afterwards is not seen.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "install/install.hpp"
#include "unit/unit_name.hpp"

namespace sctl {

struct InstallUnit;

// A row of list-unit-files.
struct ListedUnitFile {
    std::string name;
    std::string path; // of this machine; of an embedded unit, where its file would be
    UnitFileState state = UnitFileState::Bad;
};

class UnitFileStates {
  public:
    // `place` outlives it.
    explicit UnitFileStates(const InstallPlace& place);

    // As unit_file_state().
    [[nodiscard]] Result<UnitFileState> state(std::string_view name) const;
    // Every unit file once, as the first directory has it, sorted by name. Each is read once.
    [[nodiscard]] std::vector<ListedUnitFile> all() const;

    // The names of all unit files, sorted.
    [[nodiscard]] std::vector<std::string> names() const;

  private:
    [[nodiscard]] std::map<std::string, std::string> paths() const; // by name
    struct Directory {
        std::string path;
        std::set<std::string, std::less<>> names;        // all that lies in it
        std::vector<std::string> units;                  // files and links with a unit's name
        std::map<std::string, std::string> links;        // name to target, of links
        std::set<std::string, std::less<>> dependencies; // names in .wants and .requires below it
    };

    void read_directory(Directory& directory);
    [[nodiscard]] Result<UnitFileState> state_of(const InstallUnit& unit) const;
    [[nodiscard]] bool find_links(const InstallUnit& unit, bool known_names,
                                  UnitFileState& state) const;

    const InstallPlace& place_;
    std::vector<Directory> directories_; // of the search path, in its order
};

} // namespace sctl
