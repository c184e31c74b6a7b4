#include <doctest/doctest.h>

#include "fake_manager.hpp"
#include "temporary_directory.hpp"

TEST_SUITE_BEGIN("client");

using namespace sctl;

namespace {

// A root with unit files, where no manager is and none is asked.
struct Image {
    TemporaryDirectory directory;

    Image() {
        directory.write("/etc/systemd/system/a.service",
                        "[Service]\nExecStart=/bin/a\n[Install]\nWantedBy=multi-user.target\n");
        directory.write("/etc/systemd/system/b.service", "[Service]\nExecStart=/bin/b\n");
        directory.write("/etc/systemd/system/b.service.d/10.conf", "[Service]\nNice=1\n");
    }

    FakeManager::Outcome run(std::vector<std::string> words) const {
        words.insert(words.begin(), cat("--root=", directory.path()));
        FakeManager manager;
        auto outcome = manager.run(words);
        CHECK(outcome.calls.empty());
        return outcome;
    }
};

} // namespace

TEST_CASE("with --root= units are enabled and disabled without a manager") {
    Image image;
    auto got = image.run({"is-enabled", "a"});
    CHECK(got.out == "disabled\n");
    CHECK(got.status == 1);
    got = image.run({"enable", "a"});
    CHECK(got.status == 0);
    CHECK(
        got.err.find("multi-user.target.wants/a.service \u2192 /etc/systemd/system/a.service.\n") !=
        std::string::npos);
    got = image.run({"is-enabled", "a", "b"});
    CHECK(got.out == "enabled\nstatic\n");
    CHECK(got.status == 0);
    CHECK(image.run({"-q", "disable", "a"}).err == "");
    CHECK(image.run({"-q", "is-enabled", "a"}).status == 1);
}

TEST_CASE("is-enabled stops at a unit that is not there") {
    Image image;
    auto got = image.run({"is-enabled", "nosuch", "b"});
    CHECK(got.out == "");
    CHECK(got.err ==
          "Failed to get unit file state for nosuch.service: No such file or directory\n");
    CHECK(got.status == 1);
}

TEST_CASE("list-unit-files shows states and presets") {
    Image image;
    auto got = image.run({"list-unit-files", "?.service"});
    CHECK(got.out ==
          "UNIT FILE STATE    PRESET\n"
          "a.service disabled enabled\n"
          "b.service static   -\n"
          "\n"
          "2 unit files listed.\n");
    CHECK(got.status == 0);
    CHECK(image.run({"list-unit-files", "--no-legend", "nosuch*"}).status == 1);
    CHECK(image.run({"list-unit-files", "--no-legend", "--state=static", "?.service"}).out ==
          "b.service static -\n");
    CHECK(image.run({"list-unit-files", "-o", "json", "?.service"}).out ==
          "[{\"unit_file\":\"a.service\",\"state\":\"disabled\",\"preset\":\"enabled\"},"
          "{\"unit_file\":\"b.service\",\"state\":\"static\",\"preset\":null}]\n");
    auto nothing = image.run({"list-unit-files", "-o", "json", "nosuch*"});
    CHECK(nothing.out == "[]\n");
    CHECK(nothing.status == 1);
}

TEST_CASE("the default target is set and told") {
    Image image;
    CHECK(image.run({"set-default", "multi-user"}).status == 0);
    CHECK(image.run({"get-default"}).out == "multi-user.target\n");
    auto got = image.run({"set-default", "nosuch"});
    CHECK(got.status == 1);
}

TEST_CASE("preset-all and presets of single units follow the preset files") {
    Image image;
    CHECK(image.run({"--preset-mode=enable-only", "--system", "preset", "a.service"}).status == 0);
    CHECK(image.run({"is-enabled", "a"}).out == "enabled\n");
    image.directory.write("/etc/systemd/system-preset/00.preset", "disable *\n");
    CHECK(image.run({"preset-all"}).status == 0);
    CHECK(image.run({"is-enabled", "a"}).out == "disabled\n");
}

TEST_CASE("a directory that is not there is told") {
    FakeManager manager;
    auto got = manager.run({"--root=/nonexistent", "is-enabled", "a"});
    CHECK(got.err ==
          "Failed to initialize unit search paths for root directory /nonexistent: "
          "No such file or directory\n");
    CHECK(got.status == 1);
}

TEST_CASE("cat reads the files where there is no manager") {
    TemporaryDirectory directory;
    directory.write("/etc/systemd/system/b.service", "[Service]\nExecStart=/bin/b\n");
    directory.write("/etc/systemd/system/b.service.d/10.conf", "[Service]\nNice=1");
    directory.link("/etc/systemd/system/m.service", "/dev/null");
    Session session(
        read_client_request({cat("--instance=", directory.path()), "cat", "b", "m"}).value());
    ::setenv("SYSTEMD_OFFLINE", "0", 1);
    CHECK(run_verb(session) == 0);
    auto at = cat("# ", directory.path(), "/etc/systemd/system/b.service");
    CHECK(session.out() == cat(at, "\n[Service]\nExecStart=/bin/b\n\n", at,
                               ".d/10.conf\n[Service]\nNice=1\n", "# Unit m.service is masked.\n"));
}

TEST_SUITE_END();
