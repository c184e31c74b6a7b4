#include <doctest/doctest.h>

#include <cerrno>

#include "base/text.hpp"
#include "table.hpp"
#include "temporary_directory.hpp"
#include "unit/loader.hpp"
#include "unit/settings/directives.hpp"
#include "unit/socket/socket_config.hpp"
#include "unit/unit_kind.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("unit");

namespace {

// A socket unit of this text, and what is said of it.
struct SocketFile {
    explicit SocketFile(std::string_view settings, std::string_view name = "a.socket",
                        std::string_view head = "") {
        directory.write(cat("/u/", name), cat(head, "[Socket]\n", settings));
        WarningSink warn = [this](std::string_view text) { said += cat(text, "\n"); };
        SearchPath paths;
        paths.directories = {"/u"};
        auto index = UnitIndex::scan(directory.root(), paths, warn);
        unit = load_unit(index, UnitName::parse(name).value(), Facts{}, {}, warn);
    }
    [[nodiscard]] const SocketConfig& config() const { return *socket_config(unit); }
    [[nodiscard]] PropertyValue shown(std::string_view directive) const {
        return *value_of(*find_directive(kind_of(unit), "Socket", directive), unit);
    }
    [[nodiscard]] bool depends(Dependency kind, std::string_view on) const {
        for (const auto& written : unit.unit.dependencies)
            if (written.kind == kind && written.name.str() == on) return true;
        return false;
    }

    TemporaryDirectory directory;
    std::string said;
    LoadedUnit unit;
};

std::string listen_text(std::string_view setting) {
    SocketFile file(cat(setting, "\n"));
    return file.config().places.empty() ? "" : file.config().places.front().text();
}

} // namespace

TEST_CASE("settings of [Socket] are taken, or warned of, as systemd 252 does") {
    for (const auto& row : read_table("socket-settings.tsv")) {
        CAPTURE(row[0]);
        SocketFile file(cat("ListenStream=/run/x\n", row[0],
                            "\nAccept=no\nSymlinks=\nListenStream=\n"
                            "ListenFIFO=/f\n"));
        auto warning = row[1].empty() ? "" : cat("/u/a.socket:3: ", row[1], "\n");
        CHECK(file.said == warning);
        CHECK((file.unit.load_state == LoadState::Loaded));
    }
}

TEST_CASE("addresses are shown as systemd shows them") {
    CHECK(listen_text("ListenStream=/run//x/./y") == "/run/x/y");
    CHECK(listen_text("ListenStream=@a b") == "@a b");
    CHECK(listen_text("ListenStream=127.0.0.1:0x50") == "127.0.0.1:80");
    CHECK(listen_text("ListenDatagram=[::1]:80%%1") == "[::1]:80%lo");
    CHECK(listen_text("ListenStream=[::ffff:1.2.3.4]:5") == "[::ffff:1.2.3.4]:5");
    CHECK(listen_text("ListenStream=vsock::7") == "vsock::7");
    CHECK(listen_text("ListenStream=vsock:2:7") == "vsock:2:7");
    CHECK(listen_text("ListenNetlink=kobject-uevent 1") == "kobject-uevent 1");
    CHECK(listen_text("ListenNetlink=route") == "route 0");
    CHECK(listen_text("ListenFIFO=/run/f/") == "/run/f");
    CHECK(parse_socket_address("80", true)->family() == AF_INET6);
    CHECK(parse_socket_address("80", false)->family() == AF_INET);
    SocketFile file(
        "ListenStream=/s\nListenSequentialPacket=/q\nListenFIFO=/f\nListenSpecial=/d\n"
        "ListenMessageQueue=/m\nListenUSBFunction=/u\n");
    CHECK(file.shown("ListenStream") == PropertyValue(StringPairs{{"Stream", "/s"},
                                                                  {"SequentialPacket", "/q"},
                                                                  {"FIFO", "/f"},
                                                                  {"Special", "/d"},
                                                                  {"MessageQueue", "/m"},
                                                                  {"USBFunction", "/u"}}));
}

TEST_CASE(
    "an address in IPv6's form of one of IPv4 is shown as the latter where that is asked for") {
    auto mapped = *parse_socket_address("[::ffff:1.2.3.4]:5", true);
    CHECK(to_text(mapped, true) == "1.2.3.4:5");
    CHECK(to_text(mapped, true, AddressPart::WithoutPort) == "1.2.3.4");
    CHECK(instance_text(mapped) == "1.2.3.4:5");
    auto six = *parse_socket_address("[fe80::1]:5%1", true);
    CHECK(to_text(six, true, AddressPart::WithoutPort) == "fe80::1%lo");
    CHECK(instance_text(six) == "fe80::1:5");
    CHECK(port_of(six) == 5);
}

TEST_CASE("a socket that makes no sense is refused in systemd's words") {
    auto refusal = [](std::string_view settings) {
        SocketFile file(settings);
        CHECK((file.unit.load_state == LoadState::BadSetting));
        return file.said;
    };
    CHECK(
        refusal("") ==
        "a.socket: Unit has no Listen setting (ListenStream=, ListenDatagram=, ListenFIFO=, ...). "
        "Refusing.\n");
    constexpr std::string_view accepts_nothing =
        "a.socket: Unit configured for accepting sockets, but sockets are non-accepting. "
        "Refusing.\n";
    CHECK(refusal("Accept=yes\nListenDatagram=80\n") == accepts_nothing);
    CHECK(refusal("Accept=yes\nListenStream=80\nListenFIFO=/x\n") == accepts_nothing);
    CHECK(refusal("Accept=yes\nListenStream=80\nMaxConnections=0\n") ==
          "a.socket: MaxConnection= setting too small. Refusing.\n");
    CHECK(refusal("Accept=yes\nListenStream=80\nService=y.service\n") ==
          "a.socket: Explicit service configuration for accepting socket units not supported. "
          "Refusing.\n");
    CHECK(refusal("PAMName=x\nListenStream=80\nKillMode=mixed\n") ==
          "a.socket: Unit has PAM enabled. Kill mode must be set to 'control-group'. Refusing.\n");
    for (auto places :
         {"ListenStream=80\n", "ListenStream=@x\n", "ListenStream=/x\nListenFIFO=/y\n"})
        CHECK(refusal(cat("Symlinks=/a\n", places)) ==
              "a.socket: Unit has symlinks set but none or more than one node in the file system. "
              "Refusing.\n");
    CHECK(refusal("ListenStream=80\nSocketUser=a:b\n") ==
          "/u/a.socket:3: Invalid user/group name or numeric ID: a:b\n"
          "a.socket: Unit configuration has fatal error, unit will not be started.\n");
}

TEST_CASE("the trigger limit depends on Accept= unless it is written") {
    CHECK(SocketFile("ListenStream=80\n").config().trigger_limit_burst == 20);
    SocketFile accepting("ListenStream=80\nAccept=yes\n");
    CHECK(accepting.config().trigger_limit_burst == 200);
    CHECK(accepting.config().trigger_limit_interval == 2s);
    SocketFile written(
        "ListenStream=80\nAccept=yes\nTriggerLimitBurst=3\nTriggerLimitIntervalSec=9\n");
    CHECK(written.config().trigger_limit_burst == 3);
    CHECK(written.config().trigger_limit_interval == 9s);
}

TEST_CASE("a socket triggers its service, and depends on what its nodes lie on") {
    using enum Dependency;
    SocketFile plain(
        "ListenStream=/run/x\nListenFIFO=/run/f\nListenStream=80\nListenStream=@a\n"
        "ListenMessageQueue=/q\n");
    CHECK(plain.depends(Triggers, "a.service"));
    CHECK(plain.depends(Before, "a.service"));
    CHECK(plain.depends(Before, "sockets.target"));
    CHECK(plain.depends(Requires, "sysinit.target"));
    CHECK(plain.depends(After, "sysinit.target"));
    CHECK(plain.depends(Conflicts, "shutdown.target"));
    CHECK(!plain.depends(After, "systemd-journald.socket"));
    CHECK(plain.unit.unit.requires_mounts_for == Strings{"/run/x", "/run/f"});

    SocketFile bare("ListenStream=80\nService=b.service\nExecStartPre=/bin/true\n", "a.socket",
                    "[Unit]\nDefaultDependencies=no\n");
    CHECK(bare.depends(Triggers, "b.service"));
    CHECK(!bare.depends(Before, "sockets.target"));
    CHECK(bare.depends(After, "systemd-journald.socket"));

    SocketFile accepting("ListenStream=80\nAccept=yes\n");
    CHECK(!accepting.depends(Triggers, "a.service"));
}

TEST_CASE("descriptors are named after the unit, what Accept= gives, or as is written") {
    CHECK(SocketFile("ListenStream=80\n").shown("FileDescriptorName") ==
          PropertyValue(std::string("a.socket")));
    CHECK(SocketFile("ListenStream=80\nAccept=yes\n").shown("FileDescriptorName") ==
          PropertyValue(std::string("connection")));
    CHECK(SocketFile("ListenStream=80\nFileDescriptorName=x\n").shown("FileDescriptorName") ==
          PropertyValue(std::string("x")));
}

TEST_SUITE_END();
