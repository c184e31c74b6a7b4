#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <string_view>

#include "journal/capture.hpp"
#include "os/remove_tree.hpp"

// CaptureClient and Remover run their own binary, which here is this one.
int main(int argc, char** argv) {
    if (argc > 0 && std::string_view(argv[0]) == "sctl-capture")
        return sctl::run_capture(argc, argv);
    if (argc > 0 && std::string_view(argv[0]) == "sctl-remove") return sctl::run_remove(argc, argv);
    return doctest::Context(argc, argv).run();
}
