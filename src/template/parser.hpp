// From the text of a template to its tree, with Jinja2's messages where it is wrong.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "template/lexer.hpp"
#include "template/node.hpp"

namespace sctl::jinja {

// The template itself is wrong. `assertion` where Jinja2 says TemplateAssertionError.
struct SyntaxError {
    String message;
    int line = 0;
    bool assertion = false;
};

struct ParserOptions {
    LexerOptions lexer;
    bool loop_controls = false; // break, continue
};

// Throws SyntaxError.
[[nodiscard]] std::unique_ptr<Tree> parse(std::string_view source, const ParserOptions& options);

} // namespace sctl::jinja
