#include "client/text/unit_order.hpp"

#include <algorithm>
#include <string>

#include "base/text.hpp"

namespace sctl {

namespace {

// ".service", or "" where there is no dot.
std::string_view type_suffix(std::string_view name) {
    auto dot = name.rfind('.');
    return dot == std::string_view::npos ? std::string_view() : name.substr(dot);
}

// What a name is compared by, as bytes: the suffix, a zero and the name, all in small letters.
struct Key {
    std::string_view text;
    size_t index;
};

} // namespace

bool same_type(std::string_view a, std::string_view b) {
    return equal_ignoring_case(type_suffix(a), type_suffix(b));
}

std::vector<size_t> unit_order(std::span<const std::string_view> names) {
    size_t size = 0;
    for (auto name : names) size += type_suffix(name).size() + 1 + name.size();
    std::string texts; // never moved: the keys are parts of it
    texts.reserve(size);
    std::vector<Key> keys;
    keys.reserve(names.size());
    for (auto name : names) {
        size_t begin = texts.size();
        texts.append(type_suffix(name)).append(1, '\0').append(name);
        keys.push_back({std::string_view(texts).substr(begin), keys.size()});
    }
    for (char& letter : texts) {
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    }
    std::ranges::sort(keys, {}, &Key::text);
    std::vector<size_t> order;
    order.reserve(keys.size());
    for (const auto& key : keys) order.push_back(key.index);
    return order;
}

} // namespace sctl
