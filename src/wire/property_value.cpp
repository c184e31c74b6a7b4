#include "wire/property_value.hpp"

#include <cerrno>

#include "base/text.hpp"

namespace sctl {
namespace {

// The types of the alternatives, in their order.
constexpr std::string_view value_types[] = {
    "b",     "i",      "u",       "x",       "t",          "s",          "as",      "ay",
    "a(ss)", "a(st)",  "a(iayu)", "a(iiqq)", "(bas)",      "(bs)",       "a(ssbt)", "aay",
    "a(sb)", "a(say)", "a(sst)",  "(aiai)",  "a(sba(ss))", "a(ssba(ss))"};
static_assert(std::size(value_types) == std::variant_size_v<PropertyValue>);

template <class T>
constexpr std::string_view type_of() {
    constexpr size_t at = []<class... Each>(const std::variant<Each...>*) {
        size_t index = 0;
        (void)((std::is_same_v<T, Each> || (++index, false)) || ...);
        return index;
    }(static_cast<const PropertyValue*>(nullptr));
    return value_types[at];
}

void write(Writer& out, bool value) {
    out.boolean(value);
}
void write(Writer& out, uint8_t value) {
    out.byte(value);
}
void write(Writer& out, uint16_t value) {
    out.uint16(value);
}
void write(Writer& out, int32_t value) {
    out.int32(value);
}
void write(Writer& out, uint32_t value) {
    out.uint32(value);
}
void write(Writer& out, int64_t value) {
    out.int64(value);
}
void write(Writer& out, uint64_t value) {
    out.uint64(value);
}
void write(Writer& out, const std::string& value) {
    out.string(value);
}
void write(Writer& out, const std::vector<int32_t>& values) { // of no property by itself
    out.open_array("i");
    for (int32_t value : values) out.int32(value);
    out.close_array();
}
template <class T>
void write(Writer& out, const std::vector<T>& values);
template <class... Members>
void write_members(Writer& out, const Members&... members) {
    out.open_struct();
    (write(out, members), ...);
    out.close_struct();
}
template <class A, class B>
void write(Writer& out, const std::pair<A, B>& value) {
    write_members(out, value.first, value.second);
}
template <class... Members>
void write(Writer& out, const std::tuple<Members...>& value) {
    std::apply([&](const auto&... members) { write_members(out, members...); }, value);
}
template <class T>
void write(Writer& out, const std::vector<T>& values) {
    out.open_array(type_of<std::vector<T>>().substr(1));
    for (const auto& value : values) write(out, value);
    out.close_array();
}

// Errors of a Reader last: whoever reads on reads nothing.
template <class T>
void take(Reader& in, T& out) {
    (void)in.read(out);
}
template <class T>
void take(Reader& in, std::vector<T>& out);
template <class... Members>
void take_members(Reader& in, Members&... members) {
    (void)in.enter_struct();
    (take(in, members), ...);
    (void)in.exit_struct();
}
template <class A, class B>
void take(Reader& in, std::pair<A, B>& out) {
    take_members(in, out.first, out.second);
}
template <class... Members>
void take(Reader& in, std::tuple<Members...>& out) {
    std::apply([&](auto&... members) { take_members(in, members...); }, out);
}
template <class T>
void take(Reader& in, std::vector<T>& out) {
    (void)in.enter_array();
    while (!in.at_end()) take(in, out.emplace_back());
    (void)in.exit_array();
}

template <class T>
Result<PropertyValue> take_value(Reader& in) {
    T value{};
    take(in, value);
    if (auto read = in.status(); !read) return read.error();
    return PropertyValue(std::move(value));
}

} // namespace

std::string_view signature_of(const PropertyValue& value) {
    return value_types[value.index()];
}

void write_value(Writer& out, const PropertyValue& value) {
    std::visit([&](const auto& held) { write(out, held); }, value);
}

Result<PropertyValue> read_value(Reader& in, std::string_view type) {
    struct ValueReader {
        std::string_view type;
        Result<PropertyValue> (*take)(Reader& in);
    };
    static constexpr ValueReader readers[] = {
        {"b", take_value<bool>},
        {"u", take_value<uint32_t>},
        {"t", take_value<uint64_t>},
        {"s", take_value<std::string>},
        {"as", take_value<Strings>},
        {"ay", take_value<Bytes>},
        {"a(ss)", take_value<StringPairs>},
        {"a(st)", take_value<NumberedPaths>},
        {"a(iayu)", take_value<Addresses>},
        {"a(iiqq)", take_value<PortRules>},
        {"(bas)", take_value<NameFilter>},
    };
    for (const auto& reader : readers) {
        if (reader.type == type) return reader.take(in);
    }
    return Error{EINVAL, cat("No client may set a property of the type ", type), {}};
}

} // namespace sctl
