// What Jinja2 computes when it compiles: expressions of constants alone. That is not the same as to
// compute it when a template is rendered: what fails there fails before anything is printed, also
// where it would never be reached, and "a" ~ "b" is not escaped part by part.
#pragma once

#include "template/node.hpp"
#include "template/objects.hpp"
#include "template/runtime.hpp"

namespace sctl::jinja {

class Folder {
  public:
    // As in nodes of this `escaping`; `known` is what is escaped where only the rendering will
    // tell.
    Folder(Runtime& runtime, Escaping escaping, bool known);

    // Missing where it is none. Throws what Jinja2 lets out of its compiler.
    [[nodiscard]] Value constant(const Node& node);
    // Makes constants of what the expression holds, and of itself.
    void fold(Node& node);

  private:
    [[nodiscard]] bool all_constant(const Nodes& nodes, Values& values);
    [[nodiscard]] Value constant_or_failed(const Node& node);
    [[nodiscard]] Value constant_dict(const Node& node);
    [[nodiscard]] bool constant_arguments(const Node& node, Arguments& arguments);
    [[nodiscard]] Value constant_filter(const Node& node);
    [[nodiscard]] Value constant_item(const Node& node);
    [[nodiscard]] Value constant_concat(const Node& node);
    [[nodiscard]] Value constant_compare(const Node& node);
    [[nodiscard]] Value constant_binary(const Node& node);

    Runtime& runtime_;
    bool volatile_;
    Frame frame_;
    Runtime::Entered entered_;
};

} // namespace sctl::jinja
