// sorted(): compares in the order in which Python does, as errors tell which two it looked at.
#include "template/sorting.hpp"

#include <algorithm>

#include "template/filters.hpp"
#include "template/operations.hpp"

namespace sctl::jinja {
namespace {

constexpr size_t run_length = 32;

struct Entry {
    Value key, item;
};
using Entries = Vector<Entry>;

bool entry_less(const Entry& a, const Entry& b) {
    return less(a.key, b.key);
}

// Sorts [begin, end): what is sorted already at its start, up or down, then one by one into it.
void sort_run(Entries& entries, size_t begin, size_t end) {
    size_t sorted = begin + 1;
    if (sorted < end) {
        bool down = entry_less(entries[sorted], entries[sorted - 1]);
        for (sorted++; sorted < end && entry_less(entries[sorted], entries[sorted - 1]) == down;)
            sorted++;
        auto first = entries.begin() + static_cast<ptrdiff_t>(begin);
        if (down) std::reverse(first, entries.begin() + static_cast<ptrdiff_t>(sorted));
    }
    for (; sorted < end; sorted++) {
        size_t low = begin, high = sorted;
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (entry_less(entries[sorted], entries[middle]))
                high = middle;
            else
                low = middle + 1;
        }
        auto at = entries.begin() + static_cast<ptrdiff_t>(sorted);
        std::rotate(entries.begin() + static_cast<ptrdiff_t>(low), at, at + 1);
    }
}

void merge(Entries& from, Entries& to, size_t begin, size_t middle, size_t end) {
    size_t left = begin, right = middle;
    for (size_t at = begin; at < end; at++) {
        bool take_right = left == middle || (right < end && entry_less(from[right], from[left]));
        to[at] = std::move(from[take_right ? right++ : left++]);
    }
}

} // namespace

void sort_by_keys(Values& items, const Values& keys, bool reverse) {
    Entries entries;
    for (size_t i = 0; i < items.size(); i++) entries.push_back({keys[i], items[i]});
    if (reverse) std::ranges::reverse(entries);
    size_t count = entries.size();
    // Python knows longer runs; up to 63 items are one run for it.
    size_t run = count < 64 ? std::max<size_t>(count, 1) : run_length;
    for (size_t begin = 0; begin < count; begin += run)
        sort_run(entries, begin, std::min(begin + run, count));
    Entries other(run < count ? count : 0);
    for (size_t width = run; width < count; width *= 2) {
        for (size_t begin = 0; begin < count; begin += 2 * width)
            merge(entries, other, begin, std::min(begin + width, count),
                  std::min(begin + 2 * width, count));
        entries.swap(other);
    }
    if (reverse) std::ranges::reverse(entries);
    for (size_t i = 0; i < count; i++) items[i] = std::move(entries[i].item);
}

} // namespace sctl::jinja
