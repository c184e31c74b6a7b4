// The parser's view of the tokens: the one it looks at, and those behind it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "template/lexer.hpp"

namespace sctl::jinja {

class TokenStream {
  public:
    explicit TokenStream(Vector<Token> tokens);

    [[nodiscard]] const Token& current() const { return tokens_[at_]; }
    // The token behind the current one.
    [[nodiscard]] const Token& look() const;
    // Goes one on, and returns the one left behind.
    const Token& next();
    void skip(int count) {
        while (count-- > 0) next();
    }
    [[nodiscard]] bool is(Tok type) const { return current().type == type; }
    [[nodiscard]] bool is_name(std::string_view name) const;
    [[nodiscard]] bool next_is_name(std::string_view name) const;
    bool skip_if(Tok type);
    bool skip_if_name(std::string_view name);
    // Takes the token, or throws SyntaxError.
    const Token& expect(Tok type);
    void expect_name(std::string_view name);

  private:
    void check(const Token& token) const;
    [[noreturn]] void fail_expecting(std::string_view what) const;

    Vector<Token> tokens_;
    size_t at_ = 0;
};

} // namespace sctl::jinja
