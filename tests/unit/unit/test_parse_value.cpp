#include "unit/syntax/parse_value.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <syslog.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>

#include "table.hpp"
#include "unit/syntax/extract_word.hpp"
#include "unit/syntax/time_span.hpp"
#include "unit/values/exit_status.hpp"
#include "unit/values/resource_limit.hpp"
#include "unit/values/signal_name.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("unit");

namespace {

// A value as the tables write it; of an error its name, or "!error" where the row only says that.
template <class T>
std::string described_value(const Result<T>& value, const std::string& expected) {
    if (value) return cat(static_cast<int64_t>(*value));
    return expected == "!error" ? expected : cat('!', strerrorname_np(value.error().code));
}

std::string parse_value_row(const std::string& function, const std::string& input,
                            const std::string& base, const std::string& expected) {
    if (function == "parse_boolean") return described_value(parse_boolean(input), expected);
    if (function == "parse_mode") return described_value(parse_mode(input), expected);
    if (function == "parse_nice") return described_value(parse_nice(input), expected);
    if (function == "parse_size") {
        auto size = parse_size(input, base == "1024" ? SizeBase::Binary : SizeBase::Decimal);
        return described_value(size, expected);
    }
    if (function == "parse_errno") {
        auto code = parse_errno(input);
        bool by_name = code && expected.starts_with('E');
        return by_name ? std::string(strerrorname_np(*code)) : described_value(code, expected);
    }
    return "no such function";
}

// The value of one row of config-value.tsv as text, nothing where it is refused.
std::optional<std::string> config_value(const std::string& type, const std::string& input) {
    auto number = [](const auto& value) -> std::optional<std::string> {
        if (!value) return std::nullopt;
        return cat(*value);
    };
    if (type == "mode") return number(parse_mode(input));
    if (type == "nsec") return number(parse_nanoseconds(input));
    if (type == "int") return number(parse_integer<int>(input));
    if (type == "unsigned") return number(parse_integer<unsigned>(input));
    if (type == "si_uint64") return number(parse_size(input, SizeBase::Decimal));
    if (type == "log_level") return number(parse_log_level(input));
    if (type == "log_facility") return number(parse_log_facility(input));
    if (type == "sec") {
        auto span = parse_span(input);
        return span ? std::optional(cat(span->count())) : std::nullopt;
    }
    if (type == "path") {
        auto path = parse_path(input);
        return path ? std::optional(*path) : std::nullopt;
    }
    REQUIRE(type == "strv");
    return join(*split_quoted(input), "\x1f");
}

} // namespace

TEST_CASE("values are read as their table says") {
    size_t pids = 0;
    for (const auto& row : read_table("parse-value.tsv")) {
        CAPTURE(row[0]);
        CAPTURE(row[1]);
        if (row[0] == "parse_pid") {
            // These rows say only that systemd's own test goes through. It takes 100, and refuses
            // 0, what does not fit, and the empty text.
            ++pids;
            CHECK(parse_pid(row[1]).has_value() == (row[1] == "100"));
        } else {
            CHECK(parse_value_row(row[0], row[1], row[2], row[3]) == row[3]);
        }
    }
    CHECK(pids == 4);
}

TEST_CASE("values of settings are read as their table says") {
    const std::map<std::string, int> constants = {{"LOG_INFO", LOG_INFO}, {"LOG_MAIL", LOG_MAIL}};
    for (const auto& row : read_table("config-value.tsv")) {
        CAPTURE(row[0]);
        CAPTURE(row[1]);
        auto expected = constants.contains(row[2]) ? cat(constants.at(row[2])) : row[2];
        auto value = config_value(row[0], row[1]);
        // "0", "-1" and "NULL" stand for the default that stays where a value is refused.
        if (!value)
            CHECK((expected == "0" || expected == "-1" || expected == "NULL"));
        else
            CHECK(*value == expected);
    }
    CHECK(!config_value("mode", "garbage"));
    CHECK(!config_value("int", "1G"));
}

TEST_CASE("limits are read and printed as their table says") {
    for (const auto& row : read_table("rlimit.tsv")) {
        CAPTURE(row[0]);
        CAPTURE(row[1]);
        auto resource = resource_from_name(row[0].substr(7)).value();
        auto limit = parse_resource_limit(resource, row[1]);
        if (row[4] != "0") {
            CHECK((!limit && cat('!', strerrorname_np(limit.error().code)) == row[4]));
            continue;
        }
        REQUIRE(limit);
        auto one = [&](uint64_t value) { return format_resource_limit({resource, value, value}); };
        CHECK(one(limit->soft) == row[2]);
        CHECK(one(limit->hard) == row[3]);
        CHECK(format_resource_limit(*limit) == row[5]);
    }
}

TEST_CASE("limits of time and size have units") {
    auto soft = [](int resource, std::string_view text) {
        return parse_resource_limit(resource, text).value().soft;
    };
    CHECK(soft(RLIMIT_CPU, "1500ms") == 2);
    CHECK(soft(RLIMIT_CPU, "infinity") == RLIM_INFINITY);
    CHECK(soft(RLIMIT_RTTIME, "5") == 5);
    CHECK(soft(RLIMIT_AS, "4G") == uint64_t{4} << 30);
    CHECK(parse_resource_limit(RLIMIT_NOFILE, "5:4").error().code == EILSEQ);
    CHECK(!parse_resource_limit(RLIMIT_NOFILE, "5:"));
    CHECK(resource_name(RLIMIT_NOFILE) == "NOFILE");
}

TEST_CASE("signals are read as their table says") {
    for (const auto& row : read_table("signal-name.tsv")) {
        CAPTURE(row[0]);
        auto expected = row[1] == "SIGRTMIN" ? cat(SIGRTMIN) : row[1];
        CHECK(described_value(parse_signal(row[0]), expected) == expected);
    }
}

TEST_CASE("every signal is found by its own name, with and without SIG") {
    for (int signal = 1; signal <= SIGRTMAX; ++signal) {
        CHECK(*parse_signal(signal_name(signal)) == signal);
        if (signal < 32) CHECK(*parse_signal("SIG" + signal_name(signal)) == signal);
    }
    CHECK(*parse_signal("SIGRTMAX-1") == SIGRTMAX - 1);
    CHECK(signal_name(15) == "TERM");
    CHECK(signal_name(SIGRTMIN + 3) == "RTMIN+3");
}

TEST_CASE("exit statuses are read as their table says") {
    for (const auto& row : read_table("exit-status-name.tsv")) {
        CHECK(described_value(parse_exit_status(row[1]), row[2]) == row[2]);
    }
}

TEST_CASE("exit statuses have systemd's names, and the LSB's and BSDs' where asked for") {
    CHECK(exit_status_name(203) == "EXEC");
    CHECK(exit_status_name(static_cast<uint8_t>(ExitStatus::Setsid)) == "SETSID");
    CHECK(exit_status_name(static_cast<uint8_t>(ExitStatus::RuntimeDirectory)) ==
          "RUNTIME_DIRECTORY");
    CHECK(exit_status_name(static_cast<uint8_t>(ExitStatus::Bpf)) == "BPF");
    CHECK(exit_status_name(64).empty());
    CHECK(exit_status_name(64, ExitStatusNames::All) == "USAGE");
    CHECK(*parse_exit_status("TEMPFAIL") == 75);
    CHECK(!parse_exit_status("tempfail"));
}

TEST_CASE("numbers may have a base prefix and must lie in their range") {
    CHECK(*parse_integer<int>("0x10") == 16);
    CHECK(*parse_integer<int>("010") == 8);
    CHECK(*parse_integer<unsigned>("0b101") == 5);
    CHECK(*parse_integer<unsigned>("-0") == 0);
    CHECK(parse_integer<unsigned>("-1").error().code == ERANGE);
    CHECK(*parse_integer<int64_t>("-9223372036854775808") == INT64_MIN);
    CHECK(parse_integer<int64_t>("9223372036854775808").error().code == ERANGE);
    CHECK(parse_integer<int>("").error().code == EINVAL);
    CHECK(parse_integer<int>("+-1").error().code == EINVAL);
}

TEST_CASE("shares have as many places as they can be exact to") {
    CHECK(*parse_permyriad("12.25%") == 1225);
    CHECK(*parse_permyriad("12.5%") == 1250);
    CHECK(*parse_permyriad("122.5\u2030") == 1225);
    CHECK(*parse_permyriad("7\u2031") == 7);
    CHECK(!parse_permyriad("12.255%"));
    CHECK(!parse_permyriad("101%"));
    CHECK(!parse_permyriad("-1%"));
    CHECK(*parse_permyriad("250%", true) == 25000);
    CHECK(*parse_percent("50%") == 50);
    CHECK(!parse_percent("50"));
}

TEST_CASE("scheduling is named or numbered") {
    CHECK(*parse_cpu_scheduling_policy("batch") == 3);
    CHECK(*parse_io_scheduling_class("best-effort") == 2);
    CHECK(*parse_io_scheduling_class("3") == 3);
    CHECK(!parse_io_scheduling_class("4"));
    CHECK(!parse_io_priority("8"));
    CHECK(*parse_oom_score_adjust("-1000") == -1000);
    CHECK(!parse_oom_score_adjust("1001"));
    CHECK(*parse_errno("EWOULDBLOCK") == EAGAIN);
}

TEST_SUITE_END();
