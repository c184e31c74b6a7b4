#include "unit/search/search_path.hpp"

#include <doctest/doctest.h>

#include <map>

#include "base/text.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("unit");

namespace {

Variables with(std::map<std::string, std::string> values) {
    return [values = std::move(values)](const char* name) -> std::optional<std::string> {
        auto found = values.find(name);
        return found == values.end() ? std::nullopt : std::optional(found->second);
    };
}

using Directories = std::vector<std::string>;

} // namespace

TEST_CASE("the system's directories come in systemd's order") {
    CHECK(system_search_path(with({})).directories ==
          Directories{"/etc/systemd/system.control", "/run/systemd/system.control",
                      "/run/systemd/transient", "/run/systemd/generator.early",
                      "/etc/systemd/system", "/etc/systemd/system.attached", "/run/systemd/system",
                      "/run/systemd/system.attached", "/run/systemd/generator",
                      "/usr/local/lib/systemd/system", "/lib/systemd/system",
                      "/usr/lib/systemd/system", "/run/systemd/generator.late"});
}

TEST_CASE("an instance has the same directories below its own") {
    auto paths = system_search_path(with({}), "/srv/one/");
    CHECK(paths.directories.size() == 13);
    for (const auto& directory : paths.directories) CHECK(directory.starts_with("/srv/one/"));
    CHECK(paths.persistent_config == "/srv/one/etc/systemd/system");
}

TEST_CASE("SYSTEMD_UNIT_PATH replaces the list, or precedes it with a colon at the end") {
    auto system = [](const char* value) {
        return system_search_path(with({{"SYSTEMD_UNIT_PATH", value}}));
    };
    CHECK(system("/x:/y//:/x/").directories == Directories{"/x", "/y"});
    CHECK(system("/x").persistent_config == "/etc/systemd/system");
    CHECK(system("").directories.empty());
    CHECK(system("y").directories.front().ends_with("/y"));
    CHECK(system("y").directories.front().starts_with("/"));
    auto both = system("/x:/etc/systemd/system:").directories;
    CHECK(both.size() == 14);
    CHECK(both[0] == "/x");
    CHECK(both[1] == "/etc/systemd/system");
    CHECK(both[2] == "/etc/systemd/system.control");
    CHECK(system(":").directories.size() == 13);
}

TEST_CASE("a user's directories follow the XDG variables") {
    CHECK(user_search_path(with({{"HOME", "/root"}})).directories ==
          Directories{"/root/.config/systemd/user.control", "/root/.config/systemd/user",
                      "/etc/xdg/systemd/user", "/etc/systemd/user", "/run/systemd/user",
                      "/root/.local/share/systemd/user", "/usr/local/share/systemd/user",
                      "/usr/share/systemd/user", "/usr/local/lib/systemd/user",
                      "/usr/lib/systemd/user"});
    CHECK(user_search_path(with({{"HOME", "/root"},
                                 {"XDG_RUNTIME_DIR", "/run/user/0"},
                                 {"XDG_CONFIG_HOME", "/h"},
                                 {"XDG_CONFIG_DIRS", "/a:/b"},
                                 {"XDG_DATA_DIRS", "/c:/d"}}))
              .directories ==
          Directories{"/h/systemd/user.control", "/run/user/0/systemd/user.control",
                      "/run/user/0/systemd/transient", "/run/user/0/systemd/generator.early",
                      "/h/systemd/user", "/a/systemd/user", "/b/systemd/user", "/etc/systemd/user",
                      "/run/user/0/systemd/user", "/run/systemd/user",
                      "/run/user/0/systemd/generator", "/root/.local/share/systemd/user",
                      "/c/systemd/user", "/d/systemd/user", "/usr/local/lib/systemd/user",
                      "/usr/local/share/systemd/user", "/usr/lib/systemd/user",
                      "/usr/share/systemd/user", "/run/user/0/systemd/generator.late"});
}

TEST_CASE("what we alone write to is told from what a person edits") {
    auto paths = system_search_path(with({}));
    CHECK(paths.is_ours("/run/systemd/generator"));
    CHECK(paths.is_ours("/etc/systemd/system.control"));
    CHECK(!paths.is_ours("/etc/systemd/system"));
    CHECK(!paths.is_ours("/run/systemd/system"));
}
