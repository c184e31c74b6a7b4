#include "template/token_stream.hpp"

#include <utility>

#include "base/text.hpp"
#include "template/parser.hpp"
#include "template/print.hpp"

namespace sctl::jinja {

TokenStream::TokenStream(Vector<Token> tokens) : tokens_(std::move(tokens)) {
    check(current());
}

void TokenStream::check(const Token& token) const {
    if (token.type == Tok::Error) throw SyntaxError{token.text, token.line};
}

const Token& TokenStream::look() const {
    const Token& token = tokens_[at_ + 1 < tokens_.size() ? at_ + 1 : at_];
    check(token);
    return token;
}

const Token& TokenStream::next() {
    const Token& left = tokens_[at_];
    if (left.type != Tok::Eof) at_++;
    check(current());
    return left;
}

bool TokenStream::is_name(std::string_view name) const {
    return is(Tok::Name) && current().text == name;
}

bool TokenStream::next_is_name(std::string_view name) const {
    return look().type == Tok::Name && look().text == name;
}

bool TokenStream::skip_if(Tok type) {
    if (!is(type)) return false;
    next();
    return true;
}

bool TokenStream::skip_if_name(std::string_view name) {
    if (!is_name(name)) return false;
    next();
    return true;
}

void TokenStream::fail_expecting(std::string_view what) const {
    String expected = str_repr(what);
    if (is(Tok::Eof))
        throw SyntaxError{joined("unexpected end of template, expected ", expected, "."),
                          current().line};
    throw SyntaxError{joined("expected token ", expected, ", got ", str_repr(describe(current()))),
                      current().line};
}

const Token& TokenStream::expect(Tok type) {
    if (!is(type)) fail_expecting(describe(type));
    return next();
}

void TokenStream::expect_name(std::string_view name) {
    if (!is_name(name)) fail_expecting(name);
    next();
}

} // namespace sctl::jinja
