#include "unit/values/version_compare.hpp"

#include <utility>

namespace sctl {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool counts(char c) {
    return is_digit(c) || is_letter(c) || c == '~' || c == '-' || c == '^' || c == '.';
}

// The longest start of `text` of one kind of character, taken off.
std::string_view take(std::string_view& text, bool (*kind)(char)) {
    size_t size = 0;
    while (size < text.size() && kind(text[size])) ++size;
    auto taken = text.substr(0, size);
    text.remove_prefix(size);
    return taken;
}

int compare_numbers(std::string_view a, std::string_view b) {
    auto significant = [](std::string_view digits) {
        auto at = digits.find_first_not_of('0');
        return at == digits.npos ? std::string_view() : digits.substr(at);
    };
    a = significant(a), b = significant(b);
    if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
    return a.compare(b);
}

} // namespace

int compare_versions(std::string_view a, std::string_view b) {
    while (true) {
        take(a, [](char c) { return !counts(c); });
        take(b, [](char c) { return !counts(c); });
        auto starts = [](std::string_view text, char c) { return text.starts_with(c); };
        // "~" comes before everything, the end included; then the end; then "-", "^" and ".".
        if (starts(a, '~') || starts(b, '~')) {
            if (starts(a, '~') != starts(b, '~')) return starts(a, '~') ? -1 : 1;
            a.remove_prefix(1), b.remove_prefix(1);
            continue;
        }
        if (a.empty() || b.empty()) return int(!a.empty()) - int(!b.empty());
        bool separated = false;
        for (char mark : {'-', '^', '.'}) {
            if (!starts(a, mark) && !starts(b, mark)) continue;
            if (starts(a, mark) != starts(b, mark)) return starts(a, mark) ? -1 : 1;
            a.remove_prefix(1), b.remove_prefix(1);
            separated = true;
            break;
        }
        if (separated) continue;
        if (is_digit(a.front()) || is_digit(b.front())) {
            auto x = take(a, is_digit), y = take(b, is_digit);
            if (x.empty() != y.empty()) return x.empty() ? -1 : 1; // digits come after letters
            if (int order = compare_numbers(x, y)) return order;
        } else if (int order = take(a, is_letter).compare(take(b, is_letter))) {
            return order;
        }
    }
}

std::optional<Order> take_order(std::string_view& text) {
    constexpr std::pair<std::string_view, Order> operators[] = {
        {"<=", Order::LowerOrEqual}, {">=", Order::GreaterOrEqual}, {"!=", Order::Unequal},
        {"<", Order::Lower},         {">", Order::Greater},         {"=", Order::Equal},
    };
    for (auto [sign, order] : operators)
        if (text.starts_with(sign)) {
            text.remove_prefix(sign.size());
            return order;
        }
    return std::nullopt;
}

bool fulfils(int comparison, Order order) {
    switch (order) {
        case Order::Lower: return comparison < 0;
        case Order::LowerOrEqual: return comparison <= 0;
        case Order::Equal: return comparison == 0;
        case Order::Unequal: return comparison != 0;
        case Order::GreaterOrEqual: return comparison >= 0;
        case Order::Greater: return comparison > 0;
    }
    return false;
}

} // namespace sctl
