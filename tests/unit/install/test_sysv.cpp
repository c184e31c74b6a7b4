#include <doctest/doctest.h>
#include <unistd.h>

#include <vector>

#include "install/sysv_generator.hpp"
#include "temporary_directory.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("install");

namespace {

using Names = std::vector<std::string>;

struct ReadScript {
    explicit ReadScript(std::string_view text, std::string_view name = "web") {
        script.unit = sysv_unit_name(name);
        script.path = "/etc/init.d/" + std::string(name);
        read_sysv_script(text, script,
                         [this](std::string_view said) { warnings.emplace_back(said); });
    }
    SysvScript script;
    Names warnings;
};

std::string lsb(std::string_view lines) {
    return "#!/bin/sh\n### BEGIN INIT INFO\n" + std::string(lines) + "### END INIT INFO\n";
}

struct Machine {
    void script(std::string_view name, std::string_view text, mode_t mode = 0755) const {
        dir.write("/etc/init.d/" + std::string(name), text, mode);
    }
    void make() {
        (void)!make_directories(dir.path() + "/late").has_value();
        REQUIRE(make_sysv_units(dir.root(), dir.path() + "/late", [](std::string_view) {}));
    }
    [[nodiscard]] bool has(std::string_view name) const {
        return access((dir.path() + "/late/" + std::string(name)).c_str(), F_OK) == 0;
    }
    TemporaryDirectory dir;
};

} // namespace

TEST_CASE("a script's name becomes a service's, without .sh and escaped") {
    CHECK(sysv_unit_name("exim4") == "exim4.service");
    CHECK(sysv_unit_name("hwclock.sh") == "hwclock.service");
    CHECK(sysv_unit_name("a.service") == "a.service");
    CHECK(sysv_unit_name("a b%") == "a\\x20b\\x25.service");
    CHECK(sysv_unit_name("a.socket").empty());
}

TEST_CASE("an LSB header says after and before what a service starts") {
    ReadScript read(
        lsb("# Required-Start: $local_fs $remote_fs $syslog $named db.sh\n"
            "# should-start:\t$time \"two words\" $own\n"
            "# X-Start-After: portmapper $portmap\n"
            "# X-Start-Before: cron $network\n"
            "# Required-Stop: nothing\n"));
    CHECK(read.script.has_lsb_header);
    CHECK(read.script.after == Names{"remote-fs.target", "nss-lookup.target", "db.service",
                                     "time-sync.target", "two\\x20words.service", "own.target",
                                     "portmapper.service", "rpcbind.target"});
    CHECK(read.script.before == Names{"cron.service", "network-online.target"});
    CHECK(read.script.wants.empty());
}

TEST_CASE("who needs the network wants it as well") {
    ReadScript read(lsb("# Required-Start: $network\n"));
    CHECK(read.script.after == Names{"network-online.target"});
    CHECK(read.script.wants == Names{"network-online.target"});
}

TEST_CASE("what a script provides is an alias, or a target that it pulls in") {
    ReadScript read(lsb("# Provides: web www $httpd $network a.socket $f@x\n"));
    CHECK(read.script.aliases == Names{"www.service"});
    CHECK(read.script.wants == Names{"httpd.target", "network-online.target", "network.target"});
    CHECK(read.script.before == read.script.wants);
    CHECK(read.warnings == Names{"[/etc/init.d/web:3] Unknown unit type for unit 'a.socket'",
                                 "[/etc/init.d/web:3] Could not build name for facility $f@x"});
}

TEST_CASE("the short description wins, then the older form, then the long one") {
    CHECK(ReadScript(lsb("# Short-Description: A web\n# Description: Long\n")).script.description ==
          "LSB: A web");
    CHECK(ReadScript(lsb("# Description: Long\n#  goes on\n#\tand on\n# Foo: x\n#  not this\n"))
              .script.description == "LSB: Long goes on and on");
    CHECK(ReadScript("# description: Old \\\n#  goes on \\\n#  and on\n# no more\n")
              .script.description == "SYSV: Old goes on and on");
    CHECK(ReadScript(lsb("# Short-Description:\n") + "# description: after\n").script.description ==
          "LSB: after");
    CHECK(ReadScript("#!/bin/sh\n").script.description.empty());
}

TEST_CASE("a usage line that names reload makes the service reloadable") {
    CHECK(ReadScript("echo \"Usage: $0 {start|stop|reload}\"\n").script.can_reload);
    CHECK(ReadScript("echo USAGE: \\\n  start \\\n  {reload|stop}\n").script.can_reload);
    CHECK(!ReadScript("echo \"Usage: $0 {start|force-reload}\"\n").script.can_reload);
    CHECK(!ReadScript("# Usage: {reload}\necho {reload}\n").script.can_reload);
}

TEST_CASE("a PID file is taken from its comment where it is absolute") {
    CHECK(ReadScript("# pidfile: /run/web.pid\n").script.pid_file == "/run/web.pid");
    ReadScript relative("\n# pidfile: web.pid\n");
    CHECK(relative.script.pid_file.empty());
    CHECK(relative.warnings == Names{"[/etc/init.d/web:2] PID file not absolute. Ignoring."});
}

TEST_CASE("the unit has what systemd-sysv-generator gives it") {
    ReadScript read(lsb("# Required-Start: db\n# Short-Description: 100% web\n") +
                    "# pidfile: /run/w%eb.pid\necho Usage {reload}\n");
    CHECK(
        sysv_unit_text(read.script)
            .find(
                "[Unit]\nDocumentation=man:systemd-sysv-generator(8)\nSourcePath=/etc/init.d/web\n"
                "Description=LSB: 100%% web\nAfter=db.service\n\n"
                "[Service]\nType=forking\nRestart=no\nTimeoutSec=5min\nIgnoreSIGPIPE=no\nKillMode="
                "process\n"
                "GuessMainPID=no\nRemainAfterExit=no\nPIDFile=/run/w%%eb.pid\nSuccessExitStatus=5 "
                "6\n"
                "ExecStart=/etc/init.d/web start\nExecStop=/etc/init.d/web "
                "stop\nExecReload=/etc/init.d/web reload\n") != std::string::npos);
    auto plain = sysv_unit_text(ReadScript("#!/bin/sh\n").script);
    CHECK(plain.find("RemainAfterExit=yes\nExecStart=") != std::string::npos);
    CHECK(plain.find("Reload") == std::string::npos);
}

TEST_CASE("links of the run levels say what wants a script's service") {
    Machine machine;
    machine.script("web", lsb("# Provides: web www\n"));
    for (const char* link : {"/etc/rc1.d/S01web", "/etc/rc3.d/S01web", "/etc/rc4.d/S01web",
                             "/etc/rc5.d/K01web", "/etc/rc0.d/S01web", "/etc/rcS.d/S01web"})
        machine.dir.link(link, "../init.d/web");
    machine.make();
    CHECK(*read_link(machine.dir.path() + "/late/multi-user.target.wants/web.service") ==
          "../web.service");
    CHECK(machine.has("rescue.target.wants/web.service"));
    CHECK(!machine.has("graphical.target.wants"));
    CHECK(*read_link(machine.dir.path() + "/late/www.service") == "web.service");
    CHECK(machine.dir.read("/late/web.service")
              .find("Before=rescue.target\nBefore=multi-user.target\n") != std::string::npos);
}

TEST_CASE("a script with a unit of its own, a masked one too, is left alone") {
    Machine machine;
    for (const char* name : {"native", "masked", "rc", "web"}) machine.script(name, "#!/bin/sh\n");
    machine.script("plain", "#!/bin/sh\n", 0644);
    machine.script("web.bak", "#!/bin/sh\n");
    machine.dir.write("/lib/systemd/system/native.service", "[Service]\nExecStart=/bin/true\n");
    machine.dir.link("/etc/systemd/system/masked.service", "/dev/null");
    machine.dir.write("/run/systemd/generator.late/web.service",
                      "[Service]\nExecStart=/bin/true\n");
    machine.make();
    for (const char* name : {"native", "masked", "rc", "plain", "web.bak"}) {
        CAPTURE(name);
        CHECK(!machine.has(std::string(name) + ".service"));
    }
    CHECK(machine.has("web.service"));
}

TEST_CASE("the numbers of links order scripts where one has no LSB header") {
    Machine machine;
    machine.script("a", "#!/bin/sh\n");
    machine.script("b", lsb(""));
    machine.script("c", lsb(""));
    machine.dir.link("/etc/rc2.d/S20a", "../init.d/a");
    machine.dir.link("/etc/rc2.d/S10b", "../init.d/b");
    machine.dir.link("/etc/rc2.d/S30c", "../init.d/c");
    machine.make();
    auto a = machine.dir.read("/late/a.service"), b = machine.dir.read("/late/b.service");
    CHECK(a.find("Before=c.service\n") != std::string::npos);
    CHECK(a.find("After=b.service\n") != std::string::npos);
    CHECK(b.find("Before=a.service\n") != std::string::npos);
    CHECK(b.find("c.service") == std::string::npos);
}
