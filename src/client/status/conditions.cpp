// Why the unit was not started: conditions and asserts that were not met.
#include "client/status/status_sections.hpp"
#include "client/text/glyphs.hpp"

namespace sctl {

namespace {

void add_condition(StatusPage& page) {
    if (page.unit.boolean("ConditionResult", true) || !page.is_set("ConditionTimestamp")) return;
    page.print("  Condition: start ", page.colored(color_yellow(), "condition failed"), " at ",
               page.moment("ConditionTimestamp"), "\n");
    std::vector<std::string> failed;
    if (auto in = page.unit.value("Conditions", "a(sbbsi)")) {
        (void)in->enter_array().has_value();
        while (!in->at_end()) {
            std::string name, parameter;
            bool trigger = false, negate = false;
            int32_t result = 0;
            (void)in->enter_struct().has_value();
            (void)in->read(name, trigger, negate, parameter, result).has_value();
            (void)in->exit_struct().has_value();
            if (result < 0)
                failed.push_back(cat(name, "=", trigger ? "|" : "", negate ? "!" : "",
                                     escape_unprintable(parameter)));
        }
    }
    for (size_t i = 0; i < failed.size(); ++i) {
        auto branch = glyph(i + 1 < failed.size() ? Glyph::Branch : Glyph::Corner);
        page.print(status_indent, branch, " ", failed[i], " was not met\n");
    }
}

void add_assert(StatusPage& page) {
    if (page.unit.boolean("AssertResult", true) || !page.is_set("AssertTimestamp")) return;
    page.print("     Assert: start ", page.colored(color_red, "assertion failed"), " at ",
               page.moment("AssertTimestamp"), "\n");
    auto in = page.unit.value("Asserts", "a(sbbsi)");
    if (!in) return;
    bool any_trigger = false;
    std::string failed;
    (void)in->enter_array().has_value();
    while (!in->at_end()) {
        std::string name, parameter;
        bool trigger = false, negate = false;
        int32_t result = 0;
        (void)in->enter_struct().has_value();
        (void)in->read(name, trigger, negate, parameter, result).has_value();
        (void)in->exit_struct().has_value();
        if (result >= 0) continue;
        if (trigger)
            any_trigger = true;
        else if (failed.empty())
            failed = cat(name, "=", negate ? "!" : "", escape_unprintable(parameter));
    }
    if (!failed.empty())
        page.print(status_indent, failed, " was not met\n");
    else if (any_trigger)
        page.print(status_indent, "none of the trigger assertions were met\n");
}

} // namespace

void add_conditions(StatusPage& page) {
    add_condition(page);
    add_assert(page);
}

} // namespace sctl
