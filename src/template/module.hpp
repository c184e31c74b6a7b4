// What `import` gives: a template's macros and variables, and what it printed.
#pragma once

#include <string>
#include <string_view>

#include "template/containers.hpp"
#include "template/value.hpp"

namespace sctl::jinja {

struct Module : Object {
    [[nodiscard]] std::string_view type_name() const override { return "TemplateModule"; }
    [[nodiscard]] std::string_view qualified_type_name() const override {
        return "jinja2.environment.TemplateModule";
    }
    void repr(String& out) const override;
    void to_str(String& out) const override { out += body; }
    Value attribute(std::string_view name) override;

    String name;
    String body;
    Ref<Dict> exported;
};

} // namespace sctl::jinja
