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
    void repr(std::string& out) const override;
    void to_str(std::string& out) const override { out += body; }
    Value attribute(std::string_view name) override;

    std::string name;
    std::string body;
    Ref<Dict> exported;
};

} // namespace sctl::jinja
