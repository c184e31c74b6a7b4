#include "unit/loader.hpp"

#include <doctest/doctest.h>
#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>

#include "base/text.hpp"
#include "temporary_directory.hpp"
#include "unit/dependencies.hpp"
#include "unit/service/service_config.hpp"
#include "unit/settings/directives.hpp"
#include "unit/unit_kind.hpp"
#include "unit/values/enum_text.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("unit");

namespace {

// Unit files below one directory, loaded by name.
struct Units {
    TemporaryDirectory directory;
    Facts facts;
    UnitDefaults defaults;
    std::vector<std::string> warnings;

    void write(std::string_view name, std::string_view text) {
        directory.write(cat("/u/", name), text);
    }
    void link(std::string_view name, const std::string& target) {
        directory.link(cat("/u/", name), target);
    }

    LoadedUnit load(std::string_view name) {
        WarningSink warn = [this](std::string_view text) { warnings.emplace_back(text); };
        SearchPath paths;
        paths.directories = {"/u"};
        auto index = UnitIndex::scan(directory.root(), paths, warn);
        return load_unit(index, UnitName::parse(name).value(), facts, defaults, warn);
    }
    LoadedUnit load_text(std::string_view text, std::string_view name = "a.service") {
        write(name, text);
        return load(name);
    }
    std::string said() const { return join(warnings, "\n"); }
};

std::string dependencies(const LoadedUnit& unit) {
    std::string out;
    for (const auto& d : unit.unit.dependencies)
        out += cat(out.empty() ? "" : " ", to_string(d.kind), "=", d.name.str());
    return out;
}

PropertyValue shown(const LoadedUnit& unit, std::string_view directive) {
    const UnitKind& kind = kind_of(unit);
    return *value_of(*find_directive(kind, kind.section, directive), unit);
}

constexpr std::string_view plain = "[Service]\nExecStart=/bin/true\n";

} // namespace

TEST_CASE("what is wrong with a file is said in the order of its lines") {
    Units units;
    units.write("a.service.d/10.conf", "[Baz]\nA=1\n[Service]\nNice=worse\n[Baz2]\n");
    auto unit = units.load_text(
        "Stray=1\n[Unit]\nBogus=1\n[Foo]\nA=1\n[Service]\nExecStart=/bin/true\nNice=bad\n"
        "nonsense\nUnknown=1\n[Bar]\nC=1\n[Foo]\n");
    CHECK(unit.load_state == LoadState::Loaded);
    CHECK(units.said() ==
          "/u/a.service:1: Assignment outside of section. Ignoring.\n"
          "/u/a.service:3: Unknown key 'Bogus' in section [Unit], ignoring.\n"
          "/u/a.service:4: Unknown section 'Foo'. Ignoring.\n"
          "/u/a.service:8: Failed to parse nice priority 'bad', ignoring: Invalid argument\n"
          "/u/a.service:9: Missing '=', ignoring line.\n"
          "/u/a.service:10: Unknown key 'Unknown' in section [Service], ignoring.\n"
          "/u/a.service:11: Unknown section 'Bar'. Ignoring.\n"
          "/u/a.service:13: Unknown section 'Foo'. Ignoring.\n"
          "/u/a.service.d/10.conf:1: Unknown section 'Baz'. Ignoring.\n"
          "/u/a.service.d/10.conf:4: Failed to parse nice priority 'worse', ignoring: Invalid "
          "argument\n"
          "/u/a.service.d/10.conf:5: Unknown section 'Baz2'. Ignoring.");
}

TEST_CASE("after a setting that is fatal nothing of its file counts or is warned of") {
    Units units;
    auto unit = units.load_text(
        "[Service]\nNice=bad\nGroup=a:b\nNice=worse\n[Foo]\n[Service\nExecStart=/bin/true\n");
    CHECK(unit.load_state == LoadState::BadSetting);
    CHECK(units.said().find("worse") == std::string::npos);
    CHECK(units.said().find("Foo") == std::string::npos);
    CHECK(units.said().find("[Service") == std::string::npos);
}

TEST_CASE("a service is loaded with systemd's defaults and dependencies") {
    Units units;
    auto unit = units.load_text(plain);
    CHECK(unit.load_state == LoadState::Loaded);
    CHECK(unit.load_error->text == "");
    CHECK(unit.fragment_path == "/u/a.service");
    CHECK(unit.newest_mtime > Span{});
    CHECK(service_config(unit)->type == ServiceType::Simple);
    CHECK(unit.exec->std_output == ExecOutput::Journal);
    CHECK(unit.exec->std_error == ExecOutput::Inherit);
    CHECK(unit.slice == "system.slice");
    CHECK(dependencies(unit) ==
          "After=systemd-journald.socket Requires=sysinit.target After=sysinit.target "
          "After=basic.target Conflicts=shutdown.target Before=shutdown.target");
    CHECK(units.warnings.empty());

    units.facts.user_manager = true;
    CHECK(dependencies(units.load("a.service")) ==
          "Requires=basic.target After=basic.target Conflicts=shutdown.target "
          "Before=shutdown.target");
    CHECK(dependencies(units.load_text(
              "[Unit]\nDefaultDependencies=no\nAfter=b.target\n[Service]\nExecStart=/x\n")) ==
          "After=b.target");
}

TEST_CASE("a unit that cannot be loaded says so as systemd's LoadError does") {
    Units units;
    auto missing = units.load("no.service");
    CHECK(missing.load_state == LoadState::NotFound);
    CHECK(missing.load_error->text == "Unit no.service not found.");
    CHECK(missing.load_error->name == "org.freedesktop.systemd1.NoSuchUnit");
    CHECK(!missing.own);

    units.link("m.service", "/dev/null");
    units.write("e.service", "");
    for (auto name : {"m.service", "e.service"}) {
        auto masked = units.load(name);
        CHECK(masked.load_state == LoadState::Masked);
        CHECK(masked.load_error->text == cat("Unit ", name, " is masked."));
        CHECK(masked.load_error->name == "org.freedesktop.systemd1.UnitMasked");
        CHECK(masked.unit.dependencies.empty());
        CHECK(!masked.own);
    }
    units.link("t.target", "/dev/null");
    units.link("t.target.wants/x.service", "../x.service");
    CHECK(dependencies(units.load("t.target")) == "Wants=x.service");

    for (std::string target :
         {"/opt/nosuch.service", "/opt/nosuch/l.service", "/opt/loop.service"}) {
        CAPTURE(target);
        units.directory.link("/opt/loop.service", "/opt/loop.service");
        units.directory.link("/u/l.service", target);
        auto linked = units.load("l.service");
        CHECK(linked.load_state == LoadState::NotFound);
        CHECK(linked.load_error->text == "Unit l.service not found.");
        CHECK(linked.fragment_path.empty());
        CHECK(!linked.own);
        unlink((units.directory.path() + "/u/l.service").c_str());
    }
    CHECK(units.said() == "");

    auto bad = units.load_text("[Service]\nType=simple\n");
    CHECK(bad.load_state == LoadState::BadSetting);
    CHECK(bad.load_error->text == "Unit a.service has a bad unit file setting.");
    CHECK(bad.load_error->name == "org.freedesktop.systemd1.BadUnitSetting");
    CHECK(units.said() ==
          "a.service: Service has no ExecStart=, ExecStop=, or SuccessAction=. Refusing.");

    auto broken = units.load_text("[Service\nExecStart=/bin/true\n");
    CHECK(broken.load_state == LoadState::Error);
    CHECK(broken.load_error->text ==
          "Unit a.service failed to load properly, please adjust/correct and "
          "reload service manager: Bad message");
}

TEST_CASE("a fatal setting ends the loading of the fragment, but only its drop-in") {
    Units units;
    auto unit = units.load_text("[Service]\nUser=-5\nExecStart=/bin/true\n");
    CHECK(unit.load_state == LoadState::BadSetting);
    CHECK(service_config(unit)->commands(ServiceExecCommand::Start).empty());
    CHECK(units.said() ==
          "/u/a.service:2: Invalid user/group name or numeric ID: -5\n"
          "a.service: Unit configuration has fatal error, unit will not be started.");

    units.warnings.clear();
    units.write("a.service.d/10.conf", "[Service]\nNice=3\nUser=-5\nNice=4\n");
    units.write("a.service.d/20.conf", "[Service]\nUMask=077\n");
    auto with_drop_in = units.load_text(plain);
    CHECK(with_drop_in.load_state == LoadState::Loaded);
    CHECK(with_drop_in.exec->nice == 3);
    CHECK(with_drop_in.exec->umask == 077);
    CHECK(units.said() == "/u/a.service.d/10.conf:3: Invalid user/group name or numeric ID: -5");
}

TEST_CASE("drop-ins apply over the fragment in order") {
    Units units;
    units.write("a.service.d/10.conf",
                "[Service]\nExecStart=\nExecStart=/bin/b\nEnvironment=X=1 Y=1\n");
    units.write("a.service.d/20.conf", "[Unit]\nDescription=%n here\n[Service]\nEnvironment=X=2\n");
    units.link("a.service.d/30.conf", "/dev/null");
    auto unit = units.load_text(plain);
    CHECK(unit.drop_in_paths.size() == 3);
    CHECK(service_config(unit)->commands(ServiceExecCommand::Start).at(0).path == "/bin/b");
    CHECK(unit.exec->environment == std::vector<std::string>{"X=2", "Y=1"});
    CHECK(unit.unit.description == "a.service here");
    CHECK(units.warnings.empty());
}

TEST_CASE("an alias loads the unit it stands for") {
    Units units;
    units.write("a.service", plain);
    units.link("b.service", "a.service");
    auto unit = units.load("b.service");
    CHECK(unit.id.str() == "a.service");
    CHECK(unit.names.size() == 2);
    CHECK(unit.load_state == LoadState::Loaded);
}

TEST_CASE("an instance takes its template's file and its own name's specifiers") {
    Units units;
    units.write("t@.service",
                "[Unit]\nAfter=u@.service %p-%i.target\n[Service]\nExecStart=/bin/x %i\n");
    auto unit = units.load("t@one.service");
    CHECK(unit.fragment_path == "/u/t@.service");
    CHECK(service_config(unit)->commands(ServiceExecCommand::Start).at(0).arguments ==
          std::vector<std::string>{"/bin/x", "one"});
    CHECK(dependencies(unit).starts_with("After=u@one.service After=t-one.target "));
}

TEST_CASE("links in .wants and .requires directories are dependencies") {
    Units units;
    units.write("x.target", "[Unit]\nWants=c.service\n");
    units.link("x.target.wants/c.service", "../c.service");
    units.link("x.target.wants/b.service", "../b.service");
    units.link("x.target.requires/d.service", "../d.service");
    CHECK(dependencies(units.load("x.target")) ==
          "Wants=c.service Wants=b.service Requires=d.service Conflicts=shutdown.target "
          "Before=shutdown.target");
}

TEST_CASE("shutdown.target is not in conflict with itself") {
    Units units;
    units.write("shutdown.target", "[Unit]\nDescription=x\n");
    CHECK(dependencies(units.load("shutdown.target")) == "");
}

TEST_CASE("services that contradict themselves are refused in systemd's words") {
    struct {
        std::string_view settings, words;
    } const rows[] = {
        {"ExecStart=/a\nExecStart=/b",
         "Service has more than one ExecStart= setting, which is only allowed for Type=oneshot "
         "services."},
        {"Type=simple\nRemainAfterExit=yes\nExecStop=/a",
         "Service has no ExecStart= setting, which is only allowed for Type=oneshot services."},
        {"ExecStop=/a",
         "Service has no ExecStart= and no SuccessAction= settings and does not have "
         "RemainAfterExit=yes set."},
        {"Type=oneshot\nExecStart=/a\nRestart=always",
         "Service has Restart= set to either always or on-success, which isn't allowed for "
         "Type=oneshot services."},
        {"Type=oneshot\nExecStart=/a\nRestartForceExitStatus=1",
         "Service has RestartForceExitStatus= set, which isn't allowed for Type=oneshot services."},
        {"Type=oneshot\nExecStart=/a\nExitType=cgroup",
         "Service has ExitType=cgroup set, which isn't allowed for Type=oneshot services."},
        {"Type=dbus\nExecStart=/a",
         "Service is of type D-Bus but no D-Bus service name has been specified."},
    };
    for (const auto& row : rows) {
        CAPTURE(row.settings);
        Units units;
        auto unit = units.load_text(cat("[Service]\n", row.settings, "\n"));
        CHECK(unit.load_state == LoadState::BadSetting);
        CHECK(units.said() == cat("a.service: ", row.words, " Refusing."));
        CHECK(unit.own != nullptr);
    }
    for (std::string_view good :
         {"Type=oneshot\nExecStart=/a\nExecStart=/b", "RemainAfterExit=yes\nExecStop=/a",
          "Type=oneshot\nExecStart=/a\nRestart=on-failure"}) {
        Units units;
        CHECK(units.load_text(cat("[Service]\n", good, "\n")).load_state == LoadState::Loaded);
    }
}

TEST_CASE("a service comes after the mounts of what it uses, and the journal if it writes there") {
    Units units;
    units.write("srv.mount", "[Mount]\nWhat=/dev/x\n");
    auto used = units.load_text(
        "[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/a\nStandardOutput=null\n"
        "WorkingDirectory=/srv/a\nRuntimeDirectory=b c/d\n");
    CHECK(used.unit.requires_mounts_for ==
          std::vector<std::string>{"/run/b", "/run/c/d", "/srv/a"});
    CHECK(dependencies(used) == "After=-.mount Requires=srv.mount After=srv.mount");
    auto optional = units.load_text(
        "[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/a\nStandardOutput=null\n"
        "StandardError=kmsg\nWorkingDirectory=-/srv/a\n");
    CHECK(dependencies(optional) == "After=systemd-journald.socket");
}

TEST_CASE("a service that asks for a private /tmp comes after what makes the directories") {
    Units units;
    auto load = [&](std::string_view settings) {
        return units.load_text(
            cat("[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/a\nStandardOutput=null\n",
                settings));
    };
    auto asking = load("PrivateTmp=yes\n");
    CHECK(asking.unit.requires_mounts_for == std::vector<std::string>{"/var/tmp"});
    CHECK(dependencies(asking) ==
          "Wants=tmp.mount After=tmp.mount After=systemd-tmpfiles-setup.service After=-.mount");
    CHECK(dependencies(load("PrivateTmp=yes\nPrivateTmp=no\n")) == "");
}

TEST_CASE("what a unit says of itself, of nobody and of old control groups is warned of") {
    Units units;
    auto unit = units.load_text(
        "[Unit]\nAfter=a.service b.service\nConflicts=a.service\nWants=a.service\n"
        "OnFailure=a.service\n[Service]\nExecStart=/a\nUser=nobody\nGroup=nobody\n"
        "MemoryLimit=1M\nCPUShares=\nBlockIOWeight=20\nBlockIOWriteBandwidth=/dev/null 20\n");
    CHECK(unit.load_state == LoadState::Loaded);
    auto at = [&](unsigned line) { return cat(unit.fragment_path, ":", line, ": "); };
    CHECK(units.warnings ==
          std::vector<std::string>{
              "a.service: Dependency After=a.service is dropped.",
              "a.service: Dependency Conflicts=a.service is dropped.",
              "a.service: Dependency OnFailure=a.service is dropped.",
              cat(at(8), "Special user nobody configured, this is not safe!"),
              cat(at(10),
                  "Unit uses MemoryLimit=; please use MemoryMax= instead. Support for "
                  "MemoryLimit= will be removed soon."),
              cat(at(11),
                  "Unit uses CPUShares=; please use CPUWeight= instead. Support for "
                  "CPUShares= will be removed soon."),
              cat(at(13),
                  "Unit uses BlockIOWriteBandwidth=; please use IO*= settings instead. "
                  "Support for BlockIOWriteBandwidth= will be removed soon.")});
}

TEST_CASE("slices, devices and what is always there need no file") {
    Units units;
    auto slice = units.load("a-b.slice");
    CHECK(slice.load_state == LoadState::Loaded);
    CHECK(slice.unit.description == "Slice /a/b");
    CHECK(slice.slice == "a.slice");
    CHECK(dependencies(slice) == "Conflicts=shutdown.target Before=shutdown.target");
    CHECK(units.load("a.slice").slice == "-.slice");
    for (auto name : {"a--b.slice", "a-.slice", "a@b.slice", "-a.slice"}) {
        auto wrong = units.load(name); // as in systemd, it lies nowhere and cannot be started
        CHECK(wrong.load_state == LoadState::Error);
        CHECK(wrong.load_error->text.ends_with("service manager: Invalid argument"));
        CHECK(wrong.slice == "");
    }
    CHECK(units.load("dev-x.device").unit.description == "/dev/x");
    CHECK(units.load("b.mount").load_state == LoadState::NotFound);
    auto root = units.load("-.slice");
    CHECK(root.perpetual);
    CHECK(root.slice == "");
    CHECK(dependencies(root) == "");
    CHECK(units.load("init.scope").slice == "-.slice");
}

TEST_CASE(
    "a slice has the settings of systemd.resource-control(5) in its own section, and no others") {
    Units units;
    auto slice = units.load_text(
        "[Slice]\nMemoryMax=1M\nTasksMax=5\nCPUWeight=20\nUser=a\nSlice=other.slice\n"
        "Delegate=yes\n",
        "a-b.slice");
    CHECK(shown(slice, "MemoryMax") == PropertyValue(uint64_t{1 << 20}));
    CHECK(shown(slice, "TasksMax") == PropertyValue(uint64_t{5}));
    CHECK(shown(slice, "CPUWeight") == PropertyValue(uint64_t{20}));
    CHECK(shown(slice, "Delegate") == PropertyValue(false));
    CHECK(slice.slice == "a.slice"); // its name says where it lies
    CHECK(units.said().find("Unknown key 'User' in section [Slice], ignoring.") !=
          std::string::npos);
    CHECK(unmet_wishes(slice) == "These settings have no effect here: MemoryMax=, TasksMax=.");
}

TEST_CASE("common settings of a kind that is not run make nothing of it") {
    Units units;
    auto swap = units.load_text("[Swap]\nWhat=/a\nUser=a\nKillMode=mixed\n", "a.swap");
    CHECK(swap.load_state == LoadState::Loaded);
    CHECK(!swap.own);
    CHECK(swap.exec->user == "");
    CHECK(swap.kill->kill_mode == KillConfig::Mode::ControlGroup);
    CHECK(units.said() == "");
}

TEST_CASE("a service is in the slice of its template unless it says another") {
    Units units;
    units.write("a-b@.service", plain);
    CHECK(units.load("a-b@x.service").slice == "system-a\\x2db.slice");
    CHECK(units.load_text("[Service]\nExecStart=/a\nSlice=my.slice\n").slice == "my.slice");
    CHECK(units.load_text("[Service]\nExecStart=/a\nSlice=b.service\n").slice == "system.slice");
    CHECK(units.said().find(
              "Failed to assign slice b.service to unit a.service, ignoring: Invalid argument") !=
          std::string::npos);
    CHECK(units.load("nosuch.service").slice == "");
}

TEST_CASE("a timer or a path refers to what it starts") {
    Units units;
    auto before = [&](std::string_view name, std::string_view text) {
        units.write(name, text);
        return dependencies(units.load(name)).find("Before=a.service") != std::string::npos;
    };
    CHECK(before("a.timer", "[Timer]\nOnBootSec=1\n"));
    CHECK(before("b.timer", "[Timer]\nOnBootSec=1\nUnit=a.service\n"));
    CHECK(before("a.path", "[Path]\nPathExists=/a\n"));
    CHECK_FALSE(before("b.path", "[Path]\nPathExists=/a\n"));
    CHECK_FALSE(before("a.target", "[Unit]\nDescription=A\n"));
}

TEST_CASE("what settings leave open follows from others") {
    Units units;
    auto oneshot = units.load_text("[Unit]\nSuccessAction=reboot\n[Service]\n");
    CHECK(service_config(oneshot)->type == ServiceType::Oneshot);
    CHECK(service_config(oneshot)->timeout_start == infinity);
    auto limited = units.load_text("[Service]\nType=oneshot\nExecStart=/a\nTimeoutStartSec=5\n");
    CHECK(service_config(limited)->timeout_start == 5s);
    auto dbus = units.load_text("[Service]\nBusName=a.b\nExecStart=/a\n");
    CHECK(service_config(dbus)->type == ServiceType::Dbus);
    CHECK(dependencies(dbus).starts_with("Requires=dbus.socket After=dbus.socket "));
    for (std::string_view type : {"simple", "notify", "forking"}) {
        auto other =
            units.load_text(cat("[Service]\nType=", type, "\nBusName=a.b\nExecStart=/a\n"));
        CHECK(dependencies(other).find("dbus.socket") == std::string::npos);
    }
    auto access_with = [&](std::string_view settings) {
        auto unit = units.load_text(cat("[Service]\nExecStart=/a\n", settings));
        return service_config(unit)->notify_access;
    };
    CHECK(access_with("WatchdogSec=5\n") == NotifyAccess::Main);
    CHECK(access_with("Type=notify\nNotifyAccess=none\n") == NotifyAccess::Main);
    CHECK(access_with("NotifyAccess=all\nType=notify\n") == NotifyAccess::All);
    auto input = units.load_text("[Service]\nExecStart=/a\nStandardInputText=x\n");
    CHECK(input.exec->std_input == ExecInput::Data);
    CHECK(input.exec->std_output == ExecOutput::Journal);
    auto terminal = units.load_text("[Service]\nExecStart=/a\nStandardInput=tty\n");
    CHECK(terminal.exec->std_output == ExecOutput::Inherit);
    auto sockets = units.load_text("[Service]\nExecStart=/a\nSockets=b.socket\nStateDirectory=x\n");
    CHECK(dependencies(sockets).starts_with(
        "Wants=b.socket After=b.socket TriggeredBy=b.socket After=systemd-journald.socket "
        "After=systemd-remount-fs.service "));
    CHECK(units.warnings.empty());
}

TEST_CASE("settings without effect are told once and refuse nothing") {
    Units units;
    auto unit = units.load_text("[Service]\nType=oneshot\nExecStart=/a\nRuntimeMaxSec=5\n");
    CHECK(unit.load_state == LoadState::Loaded);
    CHECK(units.said() ==
          "a.service: RuntimeMaxSec= has no effect in combination with Type=oneshot. Ignoring.");
}

TEST_CASE("unknown keys are told, X- keys and the sections of types not built are not") {
    Units units;
    units.load_text("[Unit]\nFoo=1\nX-Foo=1\n[Service]\nExecStart=/a\nk=\n[Install]\nBar=1\n");
    CHECK(units.said() ==
          "/u/a.service:2: Unknown key 'Foo' in section [Unit], ignoring.\n"
          "/u/a.service:6: Unknown key 'k' in section [Service], ignoring.\n"
          "/u/a.service:8: Unknown key 'Bar' in section [Install], ignoring.");
    units.warnings.clear();
    units.write("s.socket", "[Unit]\nDescription=S\n[Socket]\nListenStream=1\n");
    auto socket = units.load("s.socket");
    CHECK(socket.load_state == LoadState::Loaded);
    CHECK(socket.unit.description == "S");
    CHECK(units.warnings.empty());
}

TEST_CASE("what a unit asks for and does not get is told in one line") {
    Units units;
    auto text = [&](std::string_view settings) {
        return unmet_wishes(units.load_text(cat("[Service]\nExecStart=/a\n", settings)));
    };
    CHECK(text("") == "");
    CHECK(text("PrivateTmp=no\nProtectSystem=false\nMemoryMax=infinity\nTasksMax=\nCPUWeight="
               "5\nProcSubset=all\n") == "");
    CHECK(text("MemoryMax=1G\nPAMName=login\nMemoryMax=2G\n") ==
          "These settings have no effect here: MemoryMax=, PAMName=.");
    CHECK(text("PrivateTmp=yes\nProtectHome=yes\nTasksMax=5\n") ==
          "These settings have no effect here: TasksMax=. The unit runs without the protection of "
          "PrivateTmp=, ProtectHome=.");
    CHECK(text("PrivateTmp=yes\nPrivateTmp=no\n") == "");
    CHECK(units.warnings.empty());
}

TEST_CASE("a target waits for what it pulls in unless somebody says otherwise") {
    Units units;
    units.write("x.target", "[Unit]\nWants=a.service\n");
    units.write("z.target", "[Unit]\nWants=a.service\nDefaultDependencies=no\n");
    auto service = units.load_text(plain);
    CHECK(may_wait_for(units.load("x.target"), service));
    CHECK(!may_wait_for(units.load("z.target"), service));
    CHECK(!may_wait_for(service, service));
    CHECK(!may_wait_for(units.load("x.target"), units.load("no.service")));
}

TEST_CASE("a thousand simple services take less than 2.5 kB each") {
    Units units;
    for (int i = 0; i < 1000; ++i)
        units.write(cat("simple-", i, ".service"),
                    "[Unit]\nDescription=Simple service\n[Service]\nExecStart=/bin/sleep 1000\n"
                    "[Install]\nWantedBy=multi-user.target\n");
    WarningSink warn = [](std::string_view) {};
    SearchPath paths;
    paths.directories = {"/u"};
    auto index = UnitIndex::scan(units.directory.root(), paths, warn);
    (void)!load_unit(index, UnitName::parse("simple-0.service").value(), units.facts, {}, warn)
        .names.empty();
    std::vector<LoadedUnit> loaded;
    loaded.reserve(1000);
    auto before = mallinfo2().uordblks;
    for (int i = 0; i < 1000; ++i)
        loaded.push_back(load_unit(index, UnitName::parse(cat("simple-", i, ".service")).value(),
                                   units.facts, {}, warn));
    size_t each = (mallinfo2().uordblks - before) / 1000 + sizeof(LoadedUnit);
    CHECK(each < 2500);
}

TEST_CASE("what a unit's files do not say is as the manager's configuration has it") {
    Units units;
    units.defaults.timeout_start = 33s;
    units.defaults.timeout_stop = 44s;
    units.defaults.timeout_abort = 55s;
    units.defaults.restart_sec = 7s;
    units.defaults.start_limit_burst = 9;
    units.defaults.std_output = ExecOutput::Null;
    units.defaults.std_error = ExecOutput::Journal;
    units.defaults.timer_accuracy = 5s;
    units.defaults.device_timeout = 66s;
    units.defaults.oom_score_adjust = 123;
    units.defaults.limits = {{RLIMIT_NOFILE, 100, 200}};
    units.defaults.shown = {{"TasksMax", uint64_t{77}}, {"OOMPolicy", std::string("kill")}};
    auto unit = units.load_text(plain);
    CHECK(service_config(unit)->timeout_start == 33s);
    CHECK(service_config(unit)->timeout_abort == 55s);
    CHECK(shown(unit, "RestartSec") == PropertyValue(uint64_t{7'000'000}));
    CHECK(unit.unit.start_limit_burst == 9);
    CHECK(unit.exec->std_output == ExecOutput::Null);
    CHECK(unit.exec->std_error == ExecOutput::Journal);
    CHECK(unit.exec->oom_score_adjust == 123);
    CHECK(shown(unit, "LimitNOFILE") == PropertyValue(uint64_t{200}));
    CHECK(shown(unit, "TasksMax") == PropertyValue(uint64_t{77}));
    CHECK(shown(unit, "OOMPolicy") == PropertyValue(std::string("kill")));

    unit = units.load_text(
        "[Unit]\nStartLimitBurst=2\n[Service]\nType=oneshot\nTimeoutStopSec=1\nTimeoutAbortSec=\n"
        "StandardOutput=kmsg\nOOMScoreAdjust=\nLimitNOFILE=5\nTasksMax=\nOOMPolicy=stop\n"
        "Delegate=yes\nExecStart=/x\n");
    CHECK(unit.unit.start_limit_burst == 2);
    CHECK(service_config(unit)->timeout_start == infinity);
    CHECK(shown(unit, "TimeoutAbortSec") == PropertyValue(uint64_t{1'000'000}));
    CHECK(unit.exec->std_output == ExecOutput::Kmsg);
    CHECK(unit.exec->std_error == ExecOutput::Inherit);
    CHECK(!unit.exec->oom_score_adjust);
    CHECK(shown(unit, "LimitNOFILE") == PropertyValue(uint64_t{5}));
    CHECK(shown(unit, "TasksMax") == PropertyValue(uint64_t{77}));
    CHECK(shown(unit, "OOMPolicy") == PropertyValue(std::string("stop")));
    CHECK(shown(units.load_text("[Service]\nDelegate=yes\nExecStart=/x\n"), "OOMPolicy") ==
          PropertyValue(std::string("continue")));

    CHECK(shown(units.load_text("[Socket]\nListenStream=/s\n", "a.socket"), "TimeoutSec") ==
          PropertyValue(uint64_t{33'000'000}));
    CHECK(shown(units.load_text("[Timer]\nOnBootSec=1\n", "a.timer"), "AccuracySec") ==
          PropertyValue(uint64_t{5'000'000}));
    CHECK(units.load("dev-x.device").unit.job_running_timeout == 66s);
    CHECK(shown(units.load("a.slice"), "TasksMax") == PropertyValue(UINT64_MAX));
    CHECK(units.warnings.empty());
}

TEST_CASE("a unit that is not loaded shows what the manager's configuration has") {
    Units units;
    units.defaults.timeout_start = 33s;
    units.defaults.std_output = ExecOutput::Null;
    units.defaults.limits = {{RLIMIT_NOFILE, 100, 200}};
    auto unit = units.load("nosuch.service");
    CHECK(unit.own == nullptr);
    CHECK(shown(unit, "TimeoutStartSec") == PropertyValue(uint64_t{33'000'000}));
    CHECK(shown(unit, "StandardOutput") == PropertyValue(std::string("inherit")));
    CHECK(shown(units.load("nosuch.socket"), "StandardOutput") ==
          PropertyValue(std::string("null")));
    CHECK(shown(units.load_text("", "a.service"), "TimeoutStartSec") ==
          PropertyValue(uint64_t{33'000'000}));
    units.defaults = {};
    CHECK(units.load("nosuch.service").stand_in == nullptr);
}

TEST_SUITE_END();
