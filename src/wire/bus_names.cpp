#include "wire/bus_names.hpp"

#include <array>
#include <cstdint>

#include "base/hex.hpp"
#include "base/text.hpp"

namespace sctl {

namespace {

constexpr size_t longest_name = 255;
constexpr int deepest_nesting = 32; // of arrays, and likewise of structs

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
}

// Parts joined by dots, two at least.
bool is_dotted_name(std::string_view name, bool digit_first, bool hyphen) {
    if (name.empty() || name.size() > longest_name) return false;
    bool at_start = true;
    bool dotted = false;
    for (char c : name) {
        if (c == '.') {
            if (at_start) return false;
            at_start = dotted = true;
            continue;
        }
        if (!is_name_character(c) && !(hyphen && c == '-')) return false;
        if (at_start && is_digit(c) && !digit_first) return false;
        at_start = false;
    }
    return dotted && !at_start;
}

constexpr auto basic_types = [] {
    std::array<bool, 256> table{};
    for (char each : std::string_view("ybnqiuxtdsogh"))
        table[static_cast<unsigned char>(each)] = true;
    return table;
}();

bool is_basic_type(char type) {
    return basic_types[static_cast<unsigned char>(type)];
}

// Walks over one type; `at` is moved past it. The depth bounds are checked before descending, so
// hostile input cannot exhaust the stack.
bool walk_type(std::string_view signature, size_t& at, int arrays, int structs, bool in_array) {
    if (at >= signature.size()) return false;
    char type = signature[at++];
    if (is_basic_type(type) || type == 'v') return true;
    if (type == 'a') {
        return arrays < deepest_nesting && walk_type(signature, at, arrays + 1, structs, true);
    }
    if (type == '(') {
        if (structs >= deepest_nesting) return false;
        do {
            if (!walk_type(signature, at, arrays, structs + 1, false)) return false;
        } while (at < signature.size() && signature[at] != ')');
        return at++ < signature.size();
    }
    if (type != '{' || !in_array || structs >= deepest_nesting) return false;
    if (at >= signature.size() || !is_basic_type(signature[at++])) return false;
    if (!walk_type(signature, at, arrays, structs + 1, false)) return false;
    return at < signature.size() && signature[at++] == '}';
}

int hex_value(char c) {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

} // namespace

bool is_valid_object_path(std::string_view path) {
    if (path.empty() || path.front() != '/') return false;
    if (path.size() == 1) return true;
    bool after_slash = false;
    for (char c : path) {
        if (c == '/' ? after_slash : !is_name_character(c)) return false;
        after_slash = c == '/';
    }
    return !after_slash;
}

bool is_valid_interface_name(std::string_view name) {
    return is_dotted_name(name, false, false);
}

bool is_valid_member_name(std::string_view name) {
    if (name.empty() || name.size() > longest_name || is_digit(name.front())) return false;
    for (char c : name) {
        if (!is_name_character(c)) return false;
    }
    return true;
}

bool is_valid_bus_name(std::string_view name) {
    if (name.size() > longest_name) return false;
    bool unique = name.starts_with(':');
    return is_dotted_name(unique ? name.substr(1) : name, unique, true);
}

size_t complete_type_length(std::string_view signature, DictEntry dict_entry) {
    size_t at = 0;
    bool valid = walk_type(signature, at, 0, 0, dict_entry == DictEntry::Allowed);
    return valid ? at : 0;
}

bool is_valid_signature(std::string_view signature) {
    if (signature.size() > longest_name) return false;
    while (!signature.empty()) {
        size_t length = complete_type_length(signature);
        if (length == 0) return false;
        signature.remove_prefix(length);
    }
    return true;
}

bool is_single_complete_type(std::string_view signature) {
    return signature.size() <= longest_name && !signature.empty() &&
           complete_type_length(signature) == signature.size();
}

size_t alignment_of(char type) {
    switch (type) {
        case 'n':
        case 'q': return 2;
        case 'b':
        case 'i':
        case 'u':
        case 'h':
        case 'a':
        case 's':
        case 'o': return 4;
        case 'x':
        case 't':
        case 'd':
        case '(':
        case '{': return 8;
        default: return 1; // y, g, v
    }
}

size_t fixed_size_of(char type) {
    if (type == 'y') return 1;
    bool fixed = std::string_view("bnqiuxtdh").find(type) != std::string_view::npos;
    return fixed ? alignment_of(type) : 0;
}

std::string object_path_escape(std::string_view text) {
    if (text.empty()) return "_";
    std::string out;
    out.reserve(text.size() + 8);
    for (size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (is_name_character(c) && c != '_' && !(i == 0 && is_digit(c))) {
            out += c;
            continue;
        }
        auto byte = static_cast<uint8_t>(c);
        out += '_';
        out += hex_digits[byte >> 4];
        out += hex_digits[byte & 15];
    }
    return out;
}

std::string object_path_unescape(std::string_view label) {
    std::string out;
    if (label == "_") return out;
    out.reserve(label.size());
    for (size_t i = 0; i < label.size(); ++i) {
        int high = label[i] == '_' && i + 2 < label.size() ? hex_value(label[i + 1]) : -1;
        int low = high >= 0 ? hex_value(label[i + 2]) : -1;
        if (low < 0) {
            out += label[i];
            continue;
        }
        out += static_cast<char>(high << 4 | low);
        i += 2;
    }
    return out;
}

std::string unit_object_path(std::string_view name) {
    return cat("/org/freedesktop/systemd1/unit/", object_path_escape(name));
}

} // namespace sctl
