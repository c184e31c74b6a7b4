#include "tmpfiles/item_list.hpp"

#include <doctest/doctest.h>

using namespace sctl;

TEST_SUITE_BEGIN("tmpfiles");

namespace {

Item item(char type, std::string path) {
    Item made;
    made.type = *item_type_from(type);
    made.path = std::move(path);
    return made;
}

} // namespace

TEST_CASE("two lines that say different things of a path: the first counts") {
    ItemList list;
    auto first = item('f', "/x"), second = item('f', "/x");
    second.argument = "text";
    CHECK(list.add(first));
    CHECK(list.add(first));
    CHECK(!list.add(second));
    CHECK(list.add(item('z', "/x")));
}

TEST_CASE("several lines may append to one file") {
    ItemList list;
    auto first = item('w', "/x"), second = item('w', "/x");
    first.argument = "1";
    second.argument = "2";
    first.force = second.force = true;
    CHECK(list.add(first));
    CHECK(list.add(second));
}

TEST_CASE("a path is made before it is adjusted") {
    ItemList list;
    for (char type : {'t', 'a', 'e'}) CHECK(list.add(item(type, "/x")));
    const auto& items = list.groups()[0].items;
    CHECK(items[0].type == ItemType::EmptyDirectory);
    CHECK(items[1].type == ItemType::SetAcl);
}

TEST_CASE("a line knows the closest one above it; those with patterns come last") {
    ItemList list;
    for (const auto& made : {item('z', "/a/b"), item('f', "/a/b/c/d"), item('d', "/a")})
        CHECK(list.add(made));
    list.link();
    CHECK(list.groups()[1].parent == 0u);
    CHECK(list.groups()[0].parent == 2u);
    CHECK(list.groups()[2].children == std::vector<size_t>{0});
    CHECK(list.order() == std::vector<size_t>{1, 2, 0});
}

TEST_CASE("X takes the age of the directory that it lies in") {
    ItemList list;
    auto above = item('d', "/tmp"), closer = item('d', "/tmp/a");
    above.age = 10s;
    closer.age = 5s;
    for (const auto& made : {above, closer, item('X', "/tmp/a"), item('X', "/tmp/b*")})
        CHECK(list.add(made));
    list.fill_ages();
    CHECK(list.groups()[2].items[0].age == 5s);
    CHECK(list.groups()[3].items[0].age == 10s);
}

TEST_CASE("patterns match part by part, and no leading dot") {
    CHECK(matches_path_pattern("/a/*", "/a/b"));
    CHECK(!matches_path_pattern("/a/*", "/a/b/c"));
    CHECK(!matches_path_pattern("/a/*", "/a/.b"));
}

TEST_SUITE_END();
