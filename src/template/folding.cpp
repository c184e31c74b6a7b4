#include "template/folding.hpp"

#include <algorithm>

#include "template/attributes.hpp"
#include "template/containers.hpp"
#include "template/filters.hpp"
#include "template/operations.hpp"
#include "template/print.hpp"
#include "template/tests.hpp"

namespace sctl::jinja {
namespace {

Frame frame_of(bool autoescape) {
    Frame frame;
    frame.context = new Context;
    frame.context->eval = new EvalState;
    frame.context->eval->escaping = Value(autoescape);
    return frame;
}

bool takes_context(std::string_view filter) {
    constexpr std::string_view names[] = {"map",    "random",     "reject",
                                          "select", "rejectattr", "selectattr"};
    return std::ranges::find(names, filter) != std::end(names);
}

// What a Const may be: nothing that a template could change.
bool is_plain(const Value& value) {
    if (value.is(Kind::Tuple)) return std::ranges::all_of(value.items(), is_plain);
    return value.is_none() || value.is_number() || value.is_str();
}

String slice_repr(const Value parts[3]) {
    return joined("slice(", to_repr(parts[0]), ", ", to_repr(parts[1]), ", ", to_repr(parts[2]),
                  ")");
}

} // namespace

Folder::Folder(Runtime& runtime, Escaping escaping, bool known)
    : runtime_(runtime),
      volatile_(escaping == Escaping::AtRuntime),
      frame_(frame_of(known)),
      entered_(runtime, frame_) {}

bool Folder::all_constant(const Nodes& nodes, Values& values) {
    return std::ranges::all_of(nodes, [&](const Node* node) {
        values.push_back(constant(*node));
        return !values.back().is_missing();
    });
}

Value Folder::constant(const Node& node) {
    Depth depth;
    Values values;
    switch (node.type) {
        case NodeType::Const: return node.value;
        case NodeType::Tuple:
            return all_constant(node.nodes, values) ? tuple(std::move(values)) : Value::missing();
        case NodeType::List:
            return all_constant(node.nodes, values) ? list(std::move(values)) : Value::missing();
        case NodeType::Dict: return constant_dict(node);
        case NodeType::Conditional: {
            Value test = constant(*node.test);
            if (test.is_missing()) return test;
            const Node* chosen = truth(test) ? node.left : node.right;
            return chosen ? constant(*chosen) : Value::missing();
        }
        case NodeType::Filter:
        case NodeType::Test: return constant_filter(node);
        case NodeType::Concat: return constant_concat(node);
        case NodeType::Compare: return constant_compare(node);
        case NodeType::Binary:
            if (node.op == Op::And || node.op == Op::Or) return constant_binary(node);
            break;
        default: break;
    }
    try {
        return constant_or_failed(node);
    } catch (const PythonError&) {
        return Value::missing();
    }
}

// Where it fails it will do so again when it is rendered, with its line.
Value Folder::constant_or_failed(const Node& node) {
    switch (node.type) {
        case NodeType::Attribute:
        case NodeType::Not:
        case NodeType::Negative:
        case NodeType::Positive: {
            Value value = constant(*node.left);
            if (value.is_missing()) return value;
            if (node.type == NodeType::Attribute) return runtime_.attribute(value, node.value);
            if (node.type == NodeType::Not) return Value(!truth(value));
            return node.type == NodeType::Negative ? negative(value) : positive(value);
        }
        case NodeType::Binary: {
            Value left = constant(*node.left);
            if (left.is_missing()) return left;
            Value right = constant(*node.right);
            return right.is_missing() ? right : arithmetic(node.op, left, right);
        }
        case NodeType::Item: return constant_item(node);
        default: return Value::missing();
    }
}

Value Folder::constant_dict(const Node& node) {
    Value made = dict();
    for (size_t i = 0; i < node.nodes.size(); i++) {
        Value key = constant(*node.nodes[i]);
        if (key.is_missing()) return key;
        Value value = constant(*node.defaults[i]);
        if (value.is_missing()) return value;
        made.dict().put(key, value);
    }
    return made;
}

bool Folder::constant_arguments(const Node& node, Arguments& arguments) {
    if (!all_constant(node.nodes, arguments.positional)) return false;
    Value named = dict();
    for (const auto& [name, value] : node.keywords) {
        Value made = constant(*value);
        if (made.is_missing()) return false;
        named.dict().put(name, made);
    }
    try {
        if (node.more_arguments) {
            Value more = constant(*node.more_arguments);
            if (more.is_missing()) return false;
            for (const Value& value : to_values(more)) arguments.positional.push_back(value);
        }
        if (node.more_keywords) {
            Value more = constant(*node.more_keywords);
            if (!more.is(Kind::Dict)) return false;
            for (size_t i = 0; i < more.dict().places(); i++)
                named.dict().put(more.dict().key(i), more.dict().value(i));
        }
    } catch (const PythonError&) {
        return false;
    }
    for (size_t i = 0; i < named.dict().places(); i++) {
        if (!named.dict().key(i).is_str()) return false;
        arguments.named.emplace_back(named.dict().key(i).text(), named.dict().value(i));
    }
    return true;
}

Value Folder::constant_filter(const Node& node) {
    bool is_filter = node.type == NodeType::Filter;
    const NativeRow* native = is_filter ? find_filter(node.name) : find_test(node.name);
    if (!node.left || volatile_ || !native || (is_filter && takes_context(node.name)))
        return Value::missing();
    Arguments arguments;
    if (!constant_arguments(node, arguments)) return Value::missing();
    Value value = constant(*node.left);
    if (value.is_missing()) return value;
    arguments.positional.insert(arguments.positional.begin(), value);
    try {
        return invoke(runtime_, *native, Value::missing(), arguments);
    } catch (const PythonError&) {
        return Value::missing();
    }
}

// A slice that cannot be taken is looked for as if it were a key.
Value Folder::constant_item(const Node& node) {
    Value value = constant(*node.left);
    if (value.is_missing()) return value;
    if (node.right->type != NodeType::Slice) {
        Value key = constant(*node.right);
        return key.is_missing() ? key : runtime_.item(value, key);
    }
    Value parts[3];
    for (size_t i = 0; i < 3; i++) {
        if (!node.right->nodes[i]) continue;
        parts[i] = constant(*node.right->nodes[i]);
        if (parts[i].is_missing()) return parts[i];
    }
    try {
        return slice(value, parts[0], parts[1], parts[2]);
    } catch (const PythonError& error) {
        if (!is_lookup_error(error)) throw;
    }
    return undefined_hint(joined(object_type_repr(value), " has no element ", slice_repr(parts)));
}

Value Folder::constant_concat(const Node& node) {
    String out;
    for (const Node* part : node.nodes) {
        Value value = constant(*part);
        if (value.is_missing()) return value;
        append_str(out, value);
        charge(out.size());
    }
    return str(std::move(out));
}

Value Folder::constant_compare(const Node& node) {
    Value left = constant(*node.left);
    if (left.is_missing()) return left;
    try {
        for (size_t i = 0; i < node.nodes.size(); i++) {
            Value right = constant(*node.nodes[i]);
            if (right.is_missing()) return right;
            if (!compare(node.operators[i], left, right)) return Value(false);
            left = right;
        }
    } catch (const PythonError&) {
        return Value::missing();
    }
    return Value(true);
}

Value Folder::constant_binary(const Node& node) {
    Value left = constant(*node.left);
    if (left.is_missing() || truth(left) == (node.op == Op::Or)) return left;
    return constant(*node.right);
}

void Folder::fold(Node& node) {
    Depth depth;
    for (Node* child : children_of(node)) fold(*child);
    Value value = constant(node);
    if (value.is_missing() || !is_plain(value)) return;
    Node made;
    made.type = NodeType::Const;
    made.line = node.line;
    made.value = value;
    node = std::move(made);
}

} // namespace sctl::jinja
