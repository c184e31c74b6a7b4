// doctest and what every unit test includes, compiled once: see src/precompiled/std.hpp.
#include <doctest/doctest.h>

#include "precompiled/std.hpp"
