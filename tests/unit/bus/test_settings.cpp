// A setting is one row: what set-property sends, what the manager writes, what the unit's files say
// then and what `show` prints all come of it.
#include <doctest/doctest.h>

#include <map>

#include "bus/properties/property.hpp"
#include "bus_world.hpp"
#include "client/calls/property_assignment.hpp"
#include "client/text/format_property.hpp"
#include "unit/settings/directives.hpp"
#include "unit/unit_kind.hpp"
#include "wire/property_value.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("bus");

namespace {

struct Sample {
    std::string_view text, shown;
};

// A value of each kind that is within the bounds of all its settings.
const std::map<const SettableKind*, Sample> samples = {
    {&settable_flag, {"yes", "yes"}},
    {&settable_weight, {"500", "500"}},
    {&settable_weight_or_idle, {"idle", "idle"}},
    {&settable_shares, {"0x200", "512"}},
    {&settable_block_weight, {"500", "500"}},
    {&settable_amount, {"7K", "7168"}},
    {&settable_protection, {"1.5M", "1572864"}},
    {&settable_count, {"77", "77"}},
    {&settable_share, {"50%", "2147483648"}},
    {&settable_quota, {"150%", "1.500000s"}},
    {&settable_period, {"10ms", "10ms"}},
    {&settable_description, {"50% of it", "50% of it"}},
    {&settable_controllers, {"cpu io", "cpu io"}},
    {&settable_number_set, {"0-3,7", "0-3 7"}},
    {&settable_device_rules, {"/dev/null rw", "/dev/null rw"}},
    {&settable_device_weights, {"/dev/null 200", "/dev/null 200"}},
    {&settable_device_amounts, {"/dev/null 5M", "/dev/null 5000000"}},
    {&settable_device_spans, {"/dev/null 25ms", "/dev/null 25ms"}},
    {&settable_addresses, {"10.1.2.3/8 ::1", "10.0.0.0/8 ::1/128"}},
    {&settable_port_rules, {"ipv4:udp:53", "ipv4:udp53"}}, // as systemctl 252 prints it
    {&settable_interfaces, {"~lo eth0", "~lo eth0"}},
};

Sample sample_of(const Settable& settable) {
    if (auto words = settable.kind->words; !words.empty()) {
        auto word = words.substr(words.rfind(' ') + 1);
        return {word, word};
    }
    auto found = samples.find(settable.kind);
    REQUIRE(found != samples.end());
    return found->second;
}

// Set as by `systemctl set-property`; the error, or "".
std::string set(TestPeer& peer, std::string_view assignment) {
    auto call = method_call(manager_path, manager_interface, "SetUnitProperties");
    Writer body;
    body.string("a.service").boolean(true).open_array("(sv)");
    if (auto appended = append_assignment(body, "a.service", assignment); !appended)
        return appended.error().text;
    body.close_array();
    REQUIRE(body.finish(call));
    return error_text(peer.call(std::move(call)));
}

// As by `systemctl show`, without the name.
std::string show(TestPeer& peer, std::string_view interface, std::string_view property) {
    auto reply = peer.call(object_call("/org/freedesktop/systemd1/unit/a_2eservice",
                                       "org.freedesktop.DBus.Properties", "Get",
                                       {std::string(interface), std::string(property)}));
    REQUIRE(error_text(reply) == "");
    Reader in(*reply);
    auto type = in.enter_variant();
    REQUIRE(type);
    std::string out;
    CHECK(append_property(out, {.value_only = true}, property, *type, in));
    return out.substr(0, out.find('\n'));
}

std::string_view interface_of(const Directive& row) {
    if (row.section == Section::Unit) return interface_name::unit;
    return row.section == Section::Own ? kind_of(row.kind).interface : interface_name::service;
}

} // namespace

TEST_CASE("each settable setting is shown as it was set") {
    BusWorld world;
    world.write("a.service", "[Service]\nExecStart=/bin/true\n");
    auto peer = world.peer();
    size_t count = 0;
    for (const auto& row : directives()) {
        if (!row.settable.kind) continue;
        CAPTURE(row.name);
        auto sample = sample_of(row.settable);
        CHECK(set(peer, cat(row.name, "=", sample.text)) == "");
        CHECK(show(peer, interface_of(row), row.property) == sample.shown);
        ++count;
    }
    CHECK(count > 45);
}

TEST_CASE("a value outside of a setting's bounds is refused on the way, whoever sends it") {
    const UnitKind& service = kind_of(UnitType::Service);
    for (const auto& row : directives()) {
        const auto& [kind, least, most] = row.settable;
        if (!kind || (row.signature != "t" && row.signature != "a(st)")) continue;
        CAPTURE(row.name);
        CHECK(find_settable(service, row.name) == &row);
        CHECK(find_settable_property(service, row.property).directive == &row);
        bool on_device = row.signature != "t";
        auto value = [&](uint64_t number) {
            return on_device ? PropertyValue(NumberedPaths{{"/dev/null", number}})
                             : PropertyValue(number);
        };
        auto passes = [&](uint64_t number) {
            auto parsed = kind->parse(row, cat(on_device ? "/dev/null " : "", number));
            return parsed && kind->lines(row, *parsed);
        };
        bool has_idle = kind == &settable_weight_or_idle;
        bool is_plain = kind != &settable_quota && kind != &settable_period;
        if (is_plain && least > 0) {
            if (!has_idle) CHECK(!kind->lines(row, value(least - 1)));
            CHECK(!passes(least - 1));
            CHECK(kind->lines(row, value(least)));
            CHECK(passes(least));
        }
        if (most != Settable::no_most) {
            CHECK(!kind->lines(row, value(uint64_t{most} + 1)));
            CHECK(!passes(uint64_t{most} + 1));
            CHECK(kind->lines(row, value(most)));
            CHECK(passes(most));
        }
    }
}

TEST_CASE("a text that is no value is refused, and so is a word that is none of the row's") {
    for (const auto& row : directives()) {
        const auto& [kind, least, most] = row.settable;
        if (!kind || kind == &settable_description || kind == &settable_interfaces) continue;
        CAPTURE(row.name);
        auto parsed = kind->parse(row, "no:such/value here");
        CHECK(!(parsed && kind->lines(row, *parsed)));
    }
}

TEST_CASE("a row is all that a setting's property needs") {
    for (const auto& row : directives()) {
        if (row.property.empty()) continue;
        CAPTURE(row.property);
        const auto* property = find_property(interface_of(row), row.property);
        REQUIRE(property);
        CHECK(property->signature == row.signature);
        // What the row can tell, nothing else does.
        if (row.get) CHECK(property->directive == &row);
    }
}

TEST_SUITE_END();
