#include "unit/syntax/specifiers.hpp"

#include <doctest/doctest.h>

#include <cerrno>

#include "table.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("unit");

namespace {

Facts test_facts() {
    Facts facts;
    facts.hostname = "box.example.org";
    facts.kernel_release = "6.1.0-13-amd64";
    facts.architecture = "x86-64";
    facts.machine_id = "0123456789abcdef0123456789abcdef";
    facts.boot_id = "fedcba9876543210fedcba9876543210";
    facts.os_release = OsRelease{{{"ID", "debian"},
                                  {"VERSION_ID", "12"},
                                  {"BUILD_ID", "b1"},
                                  {"IMAGE_ID", "i1"},
                                  {"IMAGE_VERSION", "7"},
                                  {"VARIANT_ID", "slim"}}};
    return facts;
}

std::string expand(const std::string& unit, std::string_view text, const Facts& facts,
                   SpecifierSet set = SpecifierSet::All) {
    auto name = UnitName::parse(unit).value();
    SpecifierContext context{name, facts, "/usr/lib/systemd/system/" + unit};
    auto value = expand_specifiers(text, context, set);
    return value ? *value : "!error";
}

} // namespace

TEST_CASE("specifiers of units are resolved as their table says") {
    // %r is a deprecated one that we do not know: it stays as it is, and no row needs its value.
    size_t left_out = 0;
    for (const auto& row : read_table("specifier-unit.tsv")) {
        CAPTURE(row[0]);
        CAPTURE(row[1]);
        auto value = expand(row[0], row[1], test_facts());
        if (row[1] == "%r") {
            ++left_out;
            CHECK(value == "%r");
        } else {
            // A backslash of a pattern would be taken as its escape: such rows are plain texts.
            CHECK((value == row[2] || matches_glob(row[2], value)));
        }
    }
    CHECK(left_out == 3);
}

TEST_CASE("specifiers of [Install] are resolved as their table says") {
    for (const auto& row : read_table("specifier-install.tsv")) {
        CAPTURE(row[1]);
        CHECK(expand(row[0], row[1], test_facts(), SpecifierSet::Name) == row[2]);
    }
}

TEST_CASE("specifiers are escaped as their table says") {
    for (const auto& row : read_table("specifier-escape.tsv")) {
        if (row[0] != "NULL")
            CHECK(escape_specifiers(row[0]) == row[1]);
        else
            CHECK(escape_specifiers("").empty()); // C's null pointer, as no text
    }
}

TEST_CASE("every specifier of systemd.unit(5) has its value") {
    const std::vector<std::pair<std::string, std::string>> expected = {
        {"%a", "x86-64"},
        {"%A", "7"},
        {"%b", "fedcba9876543210fedcba9876543210"},
        {"%B", "b1"},
        {"%C", "/var/cache"},
        {"%d", "/run/credentials/a-b\\x20c@d-e\\x20f.service"},
        {"%E", "/etc"},
        {"%f", "/d/e f"},
        {"%g", "root"},
        {"%G", "0"},
        {"%h", "/root"},
        {"%H", "box.example.org"},
        {"%i", "d-e\\x20f"},
        {"%I", "d/e f"},
        {"%j", "b\\x20c"},
        {"%J", "b c"},
        {"%l", "box"},
        {"%L", "/var/log"},
        {"%m", "0123456789abcdef0123456789abcdef"},
        {"%M", "i1"},
        {"%n", "a-b\\x20c@d-e\\x20f.service"},
        {"%N", "a-b\\x20c@d-e\\x20f"},
        {"%o", "debian"},
        {"%p", "a-b\\x20c"},
        {"%P", "a/b c"},
        {"%q", "box"},
        {"%s", "/bin/sh"},
        {"%S", "/var/lib"},
        {"%t", "/run"},
        {"%T", "/tmp"},
        {"%u", "root"},
        {"%U", "0"},
        {"%v", "6.1.0-13-amd64"},
        {"%V", "/var/tmp"},
        {"%w", "12"},
        {"%W", "slim"},
        {"%y", "/usr/lib/systemd/system/a-b\\x20c@d-e\\x20f.service"},
        {"%Y", "/usr/lib/systemd/system"},
        {"%%", "%"},
    };
    for (const auto& [text, value] : expected) {
        CAPTURE(text);
        CHECK(expand("a-b\\x20c@d-e\\x20f.service", text, test_facts()) == value);
    }
}

TEST_CASE("a stray percent sign stays, and an unknown specifier is an error") {
    CHECK(expand("a.service", "%, %", test_facts()) == "%, %");
    CHECK(expand("a.service", "%c %r %R", test_facts()) == "%c %r %R");
    CHECK(expand("a.service", "%z", test_facts()) == "!error");
    auto name = UnitName::parse("a.service").value();
    auto facts = test_facts();
    CHECK(expand_specifiers("%Z", {name, facts}).error().code == EBADSLT);
    CHECK(expand_specifiers("%h", {name, facts}, SpecifierSet::Name).error().code == EBADSLT);
}

TEST_CASE("a specifier that cannot be resolved is an error") {
    Facts bare;
    CHECK(expand("a.service", "%m", bare) == "!error");
    CHECK(expand("a.service", "%o", bare) == "!error");
    CHECK(expand("a@b\\x.service", "%I", bare) == "!error");
    auto name = UnitName::parse("a.service").value();
    CHECK(expand_specifiers("%y", {name, bare}).error().code == ENOENT);
    CHECK(expand_specifiers("%n%n", {name, bare}, SpecifierSet::Name, 10).error().code ==
          ENAMETOOLONG);
}

TEST_CASE("a template's default instance stands for the missing one") {
    auto name = UnitName::parse("a@.service").value();
    Facts facts;
    SpecifierContext context{name, facts, "", "x"};
    CHECK(*expand_specifiers("%i %n %N %p", context, SpecifierSet::Name) == "x a@x.service a@x a");
}

TEST_SUITE_END();
