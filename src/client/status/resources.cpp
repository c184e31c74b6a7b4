// What the unit uses: traffic, tasks, memory, processor.
#include "client/status/status_sections.hpp"
#include "client/text/format_property.hpp"
#include "unit/syntax/time_span.hpp"

namespace sctl {

namespace {

// 1536 is "1.5K".
std::string bytes_text(uint64_t bytes) {
    if (bytes < 1024) return cat(bytes, "B");
    static constexpr std::string_view units = "KMGTPE";
    size_t unit = 0;
    uint64_t factor = 1024;
    while (unit + 1 < units.size() && bytes / factor >= 1024) {
        factor *= 1024;
        ++unit;
    }
    uint64_t tenth = bytes % factor * 10 / factor;
    return cat(bytes / factor, ".", tenth, units.substr(unit, 1));
}

void add_memory(StatusPage& page) {
    auto current = page.unit.number("MemoryCurrent", unset_number);
    if (current == unset_number) return;
    static constexpr struct {
        std::string_view property, word;
        uint64_t nothing; // the value that is no limit
    } rows[] = {{"MemoryMin", "min: ", 0},
                {"MemoryLow", "low: ", 0},
                {"MemoryHigh", "high: ", unset_number},
                {"MemoryMax", "max: ", unset_number},
                {"MemorySwapMax", "swap max: ", unset_number},
                {"MemoryLimit", "limit: ", unset_number},
                {"MemoryAvailable", "available: ", unset_number}};
    std::string limits;
    for (const auto& row : rows) {
        auto value = page.unit.number(row.property, row.nothing);
        if (value != row.nothing)
            limits += cat(limits.empty() ? "" : " ", row.word, bytes_text(value));
    }
    page.print("     Memory: ", bytes_text(current));
    if (!limits.empty()) page.print(" (", limits, ")");
    page.print("\n");
}

} // namespace

void add_resources(StatusPage& page) {
    auto in = page.unit.number("IPIngressBytes", unset_number),
         out = page.unit.number("IPEgressBytes", unset_number);
    if (in != unset_number && out != unset_number) {
        page.print("         IP: ", bytes_text(in), " in, ", bytes_text(out), " out\n");
    }
    auto read = page.unit.number("IOReadBytes", unset_number),
         written = page.unit.number("IOWriteBytes", unset_number);
    if (read != unset_number && written != unset_number) {
        page.print("         IO: ", bytes_text(read), " read, ", bytes_text(written), " written\n");
    }
    auto tasks = page.unit.number("TasksCurrent", unset_number),
         most = page.unit.number("TasksMax", unset_number);
    if (tasks != unset_number) {
        page.print("      Tasks: ", tasks);
        if (most != unset_number) page.print(" (limit: ", most, ")");
        page.print("\n");
    }
    add_memory(page);
    auto cpu = page.unit.number("CPUUsageNSec", unset_number);
    if (cpu != unset_number)
        page.print("        CPU: ", format_span(span_from_usec(cpu / 1000), 1ms), "\n");
}

} // namespace sctl
