// Names of units: "PREFIX.TYPE", "PREFIX@.TYPE" (a template) and "PREFIX@INSTANCE.TYPE"; and how
// any text or path becomes part of one (systemd.unit(5), "String Escaping for Inclusion in Unit
// Names").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace sctl {

enum class UnitType : uint8_t {
    Service,
    Mount,
    Swap,
    Socket,
    Target,
    Device,
    Automount,
    Timer,
    Path,
    Slice,
    Scope,
};
inline constexpr size_t unit_type_count = static_cast<size_t>(UnitType::Scope) + 1;

// "service", ...; and back, nothing for an unknown suffix.
[[nodiscard]] std::string_view to_string(UnitType type);
[[nodiscard]] std::optional<UnitType> unit_type_from(std::string_view suffix);

// A name that has been checked. Compares and sorts as its text.
class UnitName {
  public:
    UnitName() = default; // the empty name: "no unit"
    // EINVAL where `text` is not a valid plain, template or instance name of at most 255 bytes.
    [[nodiscard]] static Result<UnitName> parse(std::string_view text);
    // A name that stands in our own code: whether it is valid is not looked at.
    [[nodiscard]] static UnitName of_ours(std::string_view text);
    // What a person types: escapes what may not stand in a name, makes a path a mount unit and a
    // /dev path a device, and adds `suffix` where there is none (systemctl(1): "nginx").
    // A pattern is kept as it is only through unit_name_mangle below.
    [[nodiscard]] static Result<UnitName> mangle(std::string_view typed,
                                                 std::string_view suffix = ".service");

    [[nodiscard]] const std::string& str() const noexcept { return text_; }
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }
    [[nodiscard]] UnitType type() const;
    [[nodiscard]] std::string_view stem() const;     // all before ".TYPE": "a@b" (%N)
    [[nodiscard]] std::string_view prefix() const;   // before "@" or ".TYPE": "a" (%p)
    [[nodiscard]] std::string_view instance() const; // after "@": "b"; empty if none (%i)
    [[nodiscard]] bool is_template() const;          // "a@.service"
    [[nodiscard]] bool is_instance() const;          // "a@b.service"
    // "a@.service" of "a@b.service"; a template's is itself, a plain unit's the empty name.
    [[nodiscard]] UnitName template_name() const;
    // "a@b.service" of a template or of another instance; EINVAL for a plain name.
    [[nodiscard]] Result<UnitName> with_instance(std::string_view instance) const;
    [[nodiscard]] Result<UnitName> with_type(UnitType type) const;

    bool operator==(const UnitName&) const = default;
    auto operator<=>(const UnitName&) const = default;

  private:
    std::string text_;
};

[[nodiscard]] bool unit_prefix_is_valid(std::string_view text);
[[nodiscard]] bool unit_instance_is_valid(std::string_view text);

// As UnitName::mangle, but with `keep_globs` a pattern stays as it is, for verbs that take
// patterns. Where the outcome does not begin with `typed` something was escaped, which systemctl(1)
// mentions.
[[nodiscard]] Result<std::string> unit_name_mangle(std::string_view typed, bool keep_globs,
                                                   std::string_view suffix = ".service");
[[nodiscard]] std::string unit_name_escape(std::string_view text);
[[nodiscard]] Result<std::string> unit_name_unescape(std::string_view text);
[[nodiscard]] Result<std::string> unit_name_path_escape(std::string_view path);
[[nodiscard]] Result<std::string> unit_name_path_unescape(std::string_view text);

// The unit of type `type` that stands for `path`: "home-me.mount". A name beyond 255 bytes is cut
// and ends in a hash of the whole ("_" and 16 digits), from which no way leads back.
[[nodiscard]] Result<UnitName> unit_name_from_path(std::string_view path, UnitType type);
// The same as the instance of a template: "PREFIX@home-me.mount".
[[nodiscard]] Result<UnitName> unit_name_from_path_instance(std::string_view prefix,
                                                            std::string_view path, UnitType type);
// The path that a unit's prefix stands for; ENAMETOOLONG for a hashed name.
[[nodiscard]] Result<std::string> unit_name_to_path(const UnitName& name);
[[nodiscard]] bool unit_name_is_hashed(std::string_view text);

// A slice's name says where it hangs: "a-b.slice" lies in "a.slice" (systemd.slice(5)).
[[nodiscard]] bool slice_name_is_valid(std::string_view text);
// EINVAL for what is no slice; the root slice, "-.slice", lies in none: ENOENT.
[[nodiscard]] Result<UnitName> slice_parent(const UnitName& slice);

// Whether a symbolic link named `link` to `target` makes `link` an alias (paths or bare names count
// by their last component). EINVAL where `link` is no name or its type has no aliases; EXDEV where
// type, kind (plain, template, instance) or instance differ. The error is worded as systemd warns.
[[nodiscard]] Result<void> check_alias(std::string_view link, std::string_view target);

} // namespace sctl
