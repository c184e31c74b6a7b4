#include "tmpfiles/item.hpp"

#include <string_view>
#include <tuple>

namespace sctl {
namespace {

constexpr std::string_view with_path = "fFdDvqQpLcbC";
constexpr std::string_view with_pattern = "wetTaAhHxXrRmzZ";
constexpr std::string_view owning = "fFdDevqQpLcbCwxXrR";

bool is_one_of(ItemType type, std::string_view letters) {
    return letters.find(static_cast<char>(type)) != std::string_view::npos;
}

} // namespace

std::optional<ItemType> item_type_from(char letter) {
    auto type = static_cast<ItemType>(letter);
    if (is_one_of(type, with_path) || is_one_of(type, with_pattern)) return type;
    return std::nullopt;
}

bool takes_pattern(ItemType type) {
    return is_one_of(type, with_pattern);
}

bool takes_ownership(ItemType type) {
    return is_one_of(type, owning);
}

bool creates_directory(ItemType type) {
    return is_one_of(type, "dDvqQ");
}

mode_t Item::mode_for_new() const {
    return mode.value.value_or(creates_directory(type) ? 0755 : 0644);
}

bool are_compatible(const Item& a, const Item& b) {
    if (!takes_ownership(a.type) || !takes_ownership(b.type)) return true;
    auto what = [](const Item& i) {
        return std::tuple(i.argument, i.uid, i.gid, i.mode, i.mode_for_new(), i.age, i.mask_mode,
                          i.keep_first_level, i.device);
    };
    return what(a) == what(b);
}

} // namespace sctl
