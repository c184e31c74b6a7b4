// Between parsing and rendering: finds a place for each variable, looks up filters and tests, and
// checks what can be checked. A port of the decisions of Jinja2's compiler.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "template/node.hpp"

namespace sctl::jinja {

// A template that can be rendered.
struct Code {
    std::unique_ptr<Tree> tree;
    Function root;
    bool has_extends = false;
    Vector<Node*> blocks; // in the order in which they stand
    Values wanted;        // names that are looked for among the variables
};

// Throws SyntaxError, and PythonError of expressions of constants.
[[nodiscard]] std::unique_ptr<Code> resolve(std::unique_ptr<Tree> tree, Runtime& runtime);

} // namespace sctl::jinja
