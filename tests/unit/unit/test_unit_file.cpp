#include "unit/search/unit_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cerrno>

#include "temporary_directory.hpp"
#include "test_data.hpp"
#include "unit/search/directory_listing.hpp"
#include "unit_file_input.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("unit");

TEST_CASE("a list keeps the assignments of several files in order, and where they stand") {
    AssignmentList list;
    auto sections = unit_sections(UnitType::Service);
    CHECK(parse_unit_text("[Unit]\nDescription=a\n[Service]\nType=exec\n", "/a.service", sections,
                          list, nullptr));
    CHECK(parse_unit_text("", "/empty.conf", sections, list, nullptr));
    CHECK(!parse_unit_text("[Service]\nType=\n[bad\nType=idle\n", "/a.service.d/b.conf", sections,
                           list, nullptr));
    REQUIRE(list.size() == 3);
    CHECK(list[0].section == "Unit");
    CHECK(list[0].key == "Description");
    CHECK(list[0].value == "a");
    CHECK(list[1].path == "/a.service");
    CHECK(list[1].line == 4);
    CHECK(list[2].section == "Service");
    CHECK(list[2].value.empty());
    CHECK(list[2].path == "/a.service.d/b.conf");
    size_t count = 0;
    for (auto assignment : list) count += assignment.line;
    CHECK(count == 2 + 4 + 2);
}

TEST_CASE("each type of unit has its own section") {
    CHECK(unit_sections(UnitType::Timer)[1] == "Timer");
    CHECK(unit_sections(UnitType::Scope)[1] == "Scope");
    CHECK(unit_sections(UnitType::Service)[1] == "Service");
}

TEST_CASE("an empty file and a link to /dev/null mask") {
    TemporaryDirectory dir;
    dir.write("/etc/empty.service", "");
    dir.link("/etc/null.service", "/dev/null");
    dir.write("/etc/a.service", "[Unit]\n");
    for (const auto& [root, prefix] :
         {std::pair{dir.root(), std::string()}, {Root(), dir.path()}}) {
        CHECK(read_unit_file(root, prefix + "/etc/empty.service")->status.masks);
        CHECK(read_unit_file(root, prefix + "/etc/null.service")->status.masks);
        CHECK(unit_file_status(root, prefix + "/etc/null.service")->masks);
        auto file = read_unit_file(root, prefix + "/etc/a.service");
        CHECK(!file->status.masks);
        CHECK(file->status.mtime.count() > 0);
        CHECK(file->text == "[Unit]\n");
    }
}

TEST_CASE("a linked unit is read where the link leads inside the root") {
    TemporaryDirectory dir;
    dir.write("/opt/a.service", "[Unit]\n");
    dir.link("/etc/a.service", "/opt/a.service");
    dir.link("/etc/gone.service", "/opt/gone.service");
    dir.link("/etc/loop.service", "/etc/loop.service");
    CHECK(read_unit_file(dir.root(), "/etc/a.service")->text == "[Unit]\n");
    CHECK(read_unit_file(dir.root(), "/etc/gone.service").error().code == ENOENT);
    CHECK(read_unit_file(dir.root(), "/etc/loop.service").error().code == ELOOP);
}

TEST_CASE("what is no file is refused at once") {
    TemporaryDirectory dir;
    auto fifo = dir.path() + "/a.service";
    REQUIRE(mkfifo(fifo.c_str(), 0644) == 0);
    REQUIRE(mkdir((dir.path() + "/b.service").c_str(), 0755) == 0);
    CHECK(read_unit_file(Root(), fifo).error().code == EINVAL);
    CHECK(read_unit_file(dir.root(), "/a.service").error().code == EINVAL);
    CHECK(read_unit_file(dir.root(), "/b.service").error().code == EISDIR);
    CHECK(read_unit_file(dir.root(), "/c.service").error().code == ENOENT);
}

TEST_CASE("whatever the fuzzer begins with is read soundly") {
    auto corpus = std::string(TEST_DATA) + "/corpus/unit_file";
    auto inputs = list_directory(corpus).value();
    CHECK(inputs.size() >= 20);
    for (const auto& input : inputs) {
        CAPTURE(input.name);
        CHECK(unit_file_input::flaw_of(read_file(cat(corpus, "/", input.name)).value()) == "");
    }
}
