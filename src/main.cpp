// Picks what to be by program name and verb, and holds the outermost exception boundary.
#include <unistd.h>

#include <exception>
#include <new>

#include "base/log.hpp"
#include "client/client.hpp"

int main(int argc, char** argv) {
    try {
        return sctl::run_client(argc, argv);
    } catch (const std::bad_alloc&) {
        sctl::log_error("Out of memory.");
    } catch (const std::exception& error) {
        sctl::log_error("Failed: ", error.what());
    }
    return 1;
}
