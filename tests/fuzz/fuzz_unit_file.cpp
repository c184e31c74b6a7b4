// Any bytes as a unit file: fuzz_unit_file tests/data/corpus/unit_file
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "unit_file_input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    auto flaw = unit_file_input::flaw_of({reinterpret_cast<const char*>(data), size});
    if (flaw.empty()) return 0;
    std::fprintf(stderr, "%s\n", flaw.c_str());
    std::abort();
}
