#include <doctest/doctest.h>

#include <boost/filesystem.hpp>

#include "base/files.hpp"
#include "method_input.hpp"
#include "test_data.hpp"

TEST_SUITE_BEGIN("bus");

TEST_CASE("the fuzzer's corpus of arguments is answered, whatever it is") {
    method_input::World world;
    size_t files = 0;
    boost::system::error_code error;
    boost::filesystem::directory_iterator entries(TEST_DATA "/corpus/method", error);
    for (; !error && entries != boost::filesystem::directory_iterator(); entries.increment(error)) {
        auto text = sctl::read_file(entries->path().string());
        REQUIRE(text);
        CHECK_MESSAGE(world.flaw_of(*text) == "", entries->path().string());
        ++files;
    }
    CHECK(files >= method_input::methods().size());
}

TEST_SUITE_END();
