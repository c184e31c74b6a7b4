// The parser: statements in parser.cpp, expressions in parse_expression.cpp. For these two alone.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "template/parser.hpp"
#include "template/token_stream.hpp"

namespace sctl::jinja {

using EndTags = std::span<const std::string_view>;

class Parser {
  public:
    Parser(Tree& tree, std::string_view source, const ParserOptions& options)
        : tree_(tree), options_(options), stream_(tokenize(source, options.lexer)) {}

    // Statements up to one of the tags, which is looked at then; or all.
    Nodes subparse(EndTags end_tags);

  private:
    struct StatementRow;
    static const StatementRow statement_rows[];

    Node* parse_statement();
    Nodes parse_body(EndTags end_tags, bool drop_tag);
    Node* parse_for();
    Node* parse_if();
    Node* parse_block();
    Node* parse_extends();
    Node* parse_print();
    Node* parse_macro();
    Node* parse_include();
    Node* parse_from();
    Node* parse_import();
    Node* parse_set();
    Node* parse_with();
    Node* parse_autoescape();
    Node* parse_call_block();
    Node* parse_filter_block();
    Node* parse_do();
    Node* parse_loop_control();
    void parse_signature(Node& node);
    bool parse_context(bool fallback);
    bool parse_context_of_from(Node& node);

    // How a target of an assignment is written.
    struct TargetStyle {
        bool namespaces = false;
        bool name_only = false;
        std::string_view end = {}; // a name that ends a tuple
    };
    Node* parse_target(const TargetStyle& style);
    void set_access(Node& node, Access access);
    static bool can_assign(const Node& node);

    Node* parse_expression(bool with_condition = true);
    Node* parse_condition();
    Node* parse_or();
    Node* parse_and();
    Node* parse_not();
    Node* parse_compare();
    Node* parse_sum();
    Node* parse_concat();
    Node* parse_product();
    Node* parse_power();
    Node* parse_unary(bool with_filter = true);
    Node* parse_primary();
    struct TupleStyle {
        bool simplified = false;
        bool with_condition = true;
        bool in_parentheses = false;
        std::string_view end = {};
    };
    Node* parse_tuple(const TupleStyle& style);
    Node* parse_list();
    Node* parse_dict();
    Node* parse_postfix(Node* node);
    Node* parse_filter_expression(Node* node);
    Node* parse_subscript(Node* node);
    Node* parse_subscribed();
    void parse_arguments(Node& call);
    void parse_keyword_or_argument(Node& call, int line);
    Node* parse_call(Node* node);
    Node* parse_filter(Node* node, bool begin_inline);
    Node* parse_test(Node* node);
    String parse_dotted_name();

    Node* binary(Op op, Node* left, Node* right, int line);
    [[noreturn]] void fail(String message, int line = 0, bool assertion = false) const;
    [[noreturn]] void fail_unknown_tag(const String* name, int line) const;

    Tree& tree_;
    ParserOptions options_;
    TokenStream stream_;
    Vector<String> open_tags_;
    Vector<EndTags> end_tags_;
};

} // namespace sctl::jinja
