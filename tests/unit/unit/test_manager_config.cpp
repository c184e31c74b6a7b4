#include <doctest/doctest.h>
#include <sys/resource.h>

#include <map>
#include <random>
#include <set>

#include "base/text.hpp"
#include "table.hpp"
#include "temporary_directory.hpp"
#include "unit/manager_config/boot_arguments.hpp"
#include "unit/manager_config/manager_keys.hpp"
#include "unit/manager_config/read_manager_config.hpp"
#include "unit/manager_config/take_defaults.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("unit");

namespace {

// The configuration of a machine below one directory.
struct ConfiguredMachine {
    TemporaryDirectory directory;
    Facts facts;
    std::vector<std::string> arguments;
    std::map<std::string, std::string> environment;
    std::string said;

    void write(std::string_view path, std::string_view text) {
        directory.write(cat("/", path), text);
    }
    ManagerConfig read() {
        said.clear();
        WarningSink warn = [this](std::string_view text) { said += cat(text, "\n"); };
        Variables variables = [this](const char* name) {
            auto found = environment.find(name);
            return found == environment.end() ? std::nullopt : std::optional(found->second);
        };
        return read_manager_config(directory.root(), facts, arguments, warn, variables);
    }
    ManagerConfig read(std::string_view text) {
        write("etc/systemd/system.conf", text);
        return read();
    }
};

std::string wishes(const ManagerConfig& config) {
    std::string out;
    for (const auto& wish : config.unmet) out += cat(out.empty() ? "" : " ", wish.name);
    return out;
}

// Without the blank before a value that is empty.
std::string trimmed_lines(std::string_view text) {
    std::string out;
    for (auto line : split(text, "\n")) out += cat(trim_end(line), "\n");
    return out;
}

} // namespace

TEST_CASE("values of the manager's configuration are taken, or warned of, as systemd 252 does") {
    std::set<std::string> keys;
    for (const auto& row : read_table("manager-config.tsv")) {
        CAPTURE(row[0]);
        CAPTURE(row[1]);
        keys.insert(row[0]);
        ConfiguredMachine machine;
        (void)machine.read(cat("[Manager]\n", row[0], "=", row[1], "\n"));
        std::string expected;
        constexpr std::string_view place = "/etc/systemd/system.conf:2: ", second = "; Failed to";
        if (!row[2].empty()) {
            auto end = std::min(row[2].find(second), row[2].size());
            expected = cat(place, row[2].substr(0, end), "\n");
            if (end < row[2].size()) expected += cat(place, row[2].substr(end + 2), "\n");
        }
        CHECK(trimmed_lines(machine.said) == expected);
    }
    for (const ManagerKey& key : manager_keys()) CHECK(keys.contains(std::string(key.name)));
    CHECK(keys.size() == manager_keys().size());
}

TEST_CASE("docs/compat.md lists each key of the manager's configuration with its support") {
    std::set<std::pair<std::string, std::string>> documented, known;
    auto page = read_file(std::string(TEST_DATA) + "/../../docs/compat.md").value();
    bool is_here = false;
    for (auto line : split(page, "\n")) {
        if (line.starts_with("#")) is_here = line == "## The manager's configuration";
        auto cells = split(line, "|");
        if (!is_here || cells.size() < 2 || !trim(cells[0]).ends_with('=')) continue;
        auto name = trim(cells[0]);
        name.remove_suffix(1);
        if (!name.starts_with("systemd.")) documented.emplace(name, trim(cells[1]));
    }
    constexpr std::string_view words[] = {"same", "different", "accepted", "absent", "protection"};
    for (const ManagerKey& key : manager_keys())
        known.emplace(key.name, words[static_cast<size_t>(key.support)]);
    for (const auto& [name, support] : known) {
        CAPTURE(name);
        CAPTURE(support);
        CHECK(documented.contains({name, support}));
    }
    CHECK(documented.size() == known.size());
}

TEST_CASE("values of the manager's configuration are what it is made of") {
    ConfiguredMachine machine;
    auto config = machine.read(
        "[Manager]\nDefaultTimeoutStartSec=0\nDefaultTimeoutStopSec=44\nDefaultTimeoutAbortSec=0\n"
        "DefaultRestartSec=7\nDefaultStartLimitIntervalSec=8\nDefaultStartLimitBurst=9\n"
        "DefaultDeviceTimeoutSec=66\nDefaultTimerAccuracySec=5\nDefaultStandardOutput=null\n"
        "DefaultStandardError=journal\nDefaultLimitNOFILE=100:200\nDefaultOOMScoreAdjust=123\n"
        "DefaultEnvironment=A=1 \"B=x y\" C=%%\nDefaultEnvironment=A=2\nManagerEnvironment=M=1\n"
        "LogTime=yes\nLogColor=yes\nLogLevel=debug\nShowStatus=error\nStatusUnitFormat="
        "name\nCPUAffinity=0 2-3\n"
        "CapabilityBoundingSet=CAP_CHOWN\nNoNewPrivileges=yes\nTimerSlackNSec=1us\n"
        "DefaultTasksMax=77\nDefaultMemoryAccounting=yes\nDefaultOOMPolicy=kill\n"
        "CtrlAltDelBurstAction=exit\n");
    CHECK(machine.said == "");
    const UnitDefaults& units = config.units;
    CHECK(units.timeout_start == infinity);
    CHECK(units.timeout_stop == 44s);
    CHECK(units.timeout_abort == Span{});
    CHECK(units.restart_sec == 7s);
    CHECK(units.start_limit_interval == 8s);
    CHECK(units.start_limit_burst == 9);
    CHECK(units.device_timeout == 66s);
    CHECK(units.timer_accuracy == 5s);
    CHECK(units.std_output == ExecOutput::Null);
    CHECK(units.std_error == ExecOutput::Journal);
    CHECK(units.limits == std::vector<ResourceLimit>{{7, 100, 200}});
    CHECK(units.oom_score_adjust == 123);
    CHECK(join(config.environment, " ") == "A=2 B=x y C=%");
    CHECK(join(config.manager_environment, " ") == "M=1");
    CHECK(config.log_level == 7);
    CHECK(config.log_time);
    CHECK(config.log_color);
    CHECK(config.show_status == false);
    CHECK((config.status_unit_format == StatusUnitFormat::Name));
    CHECK(config.cpu_affinity == CpuSet{0, 2, 3});
    CHECK(config.capability_bounding_set == 1);
    CHECK(config.no_new_privileges);
    CHECK(config.timer_slack == 1000);
    CHECK(*units.shown_value("TasksMax") == PropertyValue(uint64_t{77}));
    CHECK(*units.shown_value("MemoryAccounting") == PropertyValue(true));
    CHECK(*units.shown_value("OOMPolicy") == PropertyValue(std::string("kill")));
    CHECK((config.ctrl_alt_del_burst_action == EmergencyAction::Exit));
    CHECK(wishes(config) == "");
}

TEST_CASE("an empty value takes back what a key of the manager said, where systemd has it so") {
    ConfiguredMachine machine;
    auto config = machine.read(
        "[Manager]\nDefaultTimeoutAbortSec=5\nDefaultTimeoutAbortSec=\nDefaultOOMScoreAdjust=5\n"
        "DefaultOOMScoreAdjust=\nDefaultEnvironment=A=1\nDefaultEnvironment=\nCPUAffinity=1\n"
        "CPUAffinity=\nDefaultTasksMax=5\nDefaultTasksMax=\nDefaultCPUAccounting=yes\n"
        "DefaultCPUAccounting=\nNUMAPolicy=bind\nNUMAPolicy=\n");
    CHECK(machine.said == "");
    CHECK((config.units == UnitDefaults()));
    CHECK(config.environment.empty());
    CHECK(config.cpu_affinity.empty());
    CHECK(wishes(config) == "");
}

TEST_CASE("drop-ins of the manager's configuration come after its file, by their names") {
    ConfiguredMachine machine;
    machine.write("etc/systemd/system.conf", "[Manager]\nDefaultRestartSec=1\nDefaultTasksMax=1\n");
    machine.write("usr/lib/systemd/system.conf.d/30.conf", "[Manager]\nDefaultRestartSec=30\n");
    machine.write("run/systemd/system.conf.d/40.conf", "[Manager]\nDefaultRestartSec=40\n");
    machine.write("usr/local/lib/systemd/system.conf.d/50.conf",
                  "[Manager]\nDefaultRestartSec=50\n");
    machine.write("usr/lib/systemd/system.conf.d/50.conf", "[Manager]\nDefaultTasksMax=50\n");
    machine.write("etc/systemd/system.conf.d/20.conf", "[Manager]\nDefaultRestartSec=20\n");
    machine.write("etc/systemd/system.conf.d/60", "[Manager]\nDefaultRestartSec=60\n");
    auto config = machine.read();
    CHECK(config.units.restart_sec == 50s);
    CHECK(*config.units.shown_value("TasksMax") == PropertyValue(uint64_t{1}));
    machine.directory.link("/etc/systemd/system.conf.d/50.conf", "/dev/null");
    CHECK(machine.read().units.restart_sec == 40s);
    CHECK(machine.said == "");
}

TEST_CASE("an error in a file of the manager's configuration costs what comes after it") {
    ConfiguredMachine machine;
    machine.write("etc/systemd/system.conf.d/20.conf", "[Manager]\nDefaultRestartSec=20\n");
    auto config = machine.read(
        "[Manager]\nDefaultTimeoutStopSec=8\nBogus=1\nX-Bogus=1\n[Other]\n"
        "[Manager\nDefaultTimeoutStopSec=9\n");
    CHECK(machine.said ==
          "/etc/systemd/system.conf:3: Unknown key 'Bogus' in section [Manager], ignoring.\n"
          "/etc/systemd/system.conf:5: Unknown section 'Other'. Ignoring.\n"
          "/etc/systemd/system.conf:6: Invalid section header '[Manager'\n"
          "/etc/systemd/system.conf:6: Failed to parse file: Bad message\n");
    CHECK(config.units.timeout_stop == 8s);
    CHECK(config.units.restart_sec == 100ms);
    (void)machine.read(std::string("\0\xff[Manager]\n=\n\\", 14)); // nothing stops it
}

TEST_CASE("what cannot be read of the manager's configuration for want of descriptors is noted") {
    ConfiguredMachine machine;
    CHECK(!machine.read("[Manager]\nDefaultRestartSec=5\n").incomplete);
    rlimit old{};
    REQUIRE(getrlimit(RLIMIT_NOFILE, &old) == 0);
    rlimit none{0, old.rlim_max};
    REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
    auto config = machine.read();
    setrlimit(RLIMIT_NOFILE, &old);
    CHECK(config.incomplete);
    CHECK(config.units.restart_sec == 100ms);
    CHECK(machine.said ==
          "Failed to open configuration file '/etc/systemd/system.conf': Too many open files\n");
}

TEST_CASE("a user's manager has user.conf, its own before the machine's") {
    ConfiguredMachine machine;
    machine.facts.user_manager = true;
    machine.write("etc/systemd/system.conf", "[Manager]\nDefaultRestartSec=1\n");
    machine.write("etc/systemd/user.conf", "[Manager]\nDefaultRestartSec=2\n");
    CHECK(machine.read().units.restart_sec == 2s);
    machine.environment["HOME"] = "/home/u";
    machine.write("home/u/.config/systemd/user.conf", "[Manager]\nDefaultStartLimitBurst=3\n");
    CHECK(machine.read().units.restart_sec == 100ms);
    CHECK(machine.read().units.start_limit_burst == 3);
    machine.write("usr/lib/systemd/user.conf.d/a.conf", "[Manager]\nDefaultRestartSec=4\n");
    machine.write("home/u/.config/systemd/user.conf.d/b.conf", "[Manager]\nDefaultRestartSec=5\n");
    CHECK(machine.read().units.restart_sec == 5s);
    machine.environment["XDG_CONFIG_HOME"] = "/nowhere";
    CHECK(machine.read().units.restart_sec == 4s);
}

TEST_CASE("arguments go over the manager's configuration, and our environment over both") {
    ConfiguredMachine machine;
    machine.arguments = {"systemd.show-status",
                         "systemd.log_level=notice",
                         "systemd.setenv=B=2",
                         "systemd.setenv=A=2",
                         "systemd.default_timeout_start_sec=0",
                         "systemd.default_standard_output=null",
                         "systemd.default_standard_error=kmsg",
                         "systemd.status_unit_format=description",
                         "systemd.service_watchdogs=no",
                         "systemd.unit=rescue.target",
                         "systemd.log_target=journal",
                         "systemd.log_location",
                         "systemd.crash_shell=no",
                         "systemd.bogus=1"};
    auto config = machine.read(
        "[Manager]\nLogLevel=debug\nDefaultEnvironment=A=1\nDefaultTimeoutStartSec=7\n"
        "ShowStatus=no\nDefaultStandardOutput=journal\n");
    CHECK(machine.said == "");
    CHECK(config.show_status == true);
    CHECK(config.log_level == 5);
    CHECK(join(config.environment, " ") == "A=2 B=2");
    CHECK(config.units.timeout_start == infinity);
    CHECK(config.units.std_output == ExecOutput::Null);
    CHECK(config.units.std_error == ExecOutput::Kmsg);
    CHECK((config.status_unit_format == StatusUnitFormat::Description));
    CHECK(config.service_watchdogs == false);
    CHECK(config.default_unit == "rescue.target");
    CHECK(wishes(config) == "LogTarget systemd.log_location");
    machine.environment = {{"SYSTEMD_LOG_LEVEL", "err"}, {"SYSTEMD_LOG_TARGET", "console"}};
    config = machine.read();
    CHECK(config.log_level == 3);
    CHECK(wishes(config) == "systemd.log_location");
    machine.environment = {{"SYSTEMD_LOG_LEVEL", "bad"}};
    CHECK(machine.read().log_level == 5);
    CHECK(machine.said == "Failed to parse log level 'bad'. Ignoring.\n");
}

TEST_CASE("what is wrong with an argument is said in systemd's words") {
    struct {
        std::string_view argument, said;
    } constexpr rows[] = {
        {"systemd.unit",
         "Missing argument for systemd.unit= kernel command line switch, ignoring."},
        {"systemd.unit=foo", "Unit name specified on systemd.unit= is not valid, ignoring: foo"},
        {"systemd.show_status=maybe",
         "Failed to parse show status switch maybe, ignoring: Invalid argument"},
        {"systemd.status_unit_format=x",
         "Failed to parse systemd.status_unit_format=x, ignoring: Invalid argument"},
        {"systemd.service_watchdogs=x",
         "Failed to parse service watchdog switch x, ignoring: Invalid argument"},
        {"systemd.default_standard_output=x",
         "Failed to parse default standard output switch x, ignoring: Invalid argument"},
        {"systemd.default-standard-error=x",
         "Failed to parse default standard error switch x, ignoring: Invalid argument"},
        {"systemd.setenv=bad", "Environment variable assignment 'bad' is not valid. Ignoring."},
        {"systemd.default_timeout_start_sec=x",
         "Failed to parse default start timeout 'x', ignoring: Invalid argument"},
        {"systemd.log_level=x", "Failed to parse log level 'x'. Ignoring."},
        {"systemd.log_target=x", "Failed to parse log target 'x'. Ignoring."},
        {"systemd.log_color=x", "Failed to parse log color setting 'x'. Ignoring."},
        {"systemd.crash_shell=x",
         "Failed to parse crash shell switch x, ignoring: Invalid argument"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.argument);
        ManagerConfig config;
        std::string said;
        apply_boot_argument(row.argument, config, [&](std::string_view text) { said += text; });
        CHECK(said == row.said);
        CHECK((config.units == UnitDefaults()));
    }
    CHECK(is_boot_argument("systemd.unit=x"));
    CHECK(!is_boot_argument("systemd."));
    CHECK(!is_boot_argument("systemd-networkd"));
}

TEST_CASE("keys that have no effect here are named in one line") {
    ConfiguredMachine machine;
    auto config = machine.read(
        "[Manager]\nLogTarget=journal\nLogLocation=yes\nCrashShell=no\nNUMAPolicy=bind\n"
        "SystemCallArchitectures=native\nDefaultStandardOutput=tty\nRuntimeWatchdogSec=5\n");
    CHECK(
        unmet_wishes(config) ==
        "These settings of the manager have no effect here: LogTarget=, LogLocation=, NUMAPolicy=, "
        "DefaultStandardOutput=. Services run without the protection of "
        "SystemCallArchitectures=.");
    CHECK(unmet_wishes(machine.read("[Manager]\nLogTarget=auto\n#LogLocation=yes\n")) == "");
}

TEST_CASE("whatever stands in the manager's configuration, it is read to its end") {
    // Values of one key at others, cut, doubled, and with bytes that are none of theirs.
    auto table = read_table("manager-config.tsv");
    std::minstd_rand random(7);
    auto any = [&](size_t count) { return random() % count; };
    for (int round = 0; round < 300; ++round) {
        std::string text = "[Manager]\n";
        for (int line = 0; line < 20; ++line) {
            const auto& key = manager_keys()[any(manager_keys().size())];
            std::string value = table[any(table.size())][1];
            if (any(2) == 0) value += table[any(table.size())][1];
            if (any(4) == 0 && !value.empty())
                value[any(value.size())] = static_cast<char>(any(256));
            if (any(8) == 0) value.resize(any(value.size() + 1));
            if (any(16) == 0) value = std::string(5000, "%9\"\\"[any(4)]);
            text += cat(key.name, "=", value, "\n");
        }
        ConfiguredMachine machine;
        auto config = machine.read(text);
        CHECK(is_valid_utf8(machine.said));
        CHECK(config.units.start_limit_burst <= UINT32_MAX);
        for (const auto& row : table) {
            ManagerConfig other;
            std::string said;
            auto word = cat("systemd.", row[0], "=", row[1]);
            apply_boot_argument(word, other, [&](std::string_view warning) { said += warning; });
        }
    }
}

TEST_SUITE_END();
