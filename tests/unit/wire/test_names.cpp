#include <doctest/doctest.h>

#include "wire/bus_names.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("wire");

TEST_CASE("object paths are slashes and plain parts") {
    for (auto good : {"/", "/a", "/org/freedesktop/systemd1/unit/a_2eservice", "/0/_"}) {
        CHECK_MESSAGE(is_valid_object_path(good), good);
    }
    for (auto bad : {"", "a", "//", "/a/", "/a//b", "/a-b", "/a.b", "/\xc3\xa4"}) {
        CHECK_MESSAGE(!is_valid_object_path(bad), bad);
    }
    CHECK_FALSE(is_valid_object_path(std::string_view("/a\0b", 4)));
}

TEST_CASE("interface names have two parts at least and no part begins with a digit") {
    for (auto good : {"a.b", "org.freedesktop.systemd1.Manager", "_._1"}) {
        CHECK_MESSAGE(is_valid_interface_name(good), good);
    }
    for (auto bad : {"", "a", ".a", "a.", "a..b", "a.1b", "a-b.c", ":1.2"}) {
        CHECK_MESSAGE(!is_valid_interface_name(bad), bad);
    }
    CHECK(is_valid_interface_name("a." + std::string(253, 'b')));
    CHECK_FALSE(is_valid_interface_name("a." + std::string(254, 'b')));
}

TEST_CASE("member and bus names follow their own rules") {
    CHECK(is_valid_member_name("GetUnit"));
    CHECK_FALSE(is_valid_member_name(""));
    CHECK_FALSE(is_valid_member_name("a.b"));
    CHECK_FALSE(is_valid_member_name("1a"));
    CHECK_FALSE(is_valid_member_name(std::string(256, 'a')));
    CHECK(is_valid_bus_name(":1.7"));
    CHECK(is_valid_bus_name("org.my-app.x"));
    CHECK_FALSE(is_valid_bus_name("org.1app"));
    CHECK_FALSE(is_valid_bus_name(":"));
    CHECK_FALSE(is_valid_bus_name("org"));
}

TEST_CASE("signatures are complete types, bounded in length and nesting") {
    for (auto good : {"", "s", "a{sv}", "a(ssssssouso)", "aas", "(i(ss)a{u(vv)})", "vgh"}) {
        CHECK_MESSAGE(is_valid_signature(good), good);
    }
    for (auto bad : {"a", "()", "(", "(s", "s)", "{sv}", "a{s}", "a{svs}", "a{vs}", "a{(s)s}", "z",
                     "a{sv", "aa", "r", "e", "({sv})"}) {
        CHECK_MESSAGE(!is_valid_signature(bad), bad);
    }
    CHECK(is_valid_signature(std::string(255, 'y')));
    CHECK_FALSE(is_valid_signature(std::string(256, 'y')));
    CHECK(is_valid_signature(std::string(32, 'a') + "y"));
    CHECK_FALSE(is_valid_signature(std::string(33, 'a') + "y"));
    CHECK(is_valid_signature(std::string(32, '(') + "y" + std::string(32, ')')));
    CHECK_FALSE(is_valid_signature(std::string(33, '(') + "y" + std::string(33, ')')));
    CHECK(is_single_complete_type("a{sv}"));
    CHECK_FALSE(is_single_complete_type("ss"));
    CHECK_FALSE(is_single_complete_type(""));
    CHECK(complete_type_length("a{sv}uu") == 5);
}

TEST_CASE("unit names become object path parts and back, as in systemd") {
    const char* pairs[][2] = {{"foo.service", "foo_2eservice"},
                              {"", "_"},
                              {"0day", "_30day"},
                              {"a_b", "a_5fb"},
                              {"getty@tty1", "getty_40tty1"},
                              {"\xc3\xa4", "_c3_a4"}};
    for (const auto& [text, label] : pairs) {
        CHECK(object_path_escape(text) == label);
        CHECK(object_path_unescape(label) == text);
    }
    CHECK(object_path_unescape("a_zz_4") == "a_zz_4");
    CHECK(object_path_unescape("a_2Eb") == "a.b");
}

TEST_SUITE_END();
