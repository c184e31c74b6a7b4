// Any bytes as either side's words before the first message: fuzz_sasl tests/data/corpus/sasl
#include <cstdio>
#include <cstdlib>

#include "wire_input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    auto flaw = wire_input::flaw_of_dialogue({reinterpret_cast<const char*>(data), size});
    if (flaw.empty()) return 0;
    std::fprintf(stderr, "%s\n", flaw.c_str());
    std::abort();
}
