#include "tmpfiles/parse_line.hpp"

#include <doctest/doctest.h>

#include <cerrno>

#include "tmpfiles/parse_argument.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("tmpfiles");

namespace {

struct Reader {
    Facts facts;
    LineContext context{Root(), facts, false, {}, {}, {}, {}, {}};

    Reader() {
        facts.hostname = "box.example";
        context.names.user = [](std::string_view name) -> Result<uid_t> {
            if (name == "www") return 33u;
            return errno_error(name, ESRCH);
        };
        context.names.group = context.names.user;
        context.exists = [](const std::string& path) { return path != "/none"; };
        context.credential = [](const std::string& name) -> Result<std::string> {
            if (name == "known") return std::string("secret");
            return errno_error(name, ENOENT);
        };
    }
    ParsedLine read(std::string_view line) const { return parse_tmpfiles_line(line, context); }
    Item item(std::string_view line) const {
        auto parsed = read(line);
        REQUIRE(parsed.item);
        return *parsed.item;
    }
    std::string problem(std::string_view line) const {
        auto parsed = read(line);
        CHECK(!parsed.item);
        return parsed.messages.empty() ? "" : parsed.messages.back().text;
    }
};

} // namespace

TEST_CASE("a line has type, path, mode, user, group, age and argument") {
    Reader reader;
    auto item = reader.item("f+ /run/%l 0640 www :www - a\\tb  c");
    CHECK(item.type == ItemType::CreateFile);
    CHECK(item.force);
    CHECK(item.path == "/run/box");
    CHECK(item.mode.value == 0640);
    CHECK(item.uid == Wanted<uid_t>{33, false});
    CHECK(item.gid == Wanted<gid_t>{33, true});
    CHECK(!item.age);
    CHECK(item.argument == "a\tb  c");
}

TEST_CASE("a dash or nothing leaves a field open") {
    Reader reader;
    auto item = reader.item("d /run//x/./y/ - - - -");
    CHECK(item.path == "/run/x/y");
    CHECK(item.mode_for_new() == 0755);
    CHECK(reader.item("f /x").mode_for_new() == 0644);
    CHECK((!item.mode.value && !item.uid.value && !item.age && !item.argument));
}

TEST_CASE("a mode may be masked and for new files only") {
    Reader reader;
    auto item = reader.item("d /x ~:0700");
    CHECK(item.mask_mode);
    CHECK(item.mode == Wanted<mode_t>{0700, true});
}

TEST_CASE("an age has times that count, and may keep the first level") {
    Reader reader;
    auto item = reader.item("d /x - - - ~aM:1d12h");
    CHECK(item.keep_first_level);
    CHECK(item.age == 36h);
    CHECK(item.age_by_file == AgeByAccess);
    CHECK(item.age_by_directory == AgeByModification);
    CHECK(reader.item("d /x - - - 5").age_by_file == age_by_all);
}

TEST_CASE("what is wrong with a line is told in systemd's words") {
    Reader reader;
    CHECK(reader.problem("d") == "Syntax error.");
    CHECK(reader.problem("\"d /x") == "Failed to parse line: Invalid argument");
    CHECK(reader.problem("d++ /x") == "Unknown modifiers in command 'd++'");
    CHECK(reader.problem("y /x") == "Unknown command type 'y'.");
    CHECK(reader.problem("d x") == "Path 'x' not absolute.");
    CHECK(reader.problem("d /x 8") == "Invalid mode '8'.");
    CHECK(reader.problem("d /x - no") == "Failed to resolve user 'no': No such process");
    CHECK(reader.problem("d /x - - no") == "Failed to resolve group 'no'.");
    CHECK(reader.problem("d /x - - - q:1d") == "Invalid age-by 'q'.");
    CHECK(reader.problem("d /x - - - 1y5z") == "Invalid age '1y5z'.");
    CHECK(reader.problem("f /%q") == "Failed to replace specifiers in '/%q': Invalid slot");
    CHECK(reader.problem("c /x - - - - 1") == "Can't parse device file major/minor '1'.");
    CHECK(reader.problem("h /x - - - - Q") == "Unknown file attribute 'Q' on '/x'.");
    CHECK(reader.read("d x").invalid);
}

TEST_CASE("a failure that is no syntax error does not make the configuration invalid") {
    Reader reader;
    auto parsed = reader.read("f~ /x - - - - aGk");
    CHECK((parsed.failed && !parsed.invalid));
}

TEST_CASE("lines for the boot count only at boot, others only with their prefix") {
    Reader reader;
    CHECK(!reader.read("d! /x").item);
    reader.context.boot = true;
    CHECK(reader.read("d! /x").item);
    reader.context.prefixes = {"/a", "/b"};
    reader.context.excluded_prefixes = {"/a/c"};
    CHECK(reader.read("d /a/b").item);
    CHECK(!reader.read("d /a/c/d").item);
    CHECK(!reader.read("d /ab").item);
}

TEST_CASE("a specifier without a value on this machine makes the line be skipped, not fail") {
    Reader reader;
    auto parsed = reader.read("f /x/%m");
    CHECK((parsed.unresolvable && !parsed.failed && !parsed.item));
}

TEST_CASE("links and copies have what the vendor ships where nothing is named") {
    Reader reader;
    CHECK(reader.item("L /etc/x").argument == "/usr/share/factory/etc/x");
    CHECK(!reader.read("C /x - - - - /none").item);
    CHECK(reader.problem("C /x - - - - y") == "Source path 'y' is not absolute.");
}

TEST_CASE("a credential is read, and a line without it skipped") {
    Reader reader;
    CHECK(reader.item("f^ /x - - - - known").argument == "secret");
    auto parsed = reader.read("f^ /x - - - - unknown");
    CHECK((!parsed.item && !parsed.failed && parsed.messages.empty()));
}

TEST_CASE("what lies in /var/run lies in /run, and below a root all does") {
    Reader reader;
    reader.context.root = Root("/image");
    CHECK(reader.item("d /var/run/x").path == "/image/run/x");
    CHECK(reader.item("C /x - - - - /y").argument == "/image/y");
}

TEST_CASE("attributes are added, taken away or set") {
    Reader reader;
    auto added = reader.item("h /x - - - - +i").attributes;
    auto taken = reader.item("h /x - - - - -i").attributes;
    auto set = reader.item("h /x - - - - =i").attributes;
    CHECK((added->value != 0 && added->mask == added->value));
    CHECK((taken->value == 0 && taken->mask == added->mask));
    CHECK((set->value == added->value && set->mask > set->value));
}

TEST_CASE("one bad extended attribute does not spoil the others") {
    Reader reader;
    auto parsed = reader.read("t /x - - - - user.a user.b=%u \"user.c=d e\"");
    REQUIRE(parsed.item);
    CHECK(parsed.item->xattrs.size() == 2);
    CHECK(parsed.item->xattrs[0].second == "root");
    CHECK(parsed.messages.size() == 1);
}

TEST_SUITE_END();
