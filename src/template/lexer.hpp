// Tokens of a template's text, as Jinja2's lexer finds them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "template/value.hpp"

namespace sctl::jinja {

enum class Tok : uint8_t {
    Add,
    Assign,
    Colon,
    Comma,
    Div,
    Dot,
    Eq,
    FloorDiv,
    Gt,
    GtEq,
    LBrace,
    LBracket,
    LParen,
    Lt,
    LtEq,
    Mod,
    Mul,
    Ne,
    Pipe,
    Pow,
    RBrace,
    RBracket,
    RParen,
    Semicolon,
    Sub,
    Tilde,
    Float,
    Integer,
    Name,
    String,
    BlockBegin,
    BlockEnd,
    VariableBegin,
    VariableEnd,
    Data,
    Eof,
    Error // what is wrong is known, and said when the parser comes here
};

struct Token {
    Tok type = Tok::Eof;
    int line = 1;
    String text; // the name, the data, the string's value; the message of an Error
    Value number;
};

struct LexerOptions {
    bool keep_trailing_newline = true;
    bool trim_blocks = false;
    bool lstrip_blocks = false;
};

// Ends with one of Eof or Error.
[[nodiscard]] Vector<Token> tokenize(std::string_view source, const LexerOptions& options);

// As messages name it: "end of print statement", "integer", ")".
[[nodiscard]] std::string_view describe(Tok type);
[[nodiscard]] String describe(const Token& token);

// The source with \r\n and \r as \n.
[[nodiscard]] String with_plain_newlines(std::string_view source);

} // namespace sctl::jinja
