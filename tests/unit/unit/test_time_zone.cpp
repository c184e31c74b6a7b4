#include "unit/values/time_zone.hpp"

#include <doctest/doctest.h>

#include <random>

#include "local_zone.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("unit");

namespace {

constexpr const char* all_zones[] = {
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia",
    "Asia/Kolkata",  "Europe/Dublin",    "Africa/Casablanca",   "America/Sao_Paulo",
    "America/Nuuk",  "Pacific/Auckland", "Etc/GMT+5",           "EST5EDT",
    "Asia/Tehran",   "Antarctica/Troll", "Europe/Kyiv",         "Asia/Vladivostok"};
constexpr int64_t start_of_2200 = 7258118400;

std::string zone_bytes(std::string_view name) {
    return read_time_zone(name, TEST_DATA "/zoneinfo").value();
}

std::tm broken_down(const CivilTime& time, int dst) {
    std::tm out{};
    out.tm_year = time[0] - 1900;
    out.tm_mon = time[1] - 1;
    out.tm_mday = time[2];
    out.tm_hour = time[3];
    out.tm_min = time[4];
    out.tm_sec = time[5];
    out.tm_isdst = dst;
    return out;
}

} // namespace

TEST_CASE("a clock's reading is a number and back") {
    CHECK(clock_reading({1970, 1, 1, 0, 0, 0}) == 0);
    CHECK(clock_reading({2024, 2, 29, 12, 30, 15}) == 1709209815);
    CHECK(clock_reading({2024, 1, 60, 12, 30, 15}) == 1709209815);
    CHECK(clock_reading({2023, 14, 29, 11, 89, 75}) == 1709209815);
    CHECK(civil_time(1709209815) == CivilTime{2024, 2, 29, 12, 30, 15});
    CHECK(civil_time(-1) == CivilTime{1969, 12, 31, 23, 59, 59});
}

TEST_CASE("zones show what glibc says that they show") {
    std::mt19937_64 random(1);
    for (auto name : all_zones) {
        CAPTURE(name);
        LocalZone local(name);
        auto zone = TimeZone::from_file(zone_bytes(name));
        CHECK(!zone.is_utc());
        size_t wrong = 0;
        for (int i = 0; i < 3000; ++i) {
            auto moment = static_cast<int64_t>(random() % (2 * start_of_2200)) - start_of_2200 / 2;
            wrong += !(zone.offset_at(moment) == TimeZone::local().offset_at(moment));
        }
        CHECK(wrong == 0);
    }
}

TEST_CASE("moments are found as mktime finds them") {
    std::mt19937_64 random(2);
    for (auto name : all_zones) {
        CAPTURE(name);
        LocalZone local(name);
        auto zone = TimeZone::from_file(zone_bytes(name));
        LocalClock clock(zone);
        time_t start = 1700000000;
        std::tm time{};
        localtime_r(&start, &time);
        CHECK(mktime(&time) == start); // both begin to look here
        clock.at(start);
        size_t wrong = 0;
        int64_t change = start;
        for (int i = 0; i < 3000; ++i) {
            // Every other reading is near a change of the clocks, if there is one.
            auto reading = static_cast<int64_t>(random() % start_of_2200);
            if (i % 2 == 0) {
                for (int days = 0; days < 400; ++days, reading += 86400)
                    if (!(zone.offset_at(reading) == zone.offset_at(reading + 86400))) break;
                change = reading;
            }
            reading = change + static_cast<int64_t>(random() % 180000) - 40000;
            int dst = static_cast<int>(random() % 3) - 1;
            auto fields = civil_time(reading);
            if (i % 5 == 0) fields[5] += 60;
            if (i % 7 == 0) fields[4] += 45;
            time = broken_down(fields, dst);
            auto wanted = mktime(&time);
            auto got = clock.find(fields, dst);
            if (wanted == -1 || !got)
                wrong += (wanted == -1) == got.has_value();
            else
                wrong += got->seconds != wanted || got->dst != (time.tm_isdst > 0) ||
                         got->reading != wanted + time.tm_gmtoff;
        }
        CHECK(wrong == 0);
    }
}

TEST_CASE("a file that is no sound TZif is UTC") {
    auto bytes = zone_bytes("Europe/Dublin");
    CHECK(TimeZone::from_file("").is_utc());
    for (size_t size = 0; size < bytes.size(); ++size) {
        auto zone = TimeZone::from_file(std::string_view(bytes).substr(0, size));
        auto offset = zone.offset_at(4102444800);
        CHECK(std::abs(offset.seconds) <= 86400);
    }
    std::mt19937_64 random(3);
    for (int i = 0; i < 2000; ++i) {
        auto broken = bytes;
        for (int k = 0; k < 4; ++k) broken[random() % broken.size()] = static_cast<char>(random());
        for (size_t at = 0; at < 2; ++at) broken[20 + random() % 24] = static_cast<char>(random());
        auto offset =
            TimeZone::from_file(broken).offset_at(static_cast<int64_t>(random() % 9999999999));
        CHECK(std::abs(offset.seconds) <= 7 * 86400);
    }
}

TEST_CASE("a zone is read once") {
    TimeZones zones(TEST_DATA "/zoneinfo");
    auto zone = zones.find("Europe/Berlin");
    REQUIRE(zone);
    CHECK(zones.find("Europe/Berlin") == zone);
    CHECK(zone->offset_at(1720000000) == TimeZone::Offset{7200, true});
    CHECK(!zones.find("Europe"));
    CHECK(!zones.find(""));
}

TEST_SUITE_END();
