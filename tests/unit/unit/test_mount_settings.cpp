#include <doctest/doctest.h>

#include "base/text.hpp"
#include "temporary_directory.hpp"
#include "unit/loader.hpp"
#include "unit/mount/mount_config.hpp"
#include "unit/mount/mount_kind.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("unit");

namespace {

// A mount unit of this text, and what is said of it.
struct MountFile {
    explicit MountFile(std::string_view settings, std::string_view name = "srv-a.mount",
                       const Facts& facts = {}) {
        if (!settings.empty()) directory.write(cat("/u/", name), cat("[Mount]\n", settings));
        directory.write("/u/home.mount", "[Mount]\nWhat=/dev/x\nWhere=/home\n");
        WarningSink warn = [this](std::string_view text) { said += cat(text, "\n"); };
        SearchPath paths;
        paths.directories = {"/u"};
        auto index = UnitIndex::scan(directory.root(), paths, warn);
        unit = load_unit(index, UnitName::parse(name).value(), facts, {}, warn);
    }
    [[nodiscard]] std::string names(Dependency kind) const {
        std::string out;
        for (const auto& written : unit.unit.dependencies)
            if (written.kind == kind) out += cat(out.empty() ? "" : " ", written.name.str());
        return out;
    }
    [[nodiscard]] bool is_loaded() const { return unit.load_state == LoadState::Loaded; }

    TemporaryDirectory directory;
    std::string said;
    LoadedUnit unit;
};

Facts facts_with(std::string_view point, SeenMount mount) {
    Facts facts;
    facts.mount_at = [=](std::string_view path) {
        return path == point ? std::optional(mount) : std::nullopt;
    };
    return facts;
}

constexpr std::string_view usual = "What=tmpfs\nWhere=/srv/a\nType=tmpfs\n";

} // namespace

TEST_CASE("a mount unit is ordered as systemd orders it") {
    MountFile file(usual);
    REQUIRE(file.is_loaded());
    CHECK(file.names(Dependency::After) ==
          "systemd-journald.socket local-fs-pre.target swap.target -.mount");
    CHECK(file.names(Dependency::Before) == "local-fs.target umount.target");
    CHECK(file.names(Dependency::Conflicts) == "umount.target");
    MountFile away("What=server:/x\nWhere=/srv/a\nType=fuse.sshfs\nOptions=ro,nofail\n");
    CHECK(away.names(Dependency::After) ==
          "systemd-journald.socket remote-fs-pre.target "
          "network.target network-online.target -.mount");
    CHECK(away.names(Dependency::Before) == "umount.target");
    CHECK(away.names(Dependency::Wants) == "network-online.target");
    MountFile bind("What=/home/me\nWhere=/srv/a\nOptions=bind\n");
    CHECK(bind.names(Dependency::Requires) == "home.mount");
    MountFile below_proc("What=x\nWhere=/proc/x\n", "proc-x.mount");
    CHECK(below_proc.names(Dependency::Conflicts).empty());
}

TEST_CASE("what a mount unit leaves out follows from its name") {
    MountFile file("What=tmpfs\n", "srv-with\\x20blank.mount");
    REQUIRE(file.is_loaded());
    CHECK(mount_config(file.unit)->where == "/srv/with blank");
    CHECK(file.unit.unit.description == "/srv/with blank");
    CHECK(mount_config(file.unit)->timeout == 90s);
}

TEST_CASE("a mount unit that makes no sense is refused") {
    auto refusal = [](std::string_view settings, std::string_view name = "srv-a.mount") {
        MountFile file(settings, name);
        CHECK((file.unit.load_state == LoadState::BadSetting));
        return file.said;
    };
    CHECK(refusal("What=tmpfs\nWhere=/srv/b\n") ==
          "srv-a.mount: Where= setting doesn't match unit name. Refusing.\n");
    CHECK(refusal("Where=/srv/a\n") == "srv-a.mount: What= setting is missing. Refusing.\n");
    CHECK(refusal("What=proc\n", "proc.mount") ==
          "proc.mount: Cannot create mount unit for API file system /proc. Refusing.\n");
}

TEST_CASE("wrong values of [Mount] are warned of and left out") {
    MountFile file(cat(usual,
                       "SloppyOptions=perhaps\nLazyUnmount=maybe\nForceUnmount=sure\n"
                       "ReadWriteOnly=why\nDirectoryMode=rwx\nTimeoutSec=soon\nOdd=1\n"));
    REQUIRE(file.is_loaded());
    CHECK(file.said ==
          "/u/srv-a.mount:5: Failed to parse boolean value, ignoring: perhaps\n"
          "/u/srv-a.mount:6: Failed to parse boolean value, ignoring: maybe\n"
          "/u/srv-a.mount:7: Failed to parse boolean value, ignoring: sure\n"
          "/u/srv-a.mount:8: Failed to parse boolean value, ignoring: why\n"
          "/u/srv-a.mount:9: Failed to parse mode value, ignoring: rwx\n"
          "/u/srv-a.mount:10: Failed to parse time value, ignoring: soon\n"
          "/u/srv-a.mount:11: Unknown key 'Odd' in section [Mount], ignoring.\n");
    MountFile never(cat(usual, "TimeoutSec=0\n"));
    CHECK(mount_config(never.unit)->timeout == infinity);
}

TEST_CASE("what is mounted is a unit without a file") {
    auto by_hand = facts_with("/srv/a", {"tmpfs", "rw", false});
    MountFile file("", "srv-a.mount", by_hand);
    REQUIRE(file.is_loaded());
    CHECK(file.unit.unit.source_path == "/proc/self/mountinfo");
    CHECK(file.names(Dependency::Conflicts) == "umount.target");
    // What was there before us goes with the container.
    MountFile early("", "srv-a.mount", facts_with("/srv/a", {"ext4", "rw", true}));
    REQUIRE(early.is_loaded());
    CHECK(early.names(Dependency::Conflicts).empty());
    MountFile other("", "srv-b.mount", by_hand);
    CHECK((other.unit.load_state == LoadState::NotFound));
    // Who needs what lies there comes after it.
    MountFile below("What=tmpfs\n", "srv-a-b.mount", by_hand);
    CHECK(below.names(Dependency::After).find("srv-a.mount") != std::string::npos);
    CHECK(below.names(Dependency::Requires).empty());
}

TEST_CASE("options that say when to mount are not for mount(8)") {
    MountConfig config;
    config.options = "nofail,noauto,size=2M,auto,ro";
    CHECK(options_for_mount(config) == "size=2M,ro");
    CHECK_FALSE(has_mount_option("nofail,x", "fail"));
}

TEST_CASE("places of the kernel's interfaces have no units") {
    for (auto path : {"/proc", "/sys/fs/cgroup", "/sys/fs/cgroup/memory", "/run", "/run/host/x",
                      "/run/credentials/a.service"})
        CHECK(is_api_mount_point(path));
    for (auto path : {"/", "/proc/x", "/run/lock", "/tmp", "/sys/fs/cgroups"})
        CHECK_FALSE(is_api_mount_point(path));
}

TEST_SUITE_END();
