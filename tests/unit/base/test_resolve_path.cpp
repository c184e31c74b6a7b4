#include "base/resolve_path.hpp"

#include <doctest/doctest.h>

#include <cerrno>

#include "temporary_directory.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("base");

TEST_CASE("links are resolved as seen from inside the root") {
    TemporaryDirectory dir;
    dir.write("/usr/lib/a", "");
    dir.link("/lib", "usr/lib");
    dir.link("/etc/absolute", "/lib/a");
    dir.link("/etc/climbing", "../../../../../lib/./a");
    CHECK(resolve_path(dir.root(), "/etc/absolute").value() == "/usr/lib/a");
    CHECK(resolve_path(dir.root(), "/etc//climbing/").value() == "/usr/lib/a");
    CHECK(resolve_path(dir.root(), "/").value() == "/");
    CHECK(resolve_path(dir.root(), "/lib/..").value() == "/usr");
}

TEST_CASE("the last part may be kept, then nothing need exist") {
    TemporaryDirectory dir;
    dir.link("/lib", "usr/lib");
    dir.link("/usr/lib/a", "b");
    CHECK(resolve_path(dir.root(), "/lib/a", LastPart::Keep).value() == "/usr/lib/a");
    CHECK(resolve_path(dir.root(), "/none/at/all", LastPart::Keep).value() == "/none/at/all");
    CHECK(resolve_path(dir.root(), "/none/at/all").error().code == ENOENT);
}

TEST_CASE("links that lead in a circle end in ELOOP") {
    TemporaryDirectory dir;
    dir.link("/a", "b");
    dir.link("/b", "/a");
    CHECK(resolve_path(dir.root(), "/a").error().code == ELOOP);
    CHECK(resolve_path(dir.root(), "/a/x", LastPart::Keep).error().code == ELOOP);
}
