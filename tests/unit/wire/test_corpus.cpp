#include <doctest/doctest.h>

#include <boost/filesystem.hpp>

#include "base/files.hpp"
#include "test_data.hpp"
#include "wire_input.hpp"

namespace {

template <class Check>
size_t run_corpus(const char* name, Check check) {
    size_t files = 0;
    boost::system::error_code error;
    boost::filesystem::directory_iterator entries(std::string(TEST_DATA "/corpus/") + name, error);
    for (; !error && entries != boost::filesystem::directory_iterator(); entries.increment(error)) {
        auto text = sctl::read_file(entries->path().string());
        REQUIRE(text);
        CHECK_MESSAGE(check(*text) == "", entries->path().string());
        ++files;
    }
    return files;
}

} // namespace

TEST_SUITE_BEGIN("wire");

TEST_CASE("the fuzzers' corpus holds no message that goes astray") {
    CHECK(run_corpus("wire", wire_input::flaw_of_message) >= 20);
}

TEST_CASE("the fuzzers' corpus holds no dialogue that goes astray") {
    CHECK(run_corpus("sasl", wire_input::flaw_of_dialogue) >= 20);
}

TEST_SUITE_END();
