// Answers calendar expressions that come on the standard input, for tests/fuzz/compare_calendar.py:
// so that thousands of them need one process. The local zone is that of $TZ.
//
// A question is a line "AFTER COUNT EXPRESSION", where AFTER is in microseconds since the epoch.
// What comes back is a line "!CODE", an errno value, or the normal form and the next COUNT elapses,
// with tabs between; where there is no next one, "!CODE" is the last of them.
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

#include "unit/values/calendar.hpp"

using namespace sctl;

int main() {
    TimeZones zones;
    std::string line;
    while (std::getline(std::cin, line)) {
        int text_at = 0;
        long long after = 0;
        int count = 0;
        if (sscanf(line.c_str(), "%lld %d%n", &after, &count, &text_at) != 2) return EXIT_FAILURE;
        auto spec = parse_calendar(std::string_view(line).substr(text_at + 1), zones);
        if (!spec) {
            printf("!%d\n", spec.error().code);
            continue;
        }
        fputs(format_calendar(*spec).c_str(), stdout);
        Span moment(after);
        for (int i = 0; i < count; ++i) {
            auto next = next_elapse(*spec, moment, zones);
            if (!next) {
                printf("\t!%d", next.error().code);
                break;
            }
            moment = *next;
            printf("\t%lld", static_cast<long long>(moment.count()));
        }
        putchar('\n');
    }
}
