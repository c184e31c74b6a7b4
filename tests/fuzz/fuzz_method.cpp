// Any bytes as the arguments of any method, by root: fuzz_method tests/data/corpus/method
#include <cstdio>
#include <cstdlib>

#include "method_input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static auto& world = *new method_input::World; // never destroyed: the fuzzer ends by exit()
    auto flaw = world.flaw_of({reinterpret_cast<const char*>(data), size});
    if (flaw.empty()) return 0;
    std::fprintf(stderr, "%s\n", flaw.c_str());
    std::abort();
}
