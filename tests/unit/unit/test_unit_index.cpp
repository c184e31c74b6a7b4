#include "unit/search/unit_index.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/text.hpp"
#include "temporary_directory.hpp"
#include "unit/search/unit_file.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("unit");

namespace {

using PathLines = std::vector<std::string>;

const std::string etc = "/etc/systemd/system/";
const std::string run = "/run/systemd/system/";
const std::string lib = "/usr/lib/systemd/system/";

SearchPath machine_paths() {
    return system_search_path([](const char*) { return std::nullopt; });
}

// A root with unit files, and its index.
struct Disk {
    TemporaryDirectory dir;
    PathLines warnings;
    WarningSink warn = [this](std::string_view text) { warnings.emplace_back(text); };

    void unit(const std::string& path) { dir.write(path, "[Unit]\nDescription=x\n"); }
    void link(const std::string& path, const std::string& target) { dir.link(path, target); }
    UnitIndex scan(std::span<const EmbeddedUnit> embedded = {}) {
        return UnitIndex::scan(dir.root(), machine_paths(), warn, embedded);
    }
};

UnitName named(std::string_view name) {
    return UnitName::parse(name).value();
}

PathLines texts(const std::vector<UnitName>& names) {
    PathLines out;
    for (const auto& name : names) out.push_back(name.str());
    return out;
}

// "FRAGMENT: NAME NAME ...", the id first.
std::string found(const UnitIndex& index, std::string_view name) {
    auto unit = index.find(named(name));
    if (!unit) return cat("error ", unit.error().code);
    return cat(unit->fragment_path, ": ", join(texts(unit->names), " "));
}

PathLines drop_ins(Disk& disk, std::string_view name) {
    auto index = disk.scan();
    return index.drop_in_paths(index.find(named(name)).value().names, disk.warn);
}

} // namespace

TEST_CASE("the first directory of the path that has a file wins") {
    Disk disk;
    disk.unit(lib + "a.service");
    disk.unit(lib + "b.service");
    disk.unit(run + "a.service");
    disk.unit(etc + "a.service");
    auto index = disk.scan();
    CHECK(found(index, "a.service") == etc + "a.service: a.service");
    CHECK(found(index, "b.service") == lib + "b.service: b.service");
    CHECK(found(index, "none.service") == ": none.service");
    CHECK(!index.find(named("none.service"))->found());
    CHECK(disk.warnings.empty());
}

TEST_CASE("on a merged /usr a unit of the distribution lies in /lib, as with Debian's systemd") {
    Disk disk;
    disk.unit(lib + "a.service");
    disk.dir.write(lib + "a.service.d/x.conf", "");
    disk.link("/lib", "usr/lib");
    disk.link(etc + "b.service", "/usr/lib/systemd/system/a.service");
    auto index = disk.scan();
    CHECK(found(index, "b.service") == "/lib/systemd/system/a.service: a.service b.service");
    CHECK(drop_ins(disk, "b.service") == PathLines{lib + "a.service.d/x.conf"});
}

TEST_CASE("an alias has all the names of its unit, and the unit's own is the id") {
    Disk disk;
    disk.unit(lib + "a.service");
    disk.link(lib + "b.service", "a.service");
    disk.link(etc + "c.service", "/usr/lib/systemd/system/a.service");
    disk.link(etc + "d.service", "../../../usr/lib/systemd/system/b.service");
    auto index = disk.scan();
    for (auto name : {"a.service", "b.service", "c.service", "d.service"}) {
        CHECK(found(index, name) == lib + "a.service: a.service b.service c.service d.service");
    }
    CHECK(disk.warnings.empty());
}

TEST_CASE("an instance comes from its template, with the template's aliases") {
    Disk disk;
    disk.unit(lib + "t@.service");
    disk.unit(etc + "t@own.service");
    disk.link(lib + "al@.service", "t@.service");
    disk.link(etc + "one@x.service", "t@.service");
    disk.link(etc + "two@own.service", "t@own.service");
    auto index = disk.scan();
    CHECK(found(index, "t@i.service") == lib + "t@.service: t@i.service al@i.service");
    CHECK(found(index, "al@i.service") == lib + "t@.service: t@i.service al@i.service");
    CHECK(found(index, "t@x.service") ==
          lib + "t@.service: t@x.service al@x.service one@x.service");
    CHECK(found(index, "one@x.service") ==
          lib + "t@.service: t@x.service al@x.service one@x.service");
    CHECK(found(index, "one@y.service") == ": one@y.service");
    CHECK(found(index, "t@own.service") == etc + "t@own.service: t@own.service two@own.service");
    CHECK(found(index, "t@.service") == lib + "t@.service: t@.service al@.service");
    // al@own is t@own by its template, but t@own is another file.
    CHECK(found(index, "al@own.service") == cat("error ", EEXIST));
}

TEST_CASE("masks and linked units stand for themselves") {
    Disk disk;
    disk.unit("/opt/a.service");
    disk.unit(lib + "m.service");
    disk.link(etc + "m.service", "/dev/null");
    disk.link(etc + "am.service", "m.service");
    disk.link(etc + "l.service", "/opt/a.service");
    disk.link(etc + "gone.service", "/opt/gone.service");
    auto index = disk.scan();
    CHECK(found(index, "m.service") == etc + "m.service: m.service");
    CHECK(read_unit_file(disk.dir.root(), etc + "m.service")->status.masks);
    CHECK(found(index, "am.service") == cat("error ", EEXIST));
    CHECK(found(index, "l.service") == etc + "l.service: l.service");
    CHECK(found(index, "gone.service") == etc + "gone.service: gone.service");
    CHECK(disk.warnings.empty());
}

TEST_CASE("links that may not be aliases are warned of and hide nothing") {
    Disk disk;
    disk.unit(lib + "a.service");
    disk.unit(lib + "t@.service");
    disk.unit(lib + "self.service");
    disk.unit(lib + "bad.service");
    disk.unit(lib + "sub/s.service");
    disk.link(etc + "self.service", "/usr/lib/systemd/system/self.service");
    disk.link(etc + "bad.service", "a.socket");
    disk.link(etc + "plain.service", "t@.service");
    disk.link(etc + "t@x.service", "t@y.service");
    disk.link(etc + "sub.service", "/usr/lib/systemd/system/sub/s.service");
    disk.link(etc + "x.slice", "y.slice");
    auto index = disk.scan();
    CHECK(found(index, "self.service") == lib + "self.service: self.service");
    CHECK(found(index, "bad.service") == lib + "bad.service: bad.service");
    CHECK(found(index, "plain.service") == ": plain.service");
    CHECK(found(index, "t@x.service") == lib + "t@.service: t@x.service");
    CHECK(found(index, "sub.service") == ": sub.service");
    CHECK(disk.warnings ==
          PathLines{"bad.service: symlink target \"a.socket\" has incompatible suffix, rejecting.",
                    "plain.service: symlink target name type \"t@.service\" does not match source, "
                    "rejecting.",
                    "Suspicious symlink /etc/systemd/system/sub.service → "
                    "/usr/lib/systemd/system/sub/s.service, "
                    "treating as alias.",
                    "t@x.service: unit symlink target \"t@y.service\" instance name doesn't match, "
                    "rejecting.",
                    "x.slice: symlinks are not allowed for units of this type, rejecting."});
}

TEST_CASE("dangling and circular links, directories and FIFOs are no units, and nothing hangs") {
    Disk disk;
    disk.unit(lib + "a.service");
    disk.link(etc + "dangling.service", "nowhere.service");
    disk.link(etc + "l1.service", "l2.service");
    disk.link(etc + "l2.service", "l1.service");
    disk.link(etc + "loop", "loop");
    disk.link(etc + "l3.service", "loop/x.service");
    disk.unit(etc + "directory.service/inside.service");
    REQUIRE(mkfifo((disk.dir.path() + etc + "fifo.service").c_str(), 0644) == 0);
    auto index = disk.scan();
    for (auto name :
         {"dangling.service", "l1.service", "l3.service", "directory.service", "fifo.service"}) {
        CHECK(found(index, name) == cat(": ", name));
    }
    CHECK(disk.warnings ==
          PathLines{"Failed to resolve symlink /etc/systemd/system/l3.service pointing to "
                    "loop/x.service: Too many levels of symbolic links"});
}

TEST_CASE("drop-ins of name, template, prefix, alias and type apply by file name") {
    Disk disk;
    disk.unit(lib + "a-b@.service");
    disk.link(lib + "al@.service", "a-b@.service");
    for (auto file : {"a-b@i.service.d/50-instance.conf", "a-b@.service.d/40-template.conf",
                      "a-@.service.d/30-prefix.conf", "al@.service.d/20-alias.conf",
                      "service.d/10-type.conf"}) {
        disk.dir.write(etc + file, "");
    }
    CHECK(drop_ins(disk, "a-b@i.service") ==
          PathLines{etc + "service.d/10-type.conf", etc + "al@.service.d/20-alias.conf",
                    etc + "a-@.service.d/30-prefix.conf", etc + "a-b@.service.d/40-template.conf",
                    etc + "a-b@i.service.d/50-instance.conf"});
    CHECK(drop_ins(disk, "al@i.service") == drop_ins(disk, "a-b@i.service"));
}

TEST_CASE("of drop-ins with the same name one counts, by directory of the path and then by name") {
    Disk disk;
    disk.unit(lib + "a-b.service");
    disk.link(lib + "al.service", "a-b.service");
    disk.dir.write(etc + "a-.service.d/1.conf", ""); // the path counts before the name
    disk.dir.write(lib + "a-b.service.d/1.conf", "");
    disk.dir.write(lib + "a-b.service.d/2.conf", ""); // the unit's names before its aliases
    disk.dir.write(etc + "al.service.d/2.conf", "");
    disk.dir.write(lib + "al.service.d/3.conf", ""); // and before its type
    disk.dir.write(etc + "service.d/3.conf", "");
    disk.dir.write(lib + "a-b.service.d/4.conf", "x"); // hidden
    disk.link(etc + "a-b.service.d/4.conf", "/dev/null");
    CHECK(drop_ins(disk, "a-b.service") ==
          PathLines{etc + "a-.service.d/1.conf", lib + "a-b.service.d/2.conf",
                    lib + "al.service.d/3.conf", etc + "a-b.service.d/4.conf"});
}

TEST_CASE("only files and links named *.conf are drop-ins, also through a linked directory") {
    Disk disk;
    disk.unit(lib + "a.service");
    for (auto name :
         {".hidden.conf", "x.conf.dpkg-old", "x.conf~", "nosuffix", "d.conf/x", "good.conf"}) {
        disk.dir.write(std::string("/opt/dropins/") + name, "");
    }
    disk.link("/opt/dropins/gone.conf", "/nowhere");
    disk.link(etc + "a.service.d", "/opt/dropins");
    disk.link(run + "a.service.d", "/nowhere");
    CHECK(drop_ins(disk, "a.service") ==
          PathLines{"/opt/dropins/gone.conf", "/opt/dropins/good.conf"});
    CHECK(disk.warnings.empty());
}

TEST_CASE("wants directories name units, by link alone") {
    Disk disk;
    disk.unit(lib + "a-b.service");
    auto wants = etc + "a-b.service.wants/";
    disk.link(wants + "one.service", "../one.service");
    disk.link(wants + "t@i.service", "../t@.service");
    disk.link(wants + "t@.service", "../t@.service");
    disk.link(wants + "masked.service", "/dev/null");
    disk.link(lib + "a-b.service.wants/masked.service", "../masked.service");
    disk.link(wants + "junk", "x");
    disk.link(wants + "other.service", "../another.service");
    disk.unit(wants + "file.service");
    disk.link(etc + "service.wants/type.service", "../type.service");
    disk.link(etc + "a-.service.requires/prefix.service", "../prefix.service");
    auto index = disk.scan();
    std::vector<UnitName> names = {named("a-b.service")};
    CHECK(
        texts(index.directory_dependencies(names, ".wants", "Wants", disk.warn)) ==
        PathLines{"one.service", "other.service", "t@a-b.service", "t@i.service", "type.service"});
    CHECK(texts(index.directory_dependencies(names, ".requires", "Requires", disk.warn)) ==
          PathLines{"prefix.service"});
    CHECK(index.directory_dependencies(names, ".upholds", "Upholds", disk.warn).empty());
    auto line = "a-b.service: Wants dependency dropin " + wants;
    CHECK(disk.warnings ==
          PathLines{line + "file.service is not a symlink, ignoring.",
                    line + "junk is not a valid unit name, ignoring.",
                    line + "other.service target ../another.service has different name",
                    line + "t@.service target ../t@.service has different name"});
}

TEST_CASE("embedded units come last, and a link on disk may lead to one") {
    Disk disk;
    disk.unit(lib + "b.target");
    disk.link(etc + "default.target", "/usr/lib/systemd/system/a.target");
    disk.dir.write(etc + "a.target.d/x.conf", "");
    static constexpr EmbeddedUnit units[] = {{"a.target", "[Unit]\n"}, {"b.target", "[Unit]\n"}};
    auto index = disk.scan(units);
    auto unit = index.find(named("default.target")).value();
    CHECK(unit.embedded == &units[0]);
    CHECK(unit.found());
    CHECK(texts(unit.names) == PathLines{"a.target", "default.target"});
    CHECK(index.drop_in_paths(unit.names, nullptr) == PathLines{etc + "a.target.d/x.conf"});
    CHECK(found(index, "b.target") == lib + "b.target: b.target");
    CHECK(!index.find(named("b.target"))->embedded);
}

TEST_CASE("all names are listed once, sorted, with where they are") {
    Disk disk;
    disk.unit(lib + "b.service");
    disk.unit(etc + "b.service");
    disk.link(lib + "a.service", "b.service");
    auto index = disk.scan();
    auto all = index.all();
    REQUIRE(all.size() == 2);
    CHECK(all[0].name == "a.service");
    CHECK(all[0].is_alias);
    CHECK(all[1].directory == "/etc/systemd/system");
    CHECK(!all[1].is_alias);
}

TEST_CASE("a directory that has changed, come or gone makes the index outdated, but not our own") {
    Disk disk;
    disk.unit(lib + "a.service");
    auto age = [&](const std::string& directory) { // clocks of file systems are coarse
        timespec times[2] = {{1000, 0}, {1000, 0}};
        utimensat(AT_FDCWD, (disk.dir.path() + directory).c_str(), times, 0);
    };
    age(lib);
    auto index = disk.scan();
    CHECK(!index.changed());
    disk.unit("/run/systemd/generator/g.service");
    CHECK(!index.changed());
    disk.unit(lib + "b.service");
    CHECK(index.changed());
    // A change within the same tick of the clock would not be seen.
    index = disk.scan();
    CHECK(index.changed());
    age(lib);
    index = disk.scan();
    CHECK(!index.changed());
    disk.unit(etc + "c.service");
    CHECK(index.changed());
}

TEST_CASE("a unit needs a reload when a file of it is newer, gone, or there is another drop-in") {
    Disk disk;
    disk.unit(lib + "a.service");
    disk.dir.write(etc + "a.service.d/1.conf", "[Unit]\n");
    auto index = disk.scan();
    LoadedUnit unit;
    unit.id = named("a.service");
    unit.names = {unit.id};
    unit.load_state = LoadState::Loaded;
    unit.fragment_path = lib + "a.service";
    unit.drop_in_paths = {etc + "a.service.d/1.conf"};
    unit.newest_mtime = unit_file_status(disk.dir.root(), unit.drop_in_paths[0])->mtime;
    CHECK(!index.needs_reload(unit));
    unit.newest_mtime -= 1s;
    CHECK(index.needs_reload(unit));
    unit.newest_mtime += 1s;
    disk.dir.write(etc + "a.service.d/2.conf", "");
    CHECK(index.needs_reload(unit));
    unlink((disk.dir.path() + etc + "a.service.d/2.conf").c_str());
    CHECK(!index.needs_reload(unit));
    unlink((disk.dir.path() + lib + "a.service").c_str());
    CHECK(index.needs_reload(unit));
}

TEST_CASE("a masked unit needs a reload once it is no longer masked") {
    Disk disk;
    disk.link(etc + "m.service", "/dev/null");
    auto index = disk.scan();
    LoadedUnit unit;
    unit.id = named("m.service");
    unit.names = {unit.id};
    unit.load_state = LoadState::Masked;
    unit.fragment_path = etc + "m.service";
    CHECK(!index.needs_reload(unit));
    unlink((disk.dir.path() + etc + "m.service").c_str());
    disk.unit(etc + "m.service");
    CHECK(index.needs_reload(unit));
}

TEST_CASE("a directory of the path that cannot be read is warned of") {
    Disk disk;
    disk.dir.write("/etc/systemd/system", "a file");
    disk.unit(lib + "a.service");
    auto index = disk.scan();
    CHECK(index.find(named("a.service"))->found());
    CHECK(disk.warnings ==
          PathLines{"Failed to open \"/etc/systemd/system\", ignoring: Not a directory"});
}
