#include "template/parser.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "template/parser_class.hpp"
#include "template/print.hpp"
#include "template/unicode.hpp"

namespace sctl::jinja {

struct Parser::StatementRow {
    std::string_view tag;
    Node* (Parser::*parse)();
};

constinit const Parser::StatementRow Parser::statement_rows[] = {
    {"for", &Parser::parse_for},
    {"if", &Parser::parse_if},
    {"block", &Parser::parse_block},
    {"extends", &Parser::parse_extends},
    {"print", &Parser::parse_print},
    {"macro", &Parser::parse_macro},
    {"include", &Parser::parse_include},
    {"from", &Parser::parse_from},
    {"import", &Parser::parse_import},
    {"set", &Parser::parse_set},
    {"with", &Parser::parse_with},
    {"autoescape", &Parser::parse_autoescape},
    {"call", &Parser::parse_call_block},
    {"filter", &Parser::parse_filter_block},
    {"do", &Parser::parse_do},
    {"break", &Parser::parse_loop_control},
    {"continue", &Parser::parse_loop_control}};

namespace {

constexpr std::string_view end_set[] = {"endset"}, end_for_or_else[] = {"endfor", "else"},
                           end_for[] = {"endfor"}, end_branch[] = {"elif", "else", "endif"},
                           end_if[] = {"endif"}, end_with[] = {"endwith"},
                           end_autoescape[] = {"endautoescape"}, end_block[] = {"endblock"},
                           end_call[] = {"endcall"}, end_filter[] = {"endfilter"},
                           end_macro[] = {"endmacro"};

bool is_blank(const Node& output) {
    return output.type == NodeType::Output &&
           std::ranges::all_of(output.nodes, [](const Node* node) {
               return node->type == NodeType::Data && strip(node->value.text()).empty();
           });
}

} // namespace

void Parser::fail(String message, int line, bool assertion) const {
    throw SyntaxError{std::move(message), line != 0 ? line : stream_.current().line, assertion};
}

void Parser::fail_unknown_tag(const String* name, int line) const {
    String looking;
    bool expected = false;
    if (!end_tags_.empty())
        for (std::string_view tag : end_tags_.back())
            looking += joined(looking.empty() ? "" : " or ", str_repr(tag));
    for (EndTags tags : end_tags_) expected |= name && std::ranges::find(tags, *name) != tags.end();
    String message = name ? joined("Encountered unknown tag ", str_repr(*name), ".")
                          : "Unexpected end of template.";
    if (!looking.empty() && expected)
        message += joined(
            " You probably made a nesting mistake. Jinja is expecting this tag, but "
            "currently looking for ",
            looking, ".");
    else if (!looking.empty())
        message += joined(" Jinja was looking for the following tags: ", looking, ".");
    if (!open_tags_.empty())
        message += joined(" The innermost block that needs to be closed is ",
                          str_repr(open_tags_.back()), ".");
    fail(std::move(message), line);
}

Nodes Parser::subparse(EndTags end_tags) {
    Depth depth;
    Nodes body;
    Node* output = nullptr;
    if (!end_tags.empty()) end_tags_.push_back(end_tags);
    while (!stream_.is(Tok::Eof)) {
        const Token& token = stream_.current();
        bool is_data = token.type == Tok::Data;
        if (is_data || token.type == Tok::VariableBegin) {
            stream_.next();
            Node* part = nullptr;
            if (is_data) {
                part = tree_.make(NodeType::Data, token.line);
                part->value = str(token.text);
            } else {
                part = parse_tuple({});
            }
            if (!output) {
                output = tree_.make(NodeType::Output, part->line);
                body.push_back(output);
            }
            output->nodes.push_back(part);
            if (!is_data) stream_.expect(Tok::VariableEnd);
            continue;
        }
        output = nullptr;
        stream_.next(); // the begin of a block
        if (stream_.is(Tok::Name) &&
            std::ranges::find(end_tags, std::string_view(stream_.current().text)) != end_tags.end())
            break;
        body.push_back(parse_statement());
        stream_.expect(Tok::BlockEnd);
    }
    if (!end_tags.empty()) end_tags_.pop_back();
    return body;
}

Node* Parser::parse_statement() {
    const Token& token = stream_.current();
    if (token.type != Tok::Name) fail("tag name expected", token.line);
    auto row = std::ranges::find(statement_rows, std::string_view(token.text), &StatementRow::tag);
    bool is_loop_control = token.text == "break" || token.text == "continue";
    if (row == std::end(statement_rows) || (is_loop_control && !options_.loop_controls))
        fail_unknown_tag(&token.text, token.line);
    open_tags_.push_back(token.text);
    Node* node = (this->*row->parse)();
    open_tags_.pop_back();
    return node;
}

Nodes Parser::parse_body(EndTags end_tags, bool drop_tag) {
    stream_.skip_if(Tok::Colon);
    stream_.expect(Tok::BlockEnd);
    Nodes body = subparse(end_tags);
    if (stream_.is(Tok::Eof)) {
        end_tags_.push_back(end_tags);
        fail_unknown_tag(nullptr, 0);
    }
    if (drop_tag) stream_.next();
    return body;
}

Node* Parser::parse_set() {
    int line = stream_.next().line;
    Node* target = parse_target({.namespaces = true});
    if (stream_.skip_if(Tok::Assign)) {
        Node* node = tree_.make(NodeType::Set, line);
        node->target = target;
        node->left = parse_tuple({});
        return node;
    }
    Node* node = tree_.make(NodeType::SetBlock, line);
    node->target = target;
    node->left = parse_filter(nullptr, false);
    node->body = parse_body(end_set, true);
    return node;
}

Node* Parser::parse_for() {
    Node* node = tree_.make(NodeType::For, stream_.next().line);
    node->target = parse_target({.end = "in"});
    stream_.expect_name("in");
    node->left = parse_tuple({.with_condition = false, .end = "recursive"});
    if (stream_.skip_if_name("if")) node->test = parse_expression();
    node->flag = stream_.skip_if_name("recursive");
    node->body = parse_body(end_for_or_else, false);
    if (stream_.next().text != "endfor") node->orelse = parse_body(end_for, true);
    return node;
}

Node* Parser::parse_if() {
    Node* whole = tree_.make(NodeType::If, stream_.next().line);
    for (Node* node = whole;;) {
        node->test = parse_tuple({.with_condition = false});
        node->body = parse_body(end_branch, false);
        String tag = stream_.next().text;
        if (tag == "elif") {
            node = tree_.make(NodeType::If, stream_.current().line);
            whole->elifs.push_back(node);
            continue;
        }
        if (tag == "else") whole->orelse = parse_body(end_if, true);
        return whole;
    }
}

Node* Parser::parse_with() {
    Node* node = tree_.make(NodeType::With, stream_.next().line);
    while (!stream_.is(Tok::BlockEnd)) {
        if (!node->nodes.empty()) stream_.expect(Tok::Comma);
        Node* target = parse_target({});
        set_access(*target, Access::Parameter);
        node->nodes.push_back(target);
        stream_.expect(Tok::Assign);
        node->defaults.push_back(parse_expression());
    }
    node->body = parse_body(end_with, true);
    return node;
}

Node* Parser::parse_autoescape() {
    Node* node = tree_.make(NodeType::Scope, stream_.next().line);
    node->left = parse_expression();
    node->body = parse_body(end_autoescape, true);
    return node;
}

Node* Parser::parse_block() {
    Node* node = tree_.make(NodeType::Block, stream_.next().line);
    node->name = stream_.expect(Tok::Name).text;
    node->flag = stream_.skip_if_name("scoped");
    node->flag2 = stream_.skip_if_name("required");
    if (stream_.is(Tok::Sub))
        fail(
            "Block names in Jinja have to be valid Python identifiers and may not contain hyphens, "
            "use an underscore instead.");
    node->body = parse_body(end_block, true);
    if (node->flag2 &&
        !std::ranges::all_of(node->body, [](const Node* part) { return is_blank(*part); }))
        fail("Required blocks can only contain comments or whitespace");
    stream_.skip_if_name(node->name);
    return node;
}

Node* Parser::parse_extends() {
    Node* node = tree_.make(NodeType::Extends, stream_.next().line);
    node->left = parse_expression();
    return node;
}

bool Parser::parse_context(bool fallback) {
    if (!(stream_.is_name("with") || stream_.is_name("without")) ||
        !stream_.next_is_name("context"))
        return fallback;
    bool with = stream_.next().text == "with";
    stream_.next();
    return with;
}

Node* Parser::parse_include() {
    Node* node = tree_.make(NodeType::Include, stream_.next().line);
    node->left = parse_expression();
    if (stream_.is_name("ignore") && stream_.next_is_name("missing")) {
        node->flag2 = true;
        stream_.skip(2);
    }
    node->flag = parse_context(true);
    return node;
}

Node* Parser::parse_import() {
    Node* node = tree_.make(NodeType::Import, stream_.next().line);
    node->left = parse_expression();
    stream_.expect_name("as");
    node->name = parse_target({.name_only = true})->name;
    node->flag = parse_context(false);
    return node;
}

bool Parser::parse_context_of_from(Node& node) {
    std::string_view text = stream_.current().text;
    if ((text != "with" && text != "without") || !stream_.next_is_name("context")) return false;
    node.flag = stream_.next().text == "with";
    stream_.next();
    return true;
}

Node* Parser::parse_from() {
    Node* node = tree_.make(NodeType::FromImport, stream_.next().line);
    node->left = parse_expression();
    stream_.expect_name("import");
    while (true) {
        if (!node->names.empty()) stream_.expect(Tok::Comma);
        if (!stream_.is(Tok::Name)) stream_.expect(Tok::Name);
        if (parse_context_of_from(*node)) break;
        Node* target = parse_target({.name_only = true});
        if (target->name.starts_with('_'))
            fail("names starting with an underline can not be imported", target->line, true);
        String alias = target->name;
        if (stream_.skip_if_name("as")) alias = parse_target({.name_only = true})->name;
        node->names.emplace_back(target->name, alias);
        if (parse_context_of_from(*node) || !stream_.is(Tok::Comma)) break;
    }
    return node;
}

void Parser::parse_signature(Node& node) {
    stream_.expect(Tok::LParen);
    while (!stream_.is(Tok::RParen)) {
        if (!node.nodes.empty()) stream_.expect(Tok::Comma);
        Node* parameter = parse_target({.name_only = true});
        parameter->access = Access::Parameter;
        if (stream_.skip_if(Tok::Assign))
            node.defaults.push_back(parse_expression());
        else if (!node.defaults.empty())
            fail("non-default argument follows default argument");
        node.nodes.push_back(parameter);
    }
    stream_.expect(Tok::RParen);
}

Node* Parser::parse_call_block() {
    Node* node = tree_.make(NodeType::CallBlock, stream_.next().line);
    if (stream_.is(Tok::LParen)) parse_signature(*node);
    node->left = parse_expression();
    if (node->left->type != NodeType::Call) fail("expected call", node->line);
    node->body = parse_body(end_call, true);
    return node;
}

Node* Parser::parse_filter_block() {
    Node* node = tree_.make(NodeType::FilterBlock, stream_.next().line);
    node->left = parse_filter(nullptr, true);
    node->body = parse_body(end_filter, true);
    return node;
}

Node* Parser::parse_macro() {
    Node* node = tree_.make(NodeType::Macro, stream_.next().line);
    node->name = parse_target({.name_only = true})->name;
    parse_signature(*node);
    node->body = parse_body(end_macro, true);
    return node;
}

Node* Parser::parse_print() {
    Node* node = tree_.make(NodeType::Output, stream_.next().line);
    while (!stream_.is(Tok::BlockEnd)) {
        if (!node->nodes.empty()) stream_.expect(Tok::Comma);
        node->nodes.push_back(parse_expression());
    }
    return node;
}

Node* Parser::parse_do() {
    Node* node = tree_.make(NodeType::Do, stream_.next().line);
    node->left = parse_tuple({});
    return node;
}

Node* Parser::parse_loop_control() {
    const Token& token = stream_.next();
    return tree_.make(token.text == "break" ? NodeType::Break : NodeType::Continue, token.line);
}

void Parser::set_access(Node& node, Access access) {
    node.access = access;
    for (Node* child : children_of(node)) set_access(*child, access);
}

bool Parser::can_assign(const Node& node) {
    if (node.type == NodeType::Tuple)
        return std::ranges::all_of(node.nodes, [](const Node* part) { return can_assign(*part); });
    if (node.type == NodeType::NamespaceRef) return true;
    constexpr std::string_view constants[] = {"true", "false", "none", "True", "False", "None"};
    return node.type == NodeType::Name &&
           std::ranges::find(constants, std::string_view(node.name)) == std::end(constants);
}

Node* Parser::parse_target(const TargetStyle& style) {
    Node* target = nullptr;
    if (style.namespaces && stream_.look().type == Tok::Dot) {
        const Token& name = stream_.expect(Tok::Name);
        stream_.next();
        target = tree_.make(NodeType::NamespaceRef, name.line);
        target->name = name.text;
        target->value = str(stream_.expect(Tok::Name).text);
    } else if (style.name_only) {
        const Token& name = stream_.expect(Tok::Name);
        target = tree_.make(NodeType::Name, name.line);
        target->name = name.text;
        target->access = Access::Store;
    } else {
        target = parse_tuple({.simplified = true, .end = style.end});
        set_access(*target, Access::Store);
    }
    if (!can_assign(*target)) {
        // A name is a constant here.
        fail(joined("can't assign to ", str_repr(type_text(*target))), target->line);
    }
    return target;
}

std::unique_ptr<Tree> parse(std::string_view source, const ParserOptions& options) {
    auto tree = std::make_unique<Tree>();
    tree->body = Parser(*tree, source, options).subparse({});
    return tree;
}

} // namespace sctl::jinja
