// What the rows of the directive table are made of; only directives*.cpp include it. A row names a
// member of a config and how its text is read; by default the member's type decides:
//
//     row<&ServiceConfig::restart>("Restart", Support::Same, "Restart", "s")
//     row<&KillConfig::kill_signal, read_signal>("KillSignal", ...)
//
// A reader leaves the member as it was where the text is bad, and warns in systemd's words.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "unit/settings/directives.hpp"
#include "unit/syntax/exec_command.hpp"
#include "unit/values/enum_text.hpp"

namespace sctl {

// The config of type C within a unit, for writing. A kind's own was made as its unit began to load.
template <class C>
[[nodiscard]] C& edit_part(LoadedUnit& unit) {
    if constexpr (std::same_as<C, UnitConfig>)
        return unit.unit;
    else if constexpr (std::same_as<C, KillConfig>)
        return unit.kill.edit();
    else if constexpr (std::same_as<C, ExecConfig>)
        return unit.exec.edit();
    else
        return static_cast<C&>(*unit.own);
}

// The rows of a table, a constant, with the section that they stand in; or as a kind's own.
template <const auto& Table, Section Where, UnitType Kind = UnitType()>
inline constexpr auto in_section = [] {
    std::array<Directive, std::size(Table)> rows;
    std::ranges::copy(Table, rows.begin());
    for (Directive& row : rows) {
        row.section = Where;
        row.kind = Kind;
    }
    return rows;
}();
template <const auto& Table, UnitType Kind>
inline constexpr auto own_of = in_section<Table, Section::Own, Kind>;

// For reading: a unit that is not loaded has the defaults.
[[nodiscard]] const ExecConfig& exec_of(const LoadedUnit& unit);
template <class C>
[[nodiscard]] const C& part_of(const LoadedUnit& unit) {
    if constexpr (std::same_as<C, UnitConfig>) {
        return unit.unit;
    } else if constexpr (std::same_as<C, KillConfig>) {
        return *unit.kill;
    } else if constexpr (std::same_as<C, ExecConfig>) {
        return exec_of(unit);
    } else {
        static const C defaults;
        const auto* own = config_as<C>((unit.own ? unit.own : unit.stand_in).get());
        return own ? *own : defaults;
    }
}

// Specifiers resolved; nothing, after a warning, where one is unknown. `quote` goes around the text
// in the warning ("'", "\"" or ""), as systemd varies it; OnError::Refuse also refuses the unit.
enum class OnError : bool { Ignore, Refuse };
[[nodiscard]] std::optional<std::string> expanded(Setting& setting, std::string_view text,
                                                  std::string_view quote = "'",
                                                  OnError on_error = OnError::Ignore);
// A path made simple, or nothing after a warning: not UTF-8, not absolute (or absolute where
// `relative`), too long, or with "..".
enum class PathKind : bool { Absolute, Relative };
[[nodiscard]] std::optional<std::string> checked_path(Setting& setting, std::string_view path,
                                                      PathKind kind = PathKind::Absolute,
                                                      OnError on_error = OnError::Ignore);
// A warning that also makes the unit one with a bad setting.
void refuse(Setting& setting, std::string_view text);

void read_value(Setting& setting, std::string& out); // specifiers expanded; empty resets
void read_value(Setting& setting, std::vector<ExecCommand>& commands); // likewise
template <class E>
requires std::is_enum_v<E>
void read_value(Setting& setting, E& out) {
    if (auto value = from_text<E>(setting.value))
        out = *value;
    else
        setting.warning(cat(EnumText<E>::complaint, setting.value));
}

void read_path(Setting& setting, std::string& out);
void read_user(Setting& setting, std::string& out); // or a group: a name or a number
// Unit= of a kind that starts another unit: a dependency, Triggers and Before.
void read_trigger(Setting& setting);

[[nodiscard]] inline PropertyValue to_property(bool value) {
    return value;
}
[[nodiscard]] inline PropertyValue to_property(unsigned value) {
    return uint32_t{value};
}
[[nodiscard]] inline PropertyValue to_property(int value) {
    return int32_t{value};
}
[[nodiscard]] inline PropertyValue to_property(int64_t value) {
    return value;
}
[[nodiscard]] inline PropertyValue to_property(uint64_t value) {
    return value;
}
[[nodiscard]] inline PropertyValue to_property(Span value) {
    return to_usec(value);
}
[[nodiscard]] inline PropertyValue to_property(const std::string& value) {
    return value;
}
[[nodiscard]] inline PropertyValue to_property(const std::vector<std::string>& value) {
    return value;
}
template <class E>
requires std::is_enum_v<E>
[[nodiscard]] PropertyValue to_property(E value) {
    return std::string(to_text(value));
}
// An exit status that is not set shows as -1.
[[nodiscard]] inline PropertyValue to_property(const std::optional<int>& value) {
    return int32_t{value.value_or(-1)};
}

inline constexpr auto by_type = [](Setting& setting, auto& out) { read_value(setting, out); };

template <class Pointer>
struct OwnerOf;
template <class T, class C>
struct OwnerOf<T C::*> {
    using type = C;
};

template <auto Member, auto Reader = by_type>
void read_into(Setting& setting) {
    using Owner = typename OwnerOf<decltype(Member)>::type;
    Reader(setting, edit_part<Owner>(setting.unit).*Member);
}

template <auto Member, auto Reader = by_type>
[[nodiscard]] constexpr Directive row(std::string_view name, Support support,
                                      std::string_view property = "",
                                      std::string_view signature = "") {
    using Owner = typename OwnerOf<decltype(Member)>::type;
    Directive made{name, support, read_into<Member, Reader>, property, signature};
    using Value = std::remove_reference_t<decltype(std::declval<const Owner&>().*Member)>;
    if constexpr (requires(const Value& value) { to_property(value); })
        if (!property.empty())
            made.get = [](const LoadedUnit& unit) {
                return to_property(part_of<Owner>(unit).*Member);
            };
    return made;
}

// The same with a property of its own making.
template <auto Member, auto Reader, auto Get>
[[nodiscard]] constexpr Directive row(std::string_view name, Support support,
                                      std::string_view property, std::string_view signature) {
    return {name, support, read_into<Member, Reader>, property, signature, Get};
}

// A row whose property is not printed as its type is.
[[nodiscard]] constexpr Directive formatted(Directive row, ValueFormat format) {
    row.format = format;
    return row;
}

// A row whose setting can be changed while the unit is loaded.
[[nodiscard]] constexpr Directive settable(Directive row, const Settable& how,
                                           ValueFormat format = ValueFormat::ByType) {
    row.settable = how;
    return formatted(row, format);
}

// A table of directives that come in groups.
template <size_t Groups, size_t Size>
[[nodiscard]] constexpr std::array<Directive, Groups * Size> flat(
    const std::array<Directive, Size> (&groups)[Groups]) {
    std::array<Directive, Groups * Size> rows{};
    for (size_t i = 0; i < rows.size(); ++i) rows[i] = groups[i / Size][i % Size];
    return rows;
}

// The rows of each file.
[[nodiscard]] std::span<const Directive> unit_rows();
[[nodiscard]] std::span<const Directive> condition_rows();
[[nodiscard]] std::span<const Directive> install_rows();
[[nodiscard]] std::span<const Directive> exec_rows();
[[nodiscard]] std::span<const Directive> limit_rows();
[[nodiscard]] std::span<const Directive> directory_rows();
[[nodiscard]] std::span<const Directive> credential_rows();
[[nodiscard]] std::span<const Directive> stdio_rows();
[[nodiscard]] std::span<const Directive> absent_exec_rows();
[[nodiscard]] std::span<const Directive> kill_rows();
[[nodiscard]] std::span<const Directive> resource_rows();

} // namespace sctl
