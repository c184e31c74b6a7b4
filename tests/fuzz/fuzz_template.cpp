// Any bytes as a template and what it includes: fuzz_template DIRECTORY, where write_seeds.py has
// written seeds
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "template_input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    template_input::bound_tightly();
    auto flaw = template_input::flaw_of_rendering({reinterpret_cast<const char*>(data), size});
    sctl::jinja::give_back_all();
    if (flaw.empty()) return 0;
    std::fprintf(stderr, "%s\n", flaw.c_str());
    std::abort();
}
