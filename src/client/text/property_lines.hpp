// Within the formats of `show`: collects the lines of one property by its style. For
// format_property*.cpp alone.
#pragma once

#include <string>
#include <string_view>

#include "base/text.hpp"
#include "client/text/format_property.hpp"

namespace sctl {

class PropertyLines {
  public:
    PropertyLines(std::string& out, const PropertyStyle& style, std::string_view name)
        : out_(out), style_(style), name_(name) {}

    [[nodiscard]] const PropertyStyle& style() const noexcept { return style_; }
    [[nodiscard]] std::string_view name() const noexcept { return name_; }
    // NAME=VALUE; nothing for an empty value unless these are wanted.
    void add(std::string_view value) {
        if (!value.empty() || style_.empty) add_always(value);
    }
    void add_always(std::string_view value) {
        if (style_.value_only)
            out_ += cat(value, '\n');
        else
            out_ += cat(name_, '=', value, '\n');
    }

  private:
    std::string& out_;
    const PropertyStyle& style_;
    std::string_view name_;
};

// Reads one value and adds its lines.
using AddProperty = void (*)(PropertyLines& lines, Reader& in);

// For the properties of this name and type that are not printed as a plain number, text or list;
// else nullptr.
[[nodiscard]] AddProperty special_property_format(std::string_view name, std::string_view type);

} // namespace sctl
