// A root with unit files for the verbs on them, and what the verbs did there as lines of text.
#pragma once

#include <boost/filesystem.hpp>
#include <set>
#include <string>
#include <vector>

#include "install/install.hpp"
#include "temporary_directory.hpp"

// Where unit files lie.
inline const std::string etc = "/etc/systemd/system/";
inline const std::string lib = "/lib/systemd/system/";
inline const std::string run = "/run/systemd/system/";

inline std::vector<std::string> names(std::initializer_list<std::string> list) {
    return list;
}

class InstallRoot {
  public:
    InstallRoot() {
        unit("/lib/systemd/system/multi-user.target", "[Unit]\n");
        place.warn = [this](std::string_view text) { warnings.emplace_back(text); };
    }

    void unit(std::string_view path, std::string_view text) { directory.write(path, text); }
    // A service in the vendor's directory that wants to be started, with more of [Install].
    void service(std::string_view name, std::string_view install = "WantedBy=multi-user.target\n") {
        unit(std::string("/lib/systemd/system/") + std::string(name),
             "[Service]\nExecStart=/bin/true\n[Install]\n" + std::string(install));
    }
    std::string state(std::string_view name) const {
        auto found = sctl::unit_file_state(place, name);
        return found ? std::string(to_string(*found)) : "!" + std::to_string(found.error().code);
    }
    // "KIND PATH [SOURCE]", and "!ERRNO PATH [SOURCE]" for a failure; paths as seen inside.
    std::vector<std::string> lines(const sctl::InstallOutcome& outcome) const {
        std::vector<std::string> all;
        for (const auto& change : outcome.changes) {
            bool failed = change.kind == sctl::InstallChange::Kind::Failed;
            std::string line =
                failed ? "!" + std::to_string(change.error) : std::string(to_string(change.kind));
            line += " " + std::string(place.root.inside(change.path));
            if (!change.source.empty()) line += " " + std::string(place.root.inside(change.source));
            all.push_back(line);
        }
        return all;
    }
    // All links below /etc and /run, "PATH TARGET", sorted.
    std::set<std::string> links() const {
        std::set<std::string> all;
        boost::system::error_code failed;
        boost::filesystem::recursive_directory_iterator at(directory.path(), failed), end;
        for (; at != end && !failed; at.increment(failed)) {
            if (!is_symlink(at->symlink_status())) continue;
            auto path = std::string(place.root.inside(at->path().string()));
            if (path.starts_with("/lib/")) continue;
            all.insert(path + " " + sctl::read_link(at->path().string()).value_or("?"));
        }
        return all;
    }

    TemporaryDirectory directory;
    sctl::Facts facts;
    std::vector<std::string> warnings;
    sctl::InstallPlace place{directory.root(),
                             sctl::system_search_path([](const char*) { return std::nullopt; }),
                             facts};
};

using Lines = std::vector<std::string>;
using Links = std::set<std::string>;
