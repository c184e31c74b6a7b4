#include "base/glob.hpp"

#include <doctest/doctest.h>

#include "temporary_directory.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("base");

TEST_CASE("a pattern matches part by part and finds what exists, sorted") {
    TemporaryDirectory dir;
    dir.write("/a1/x.conf", "");
    dir.write("/a2/x.conf", "");
    dir.write("/a2/.hidden.conf", "");
    dir.write("/b/x.conf", "");
    CHECK(matching_paths(dir.path() + "/a*/*.conf") ==
          std::vector<std::string>{dir.path() + "/a1/x.conf", dir.path() + "/a2/x.conf"});
    CHECK(matching_paths(dir.path() + "/*/y.conf").empty());
    CHECK(matching_paths(dir.path() + "/b/x.conf").size() == 1);
    CHECK(matching_paths("/nonexistent*/x").empty());
}

TEST_SUITE_END();
