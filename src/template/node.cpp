#include "template/node.hpp"

#include <initializer_list>

namespace sctl::jinja {
namespace {

void add_all(Nodes& out, const Nodes& more) {
    for (Node* node : more)
        if (node) out.push_back(node);
}

Nodes together(std::initializer_list<Node*> nodes, std::initializer_list<const Nodes*> lists) {
    Nodes out;
    for (Node* node : nodes)
        if (node) out.push_back(node);
    for (const Nodes* list : lists) add_all(out, *list);
    return out;
}

Nodes children_of_call(const Node& node) {
    Nodes out = together({node.left}, {&node.nodes});
    for (const auto& keyword : node.keywords) out.push_back(keyword.second);
    add_all(out, {node.more_arguments, node.more_keywords});
    return out;
}

// Keys and values, in turn.
Nodes children_of_dict(const Node& node) {
    Nodes out;
    for (size_t i = 0; i < node.nodes.size(); i++) {
        out.push_back(node.nodes[i]);
        out.push_back(node.defaults[i]);
    }
    return out;
}

} // namespace

Nodes children_of(const Node& node) {
    switch (node.type) {
        case NodeType::For: {
            Nodes out = together({node.target, node.left}, {&node.body, &node.orelse});
            if (node.test) out.push_back(node.test);
            return out;
        }
        case NodeType::If: return together({node.test}, {&node.body, &node.elifs, &node.orelse});
        case NodeType::FilterBlock: {
            Nodes out = node.body;
            out.push_back(node.left);
            return out;
        }
        case NodeType::Set: return together({node.target, node.left}, {});
        case NodeType::SetBlock: return together({node.target, node.left}, {&node.body});
        case NodeType::Dict: return children_of_dict(node);
        case NodeType::Conditional: return together({node.test, node.left, node.right}, {});
        case NodeType::Filter:
        case NodeType::Test:
        case NodeType::Call: return children_of_call(node);
        default:
            return together({node.left, node.right}, {&node.nodes, &node.defaults, &node.body});
    }
}

std::string_view type_text(const Node& node) {
    switch (node.type) {
        case NodeType::Const: return "const";
        case NodeType::Name: return "name";
        case NodeType::Tuple: return "tuple";
        case NodeType::List: return "list";
        case NodeType::Dict: return "dict";
        case NodeType::Conditional: return "condexpr";
        case NodeType::Filter: return "filter";
        case NodeType::Test: return "test";
        case NodeType::Call: return "call";
        case NodeType::Attribute: return "getattr";
        case NodeType::Item: return "getitem";
        case NodeType::Concat: return "concat";
        case NodeType::Compare: return "compare";
        case NodeType::Not: return "not";
        case NodeType::Negative: return "neg";
        case NodeType::Positive: return "pos";
        case NodeType::Binary: break;
        default: return "node";
    }
    switch (node.op) {
        case Op::Add: return "add";
        case Op::Sub: return "sub";
        case Op::Mul: return "mul";
        case Op::Div: return "div";
        case Op::FloorDiv: return "floordiv";
        case Op::Mod: return "mod";
        case Op::Pow: return "pow";
        case Op::And: return "and";
        default: return "or";
    }
}

} // namespace sctl::jinja
