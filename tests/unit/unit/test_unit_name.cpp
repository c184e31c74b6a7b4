#include "unit/unit_name.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <map>

#include "table.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("unit");

namespace {

// The kind of a valid name in the words of the table's flags.
std::string kind_flag(const UnitName& name) {
    if (name.is_template()) return "UNIT_NAME_TEMPLATE";
    return name.is_instance() ? "UNIT_NAME_INSTANCE" : "UNIT_NAME_PLAIN";
}

std::string text_or_error(const Result<UnitName>& name) {
    return name ? name->str() : "!error";
}
std::string text_or_error(const Result<std::string>& text) {
    return text ? *text : "!error";
}

UnitType type_of(std::string_view suffix) {
    return unit_type_from(suffix.substr(1)).value();
}

// Runs one operation of unit-name-transform.tsv.
std::string transform(const std::string& operation, const std::string& input,
                      const std::string& argument) {
    if (operation == "from_path")
        return text_or_error(unit_name_from_path(input, type_of(argument)));
    if (operation.starts_with("from_path_instance:")) {
        auto prefix = operation.substr(operation.find(':') + 1);
        return text_or_error(unit_name_from_path_instance(prefix, input, type_of(argument)));
    }
    if (operation == "path_unescape") return text_or_error(unit_name_path_unescape(input));
    if (operation == "mangle") return text_or_error(unit_name_mangle(input, false));
    if (operation == "mangle_glob") return text_or_error(unit_name_mangle(input, true));

    auto name = UnitName::parse(input == "SPECIAL_ROOT_SLICE" ? "-.slice" : input);
    if (!name) return "!error";
    if (operation == "replace_instance") return text_or_error(name->with_instance(argument));
    if (operation == "to_path") return text_or_error(unit_name_to_path(*name));
    if (operation == "template")
        return name->template_name().empty() ? "!error" : name->template_name().str();
    if (operation == "to_prefix") return std::string(name->prefix());
    if (operation == "parent_slice") return text_or_error(slice_parent(*name));
    return "no such operation";
}

} // namespace

TEST_CASE("names are valid as the table of names says") {
    for (const auto& row : read_table("unit-name-valid.tsv")) {
        CAPTURE(row[0]);
        CAPTURE(row[1]);
        auto name = UnitName::parse(row[0]);
        bool valid = name && (row[1] == "UNIT_NAME_ANY" ||
                              row[1].find(kind_flag(*name)) != std::string::npos);
        CHECK(valid == (row[2] == "yes"));
    }
}

TEST_CASE("parts of names are valid as the table of parts says") {
    const std::map<std::string, bool (*)(std::string_view)> functions = {
        {"unit_instance_is_valid", unit_instance_is_valid},
        {"unit_prefix_is_valid", unit_prefix_is_valid},
        {"slice_name_is_valid", slice_name_is_valid},
        {"unit_name_is_hashed", unit_name_is_hashed},
    };
    for (const auto& row : read_table("unit-name-part-valid.tsv")) {
        CAPTURE(row[0]);
        CAPTURE(row[1]);
        REQUIRE(functions.contains(row[0]));
        CHECK(functions.at(row[0])(row[1]) == (row[2] == "yes"));
    }
}

TEST_CASE("names are transformed as the table of transformations says") {
    for (const auto& row : read_table("unit-name-transform.tsv")) {
        CAPTURE(row[0]);
        CAPTURE(row[1]);
        CHECK(transform(row[0], row[1], row[2]) == row[3]);
    }
}

TEST_CASE("a link is an alias as the table of aliases says") {
    const std::map<std::string, int> codes = {{"0", 0}, {"!EXDEV", EXDEV}, {"!EINVAL", EINVAL}};
    for (const auto& row : read_table("alias-valid.tsv")) {
        CAPTURE(row[0]);
        CAPTURE(row[1]);
        auto checked = check_alias(row[0], row[1]);
        CHECK((checked ? 0 : checked.error().code) == codes.at(row[2]));
    }
}

TEST_CASE("a name of 255 bytes is valid and one of 256 is not") {
    CHECK(UnitName::parse(std::string(247, 'a') + ".service"));
    CHECK(!UnitName::parse(std::string(248, 'a') + ".service"));
}

TEST_CASE("a name comes apart into stem, prefix, instance and type") {
    auto name = UnitName::parse("a-b@c@d.timer").value();
    CHECK(name.stem() == "a-b@c@d");
    CHECK(name.prefix() == "a-b");
    CHECK(name.instance() == "c@d");
    CHECK(name.type() == UnitType::Timer);
    CHECK(name.template_name().str() == "a-b@.timer");
    CHECK(name.with_type(UnitType::Service)->str() == "a-b@c@d.service");
    CHECK(UnitName::parse("a.service")->instance().empty());
    CHECK(UnitName::parse("a.b.service")->prefix() == "a.b");
}

TEST_CASE("a typed name gets the suffix that it lacks") {
    CHECK(UnitName::mangle("nginx")->str() == "nginx.service");
    CHECK(UnitName::mangle("nginx.conf")->str() == "nginx.conf.service");
    CHECK(UnitName::mangle("x", ".target")->str() == "x.target");
    CHECK(UnitName::mangle("/dev/sda1")->str() == "dev-sda1.device");
    CHECK(UnitName::mangle("a b")->str() == "a\\x20b.service");
    CHECK(UnitName::mangle("a*")->str() == "a\\x2a.service");
    CHECK(!UnitName::mangle(""));
    CHECK(!UnitName::mangle("@"));
}

TEST_CASE("escaping and its undoing are inverse") {
    std::string text = ".a b/-\\\x01\xff:z_";
    CHECK(unit_name_escape(text) == "\\x2ea\\x20b-\\x2d\\x5c\\x01\\xff:z_");
    CHECK(*unit_name_unescape(unit_name_escape(text)) == text);
    CHECK(!unit_name_unescape("a\\x4"));
    CHECK(!unit_name_unescape("a\\y41"));
    CHECK(*unit_name_path_escape("//a/./b/") == "a-b");
}

TEST_SUITE_END();
