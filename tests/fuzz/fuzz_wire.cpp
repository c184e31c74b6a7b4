// Any bytes as a message: fuzz_wire tests/data/corpus/wire
#include <cstdio>
#include <cstdlib>

#include "wire_input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    auto flaw = wire_input::flaw_of_message({reinterpret_cast<const char*>(data), size});
    if (flaw.empty()) return 0;
    std::fprintf(stderr, "%s\n", flaw.c_str());
    std::abort();
}
