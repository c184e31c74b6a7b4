// Variables of tests of templates, written as an expression of the language.
#pragma once

#include <string>
#include <string_view>

#include "template/callable.hpp"
#include "template/containers.hpp"
#include "template/date.hpp"
#include "template/environment.hpp"
#include "template/value.hpp"

namespace sctl::jinja {

// The dict that `text` says; an empty one for no text.
inline Value test_variables(std::string_view text) {
    struct Kept : Object {
        bool is_callable() const override { return true; }
        Value call(Runtime&, Arguments& arguments) override {
            if (arguments.positional.empty()) type_error("no variables");
            value = arguments.positional[0];
            return {};
        }
        Value value = dict();
    };
    auto* kept = new Kept;
    Value keeper(kept), given = dict();
    given.dict().put("keep", keeper);
    if (text.empty()) return kept->value;
    Environment environment(nullptr);
    std::string source = "{% do keep(" + std::string(text) + ") %}";
    Rendering done = environment.render(source, "variables", given);
    if (!kept->value.is(Kind::Dict)) kept->value = dict();
    if (!done.ok) kept->value.dict().put("error", str(done.error.text()));
    return kept->value;
}

} // namespace sctl::jinja
