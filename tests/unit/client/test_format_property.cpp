#include <doctest/doctest.h>

#include <functional>

#include "client/text/format_property.hpp"
#include "wire/message.hpp"

TEST_SUITE_BEGIN("client");

using namespace sctl;

namespace {

using Write = std::function<void(Writer&)>;

// What `show` prints for a property of this name and type.
std::string shown(std::string_view name, std::string_view type, const Write& write,
                  const PropertyStyle& style = {}) {
    Writer body;
    body.open_variant(type);
    write(body);
    body.close_variant();
    REQUIRE(body.status());
    Reader in(body.body(), body.signature());
    std::string out;
    auto inner = in.enter_variant();
    REQUIRE(inner);
    CHECK(append_property(out, style, name, *inner, in));
    CHECK(in.exit_variant());
    CHECK(in.finish());
    return out;
}

std::string number_line(std::string_view name, uint64_t value) {
    return shown(name, "t", [&](Writer& out) { out.uint64(value); });
}
std::string small(std::string_view name, uint32_t value) {
    return shown(name, "u", [&](Writer& out) { out.uint32(value); });
}

constexpr PropertyStyle with_empty{.empty = true};

} // namespace

TEST_CASE("plain values are printed as they are") {
    CHECK(shown("Id", "s", [](Writer& out) { out.string("a.service"); }) == "Id=a.service\n");
    CHECK(shown("CanStart", "b", [](Writer& out) { out.boolean(true); }) == "CanStart=yes\n");
    CHECK(shown("CanStart", "b", [](Writer& out) { out.boolean(false); }) == "CanStart=no\n");
    CHECK(shown("Nice", "i", [](Writer& out) { out.int32(-5); }) == "Nice=-5\n");
    CHECK(shown("X", "x", [](Writer& out) { out.int64(-7); }) == "X=-7\n");
    CHECK(shown("Progress", "d", [](Writer& out) { out.float64(0.25); }) == "Progress=0.25\n");
    CHECK(number_line("NRestarts", 3) == "NRestarts=3\n");
}

TEST_CASE("empty values are left out unless all are wanted") {
    auto nothing = [](Writer& out) { out.string(""); };
    CHECK(shown("StatusText", "s", nothing) == "");
    CHECK(shown("StatusText", "s", nothing, with_empty) == "StatusText=\n");
    auto none = [](Writer& out) { out.strings(std::vector<std::string>{}); };
    CHECK(shown("Wants", "as", none) == "");
    CHECK(shown("Wants", "as", none, with_empty) == "Wants=\n");
}

TEST_CASE("--value leaves the name out") {
    auto write = [](Writer& out) { out.string("x"); };
    CHECK(shown("Id", "s", write, {.value_only = true}) == "x\n");
}

TEST_CASE("a text of several lines is unprintable") {
    CHECK(shown("Description", "s", [](Writer& out) { out.string("a\nb"); }) ==
          "Description=[unprintable]\n");
}

TEST_CASE("lists are quoted for a shell") {
    auto write = [](Writer& out) {
        out.strings(std::vector<std::string>{"A=1", "B=x y", "C=$D", "E=\"q\""});
    };
    CHECK(shown("Environment", "as", write) ==
          "Environment=A=1 \"B=x y\" \"C=\\$D\" \"E=\\\"q\\\"\"\n");
}

TEST_CASE("times are spans or moments by their name") {
    CHECK(number_line("RestartUSec", 100000) == "RestartUSec=100ms\n");
    CHECK(number_line("TimeoutStartUSec", UINT64_MAX) == "TimeoutStartUSec=infinity\n");
    CHECK(number_line("WatchdogUSec", 0) == "WatchdogUSec=0\n");
    CHECK(number_line("ActiveEnterTimestampMonotonic", 5) == "ActiveEnterTimestampMonotonic=5\n");
    CHECK(number_line("ActiveEnterTimestamp", 0) == "");
    CHECK(shown(
              "ActiveEnterTimestamp", "t", [](Writer& out) { out.uint64(0); }, with_empty) ==
          "ActiveEnterTimestamp=\n");
    PropertyStyle utc{.timestamp = TimestampStyle::Utc};
    CHECK(shown(
              "ActiveEnterTimestamp", "t", [](Writer& out) { out.uint64(1795367701000000); },
              utc) == "ActiveEnterTimestamp=Sun 2026-11-22 17:15:01 UTC\n");
    PropertyStyle epoch{.timestamp = TimestampStyle::Unix};
    CHECK(shown(
              "ActiveEnterTimestamp", "t", [](Writer& out) { out.uint64(1795367701000000); },
              epoch) == "ActiveEnterTimestamp=@1795367701\n");
}

TEST_CASE("the highest number means that there is none, in different words") {
    CHECK(number_line("MemoryCurrent", UINT64_MAX) == "MemoryCurrent=[not set]\n");
    CHECK(number_line("CPUUsageNSec", UINT64_MAX) == "CPUUsageNSec=[not set]\n");
    CHECK(number_line("CPUWeight", UINT64_MAX) == "CPUWeight=[not set]\n");
    CHECK(number_line("MemoryMax", UINT64_MAX) == "MemoryMax=infinity\n");
    CHECK(number_line("TasksMax", UINT64_MAX) == "TasksMax=infinity\n");
    CHECK(number_line("LimitCPUSoft", UINT64_MAX) == "LimitCPUSoft=infinity\n");
    CHECK(number_line("DefaultLimitCPU", UINT64_MAX) == "DefaultLimitCPU=infinity\n");
    CHECK(number_line("IPIngressBytes", UINT64_MAX) == "IPIngressBytes=[no data]\n");
    CHECK(number_line("IOReadBytes", UINT64_MAX) == "IOReadBytes=18446744073709551615\n");
    CHECK(small("UID", UINT32_MAX) == "UID=[not set]\n");
    CHECK(small("GID", 5) == "GID=5\n");
}

TEST_CASE("modes are octal, sets of bits have names") {
    CHECK(small("UMask", 022) == "UMask=0022\n");
    CHECK(small("RuntimeDirectoryMode", 0755) == "RuntimeDirectoryMode=0755\n");
    CHECK(number_line("CoredumpFilter", 0x33) == "CoredumpFilter=0x33\n");
    CHECK(number_line("CapabilityBoundingSet", 1 | 1 << 5) ==
          "CapabilityBoundingSet=cap_chown cap_kill\n");
    CHECK(number_line("AmbientCapabilities", 0) == "");
    CHECK(number_line("RestrictNamespaces", 0x7e020000) == "RestrictNamespaces=no\n");
    CHECK(number_line("RestrictNamespaces", 0) == "RestrictNamespaces=yes\n");
    CHECK(number_line("RestrictNamespaces", 0x50000000) == "RestrictNamespaces=net user\n");
    CHECK(number_line("MountFlags", 1 << 19) == "MountFlags=slave\n");
}

TEST_CASE("bytes are hexadecimal, processors ranges, data base64") {
    auto bytes = [](std::vector<uint8_t> values) {
        return [values](Writer& out) {
            out.open_array("y");
            for (auto value : values) out.byte(value);
            out.close_array();
        };
    };
    CHECK(shown("InvocationID", "ay", bytes({0x0a, 0xff})) == "InvocationID=0aff\n");
    CHECK(shown("InvocationID", "ay", bytes({})) == "");
    CHECK(shown("CPUAffinity", "ay", bytes({0x4f, 0x80})) == "CPUAffinity=0-3 6 15\n");
    CHECK(shown("StandardInputData", "ay", bytes({'h', 'e', 'l', 'l'})) ==
          "StandardInputData=aGVsbA==\n");
}

TEST_CASE("a job is its number, or nothing") {
    auto job = [](uint32_t id) {
        return [id](Writer& out) { out.open_struct().uint32(id).object_path("/").close_struct(); };
    };
    CHECK(shown("Job", "(uo)", job(7)) == "Job=7\n");
    CHECK(shown("Job", "(uo)", job(0)) == "");
    CHECK(shown("Job", "(uo)", job(0), with_empty) == "Job=\n");
}

TEST_CASE("a load error is its name and its text") {
    auto error = [](std::string_view name, std::string_view text) {
        return [=](Writer& out) { out.open_struct().string(name).string(text).close_struct(); };
    };
    CHECK(shown("LoadError", "(ss)", error("", "")) == ""); // any LoadError fails Ansible's task
    CHECK(shown("LoadError", "(ss)", error("a.b", "Not found.")) ==
          "LoadError=a.b \"Not found.\"\n");
}

TEST_CASE("environment files say whether they may be missing") {
    auto write = [](Writer& out) {
        out.open_array("(sb)");
        out.open_struct().string("/a").boolean(true).close_struct();
        out.open_struct().string("/b").boolean(false).close_struct();
        out.close_array();
    };
    CHECK(shown("EnvironmentFiles", "a(sb)", write) ==
          "EnvironmentFiles=/a (ignore_errors=yes)\nEnvironmentFiles=/b (ignore_errors=no)\n");
}

TEST_CASE("commands are printed with what became of them") {
    auto command = [](bool has_run) {
        return [=](Writer& out) {
            out.open_array("(sasbttttuii)").open_struct();
            out.string("/bin/sleep")
                .strings(std::vector<std::string>{"sleep", "1 0"})
                .boolean(false);
            for (int i = 0; i < 4; ++i) out.uint64(has_run ? 1795367701000000 : 0);
            out.uint32(has_run ? 77 : 0).int32(has_run ? 2 : 0).int32(has_run ? 15 : 0);
            out.close_struct().close_array();
        };
    };
    CHECK(shown("ExecStart", "a(sasbttttuii)", command(false)) ==
          "ExecStart={ path=/bin/sleep ; argv[]=sleep 1 0 ; ignore_errors=no ; start_time=[n/a] ; "
          "stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }\n");
    PropertyStyle utc{.timestamp = TimestampStyle::Utc};
    CHECK(shown("ExecStart", "a(sasbttttuii)", command(true), utc) ==
          "ExecStart={ path=/bin/sleep ; argv[]=sleep 1 0 ; ignore_errors=no ; "
          "start_time=[Sun 2026-11-22 17:15:01 UTC] ; stop_time=[Sun 2026-11-22 17:15:01 UTC] ; "
          "pid=77 ; "
          "code=killed ; status=15/TERM }\n");
}

TEST_CASE("commands with flags name them") {
    auto write = [](Writer& out) {
        out.open_array("(sasasttttuii)").open_struct();
        out.string("/bin/a").strings(std::vector<std::string>{"a"});
        out.strings(std::vector<std::string>{"ignore-failure", "privileged"});
        for (int i = 0; i < 4; ++i) out.uint64(0);
        out.uint32(5).int32(1).int32(3).close_struct().close_array();
    };
    CHECK(shown("ExecStartPreEx", "a(sasasttttuii)", write) ==
          "ExecStartPreEx={ path=/bin/a ; argv[]=a ; flags=ignore-failure privileged ; "
          "start_time=[n/a] ; "
          "stop_time=[n/a] ; pid=5 ; code=exited ; status=3 }\n");
}

TEST_CASE("exit statuses come before signals") {
    auto write = [](Writer& out) {
        out.open_struct().open_array("i").int32(1).int32(2).close_array();
        out.open_array("i").int32(1).close_array().close_struct();
    };
    CHECK(shown("SuccessExitStatus", "(aiai)", write) == "SuccessExitStatus=1 2 HUP\n");
    auto none = [](Writer& out) {
        out.open_struct()
            .open_array("i")
            .close_array()
            .open_array("i")
            .close_array()
            .close_struct();
    };
    CHECK(shown("SuccessExitStatus", "(aiai)", none) == "");
    CHECK(shown("SuccessExitStatus", "(aiai)", none, with_empty) == "SuccessExitStatus=\n");
}

TEST_CASE("a filter that denies begins with a tilde") {
    auto filter = [](bool allows, std::vector<std::string> names) {
        return
            [=](Writer& out) { out.open_struct().boolean(allows).strings(names).close_struct(); };
    };
    CHECK(shown("SystemCallFilter", "(bas)", filter(true, {"read", "write"})) ==
          "SystemCallFilter=read write\n");
    CHECK(shown("RestrictAddressFamilies", "(bas)", filter(false, {"AF_UNIX"})) ==
          "RestrictAddressFamilies=~AF_UNIX\n");
    CHECK(shown("SystemCallFilter", "(bas)", filter(false, {})) == "");
    CHECK(shown("SystemCallFilter", "(bas)", filter(false, {}), with_empty) ==
          "SystemCallFilter=~\n");
}

TEST_CASE("sockets and timers list what they wait for") {
    auto listen = [](Writer& out) {
        out.open_array("(ss)")
            .open_struct()
            .string("Stream")
            .string("/run/x")
            .close_struct()
            .close_array();
    };
    CHECK(shown("Listen", "a(ss)", listen) == "Listen=/run/x (Stream)\n");
    auto timer = [](Writer& out) {
        out.open_array("(stt)")
            .open_struct()
            .string("OnBootUSec")
            .uint64(900000000)
            .uint64(UINT64_MAX);
        out.close_struct().close_array();
    };
    CHECK(shown("TimersMonotonic", "a(stt)", timer) ==
          "TimersMonotonic={ OnBootUSec=15min ; next_elapse=infinity }\n");
}

TEST_CASE("a type without a format is left out, or unprintable where all is wanted") {
    auto write = [](Writer& out) { out.open_array("(sbbsi)").close_array(); };
    CHECK(shown("Conditions", "a(sbbsi)", write) == "");
    CHECK(shown("Conditions", "a(sbbsi)", write, with_empty) == "Conditions=[unprintable]\n");
}

TEST_SUITE_END();
