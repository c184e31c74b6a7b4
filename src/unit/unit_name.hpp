// Names of units: "PREFIX.TYPE", "PREFIX@.TYPE" (a template) and "PREFIX@INSTANCE.TYPE"; and how any
// text or path becomes part of one (systemd.unit(5), "String Escaping for Inclusion in Unit Names").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace sctl {

enum class UnitType : uint8_t {
    Service, Mount, Swap, Socket, Target, Device, Automount, Timer, Path, Slice, Scope,
};
inline constexpr size_t unit_type_count = 11;

// "service", ...; and back, nothing for an unknown suffix.
[[nodiscard]] std::string_view to_string(UnitType type);
[[nodiscard]] std::optional<UnitType> unit_type_from(std::string_view suffix);

// A name that has been checked. Compares and sorts as its text.
class UnitName {
  public:
    UnitName() = default; // the empty name: "no unit"
    // EINVAL where `text` is not a valid plain, template or instance name of at most 255 bytes.
    [[nodiscard]] static Result<UnitName> parse(std::string_view text);
    // What a person types: escapes what may not stand in a name, makes a path a mount unit and a
    // /dev path a device, and adds `suffix` where there is none (systemctl(1): "nginx").
    // A pattern is kept as it is only through unit_name_mangle below.
    [[nodiscard]] static Result<UnitName> mangle(std::string_view typed, std::string_view suffix = ".service");

    [[nodiscard]] const std::string& str() const noexcept { return text_; }
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }
    [[nodiscard]] UnitType type() const;
    [[nodiscard]] std::string_view stem() const;     // all before ".TYPE": "a@b" (%N)
    [[nodiscard]] std::string_view prefix() const;   // before "@" or ".TYPE": "a" (%p)
    [[nodiscard]] std::string_view instance() const; // between "@" and ".TYPE": "b"; empty if none (%i)
    [[nodiscard]] bool is_template() const;          // "a@.service"
    [[nodiscard]] bool is_instance() const;          // "a@b.service"
    [[nodiscard]] UnitName template_name() const;    // "a@.service" of an instance
    [[nodiscard]] Result<UnitName> with_instance(std::string_view instance) const;
    [[nodiscard]] Result<UnitName> with_type(UnitType type) const;

    bool operator==(const UnitName&) const = default;
    auto operator<=>(const UnitName&) const = default;

  private:
    std::string text_;
};

[[nodiscard]] bool unit_prefix_is_valid(std::string_view text);
[[nodiscard]] bool unit_instance_is_valid(std::string_view text);

// As UnitName::mangle, but glob characters stay, for verbs that take patterns.
[[nodiscard]] Result<std::string> unit_name_mangle(std::string_view typed, bool keep_globs,
                                                   std::string_view suffix = ".service");
[[nodiscard]] std::string unit_name_escape(std::string_view text);
[[nodiscard]] Result<std::string> unit_name_unescape(std::string_view text);
[[nodiscard]] Result<std::string> unit_name_path_escape(std::string_view path);
[[nodiscard]] Result<std::string> unit_name_path_unescape(std::string_view text);

} // namespace sctl
