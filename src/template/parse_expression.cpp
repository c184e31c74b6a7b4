#include <algorithm>
#include <iterator>

#include "base/text.hpp"
#include "template/parser_class.hpp"
#include "template/print.hpp"

namespace sctl::jinja {
namespace {

struct CompareRow {
    Tok token;
    Op op;
};

constexpr CompareRow compare_rows[] = {{Tok::Eq, Op::Eq}, {Tok::Ne, Op::Ne},
                                       {Tok::Lt, Op::Lt}, {Tok::LtEq, Op::LtEq},
                                       {Tok::Gt, Op::Gt}, {Tok::GtEq, Op::GtEq}};

} // namespace

Node* Parser::binary(Op op, Node* left, Node* right, int line) {
    Node* node = tree_.make(NodeType::Binary, line);
    node->op = op;
    node->left = left;
    node->right = right;
    return node;
}

Node* Parser::parse_expression(bool with_condition) {
    Depth depth;
    return with_condition ? parse_condition() : parse_or();
}

Node* Parser::parse_condition() {
    int line = stream_.current().line;
    Node* node = parse_or();
    while (stream_.skip_if_name("if")) {
        Node* condition = tree_.make(NodeType::Conditional, line);
        condition->test = parse_or();
        condition->left = node;
        if (stream_.skip_if_name("else")) {
            Depth depth;
            condition->right = parse_condition();
        }
        node = condition;
        line = stream_.current().line;
    }
    return node;
}

Node* Parser::parse_or() {
    int line = stream_.current().line;
    Node* left = parse_and();
    while (stream_.skip_if_name("or")) {
        left = binary(Op::Or, left, parse_and(), line);
        line = stream_.current().line;
    }
    return left;
}

Node* Parser::parse_and() {
    int line = stream_.current().line;
    Node* left = parse_not();
    while (stream_.skip_if_name("and")) {
        left = binary(Op::And, left, parse_not(), line);
        line = stream_.current().line;
    }
    return left;
}

Node* Parser::parse_not() {
    if (!stream_.is_name("not")) return parse_compare();
    Depth depth;
    Node* node = tree_.make(NodeType::Not, stream_.next().line);
    node->left = parse_not();
    return node;
}

Node* Parser::parse_compare() {
    int line = stream_.current().line;
    Node* first = parse_sum();
    Node* node = nullptr;
    while (true) {
        Op op{};
        auto row = std::ranges::find(compare_rows, stream_.current().type, &CompareRow::token);
        if (row != std::end(compare_rows)) {
            op = row->op;
            stream_.next();
        } else if (stream_.skip_if_name("in")) {
            op = Op::In;
        } else if (stream_.is_name("not") && stream_.next_is_name("in")) {
            op = Op::NotIn;
            stream_.skip(2);
        } else {
            break;
        }
        if (!node) {
            node = tree_.make(NodeType::Compare, line);
            node->left = first;
        }
        node->operators.push_back(op);
        node->nodes.push_back(parse_sum());
        line = stream_.current().line;
        node->line = line;
    }
    return node ? node : first;
}

Node* Parser::parse_sum() {
    int line = stream_.current().line;
    Node* left = parse_concat();
    while (stream_.is(Tok::Add) || stream_.is(Tok::Sub)) {
        Op op = stream_.next().type == Tok::Add ? Op::Add : Op::Sub;
        left = binary(op, left, parse_concat(), line);
        line = stream_.current().line;
    }
    return left;
}

Node* Parser::parse_concat() {
    int line = stream_.current().line;
    Node* first = parse_product();
    if (!stream_.is(Tok::Tilde)) return first;
    Node* node = tree_.make(NodeType::Concat, line);
    node->nodes.push_back(first);
    while (stream_.skip_if(Tok::Tilde)) node->nodes.push_back(parse_product());
    return node;
}

Node* Parser::parse_product() {
    int line = stream_.current().line;
    Node* left = parse_power();
    while (true) {
        Op op{};
        if (stream_.is(Tok::Mul))
            op = Op::Mul;
        else if (stream_.is(Tok::Div))
            op = Op::Div;
        else if (stream_.is(Tok::FloorDiv))
            op = Op::FloorDiv;
        else if (stream_.is(Tok::Mod))
            op = Op::Mod;
        else
            return left;
        stream_.next();
        left = binary(op, left, parse_power(), line);
        line = stream_.current().line;
    }
}

Node* Parser::parse_power() {
    int line = stream_.current().line;
    Node* left = parse_unary();
    while (stream_.skip_if(Tok::Pow)) {
        left = binary(Op::Pow, left, parse_unary(), line);
        line = stream_.current().line;
    }
    return left;
}

Node* Parser::parse_unary(bool with_filter) {
    Depth depth;
    Node* node = nullptr;
    if (stream_.is(Tok::Sub) || stream_.is(Tok::Add)) {
        const Token& sign = stream_.next();
        node =
            tree_.make(sign.type == Tok::Sub ? NodeType::Negative : NodeType::Positive, sign.line);
        node->left = parse_unary(false);
    } else {
        node = parse_primary();
    }
    node = parse_postfix(node);
    return with_filter ? parse_filter_expression(node) : node;
}

Node* Parser::parse_primary() {
    const Token& token = stream_.current();
    Node* node = nullptr;
    switch (token.type) {
        case Tok::Name: {
            std::string_view name = token.text;
            bool is_true = name == "true" || name == "True";
            bool is_none = name == "none" || name == "None";
            if (is_true || is_none || name == "false" || name == "False") {
                node = tree_.make(NodeType::Const, token.line);
                if (!is_none) node->value = Value(is_true);
            } else {
                node = tree_.make(NodeType::Name, token.line);
            }
            node->name = name;
            stream_.next();
            return node;
        }
        case Tok::String: {
            String text;
            node = tree_.make(NodeType::Const, token.line);
            while (stream_.is(Tok::String)) text += stream_.next().text;
            node->value = str(std::move(text));
            return node;
        }
        case Tok::Integer:
        case Tok::Float:
            node = tree_.make(NodeType::Const, token.line);
            node->value = token.number;
            stream_.next();
            return node;
        case Tok::LParen:
            stream_.next();
            node = parse_tuple({.in_parentheses = true});
            stream_.expect(Tok::RParen);
            return node;
        case Tok::LBracket: return parse_list();
        case Tok::LBrace: return parse_dict();
        default: fail(joined("unexpected ", str_repr(describe(token))), token.line);
    }
}

Node* Parser::parse_tuple(const TupleStyle& style) {
    int line = stream_.current().line;
    Nodes parts;
    bool is_tuple = false;
    while (true) {
        if (!parts.empty()) stream_.expect(Tok::Comma);
        bool at_end = stream_.is(Tok::VariableEnd) || stream_.is(Tok::BlockEnd) ||
                      stream_.is(Tok::RParen) || (!style.end.empty() && stream_.is_name(style.end));
        if (at_end) break;
        parts.push_back(style.simplified ? parse_primary()
                                         : parse_expression(style.with_condition));
        if (!stream_.is(Tok::Comma)) break;
        is_tuple = true;
        line = stream_.current().line;
    }
    if (!is_tuple && !parts.empty()) return parts[0];
    if (!is_tuple && !style.in_parentheses)
        fail(joined("Expected an expression, got ", str_repr(describe(stream_.current()))));
    Node* node = tree_.make(NodeType::Tuple, line);
    node->nodes = std::move(parts);
    return node;
}

Node* Parser::parse_list() {
    Node* node = tree_.make(NodeType::List, stream_.next().line);
    while (!stream_.is(Tok::RBracket)) {
        if (!node->nodes.empty()) stream_.expect(Tok::Comma);
        if (stream_.is(Tok::RBracket)) break;
        node->nodes.push_back(parse_expression());
    }
    stream_.expect(Tok::RBracket);
    return node;
}

Node* Parser::parse_dict() {
    Node* node = tree_.make(NodeType::Dict, stream_.next().line);
    while (!stream_.is(Tok::RBrace)) {
        if (!node->nodes.empty()) stream_.expect(Tok::Comma);
        if (stream_.is(Tok::RBrace)) break;
        node->nodes.push_back(parse_expression());
        stream_.expect(Tok::Colon);
        node->defaults.push_back(parse_expression());
    }
    stream_.expect(Tok::RBrace);
    return node;
}

Node* Parser::parse_postfix(Node* node) {
    while (true) {
        if (stream_.is(Tok::Dot) || stream_.is(Tok::LBracket))
            node = parse_subscript(node);
        else if (stream_.is(Tok::LParen))
            node = parse_call(node);
        else
            return node;
    }
}

Node* Parser::parse_filter_expression(Node* node) {
    while (true) {
        if (stream_.is(Tok::Pipe))
            node = parse_filter(node, false);
        else if (stream_.is_name("is"))
            node = parse_test(node);
        else if (stream_.is(Tok::LParen))
            node = parse_call(node);
        else
            return node;
    }
}

Node* Parser::parse_subscript(Node* left) {
    const Token& token = stream_.next();
    if (token.type == Tok::Dot) {
        const Token& part = stream_.next();
        Node* node =
            tree_.make(part.type == Tok::Name ? NodeType::Attribute : NodeType::Item, token.line);
        node->left = left;
        if (part.type == Tok::Name) {
            node->value = str(part.text);
            return node;
        }
        if (part.type != Tok::Integer) fail("expected name or number", part.line);
        node->right = tree_.make(NodeType::Const, part.line);
        node->right->value = part.number;
        return node;
    }
    Node* node = tree_.make(NodeType::Item, token.line);
    node->left = left;
    Nodes parts;
    while (!stream_.is(Tok::RBracket)) {
        if (!parts.empty()) stream_.expect(Tok::Comma);
        parts.push_back(parse_subscribed());
    }
    stream_.expect(Tok::RBracket);
    if (parts.size() == 1) {
        node->right = parts[0];
    } else {
        node->right = tree_.make(NodeType::Tuple, token.line);
        node->right->nodes = std::move(parts);
    }
    return node;
}

Node* Parser::parse_subscribed() {
    int line = stream_.current().line;
    Node* start = nullptr;
    if (!stream_.is(Tok::Colon)) {
        start = parse_expression();
        if (!stream_.is(Tok::Colon)) return start;
    }
    stream_.next();
    Node* slice = tree_.make(NodeType::Slice, line);
    slice->nodes = {start, nullptr, nullptr};
    auto ends = [this] { return stream_.is(Tok::RBracket) || stream_.is(Tok::Comma); };
    if (!stream_.is(Tok::Colon) && !ends()) slice->nodes[1] = parse_expression();
    if (stream_.skip_if(Tok::Colon) && !ends()) slice->nodes[2] = parse_expression();
    return slice;
}

void Parser::parse_keyword_or_argument(Node& call, int line) {
    bool is_keyword = stream_.is(Tok::Name) && stream_.look().type == Tok::Assign;
    bool allowed =
        !call.more_keywords && (is_keyword || (!call.more_arguments && call.keywords.empty()));
    if (!allowed) fail("invalid syntax for function call expression", line);
    if (!is_keyword) {
        call.nodes.push_back(parse_expression());
        return;
    }
    String name = stream_.current().text;
    stream_.skip(2);
    call.keywords.emplace_back(std::move(name), parse_expression());
}

void Parser::parse_arguments(Node& call) {
    int line = stream_.expect(Tok::LParen).line;
    bool require_comma = false;
    while (!stream_.is(Tok::RParen)) {
        if (require_comma) {
            stream_.expect(Tok::Comma);
            if (stream_.is(Tok::RParen)) break;
        }
        require_comma = true;
        if (stream_.is(Tok::Mul) || stream_.is(Tok::Pow)) {
            bool list = stream_.is(Tok::Mul);
            if (call.more_keywords || (list && call.more_arguments))
                fail("invalid syntax for function call expression", line);
            stream_.next();
            (list ? call.more_arguments : call.more_keywords) = parse_expression();
        } else {
            parse_keyword_or_argument(call, line);
        }
    }
    stream_.expect(Tok::RParen);
}

Node* Parser::parse_call(Node* left) {
    Node* node = tree_.make(NodeType::Call, stream_.current().line);
    node->left = left;
    parse_arguments(*node);
    return node;
}

String Parser::parse_dotted_name() {
    String name = stream_.expect(Tok::Name).text;
    while (stream_.skip_if(Tok::Dot)) (name += '.') += stream_.expect(Tok::Name).text;
    return name;
}

Node* Parser::parse_filter(Node* node, bool begin_inline) {
    while (begin_inline || stream_.is(Tok::Pipe)) {
        if (!begin_inline) stream_.next();
        begin_inline = false;
        Node* filter = tree_.make(NodeType::Filter, stream_.current().line);
        filter->left = node;
        filter->name = parse_dotted_name();
        if (stream_.is(Tok::LParen)) parse_arguments(*filter);
        node = filter;
    }
    return node;
}

Node* Parser::parse_test(Node* left) {
    Node* node = tree_.make(NodeType::Test, stream_.next().line);
    bool negated = stream_.skip_if_name("not");
    node->left = left;
    node->name = parse_dotted_name();
    constexpr Tok of_argument[] = {Tok::Name,  Tok::String,   Tok::Integer,
                                   Tok::Float, Tok::LBracket, Tok::LBrace};
    bool has_argument =
        std::ranges::find(of_argument, stream_.current().type) != std::end(of_argument);
    if (stream_.is(Tok::LParen)) {
        parse_arguments(*node);
    } else if (has_argument && !stream_.is_name("else") && !stream_.is_name("or") &&
               !stream_.is_name("and")) {
        if (stream_.is_name("is")) fail("You cannot chain multiple tests with is");
        node->nodes.push_back(parse_postfix(parse_primary()));
    }
    if (!negated) return node;
    Node* negation = tree_.make(NodeType::Not, node->line);
    negation->left = node;
    return negation;
}

} // namespace sctl::jinja
