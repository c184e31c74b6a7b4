#include "base/base64.hpp"

#include <doctest/doctest.h>

#include <cerrno>

using namespace sctl;

TEST_SUITE_BEGIN("base");

TEST_CASE("base64 is decoded, with white space and never without its end") {
    CHECK(*decode_base64("aGVs bG8=\n") == "hello");
    CHECK(decode_base64("")->empty());
    CHECK(decode_base64("aGk").error().code == EPIPE);
    for (auto text : {"!!", "aG=k", "=", "aGk==="}) CHECK(!decode_base64(text));
}

TEST_SUITE_END();
