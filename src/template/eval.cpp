// Expressions.
#include <algorithm>

#include "base/text.hpp"
#include "template/attributes.hpp"
#include "template/operations.hpp"
#include "template/print.hpp"
#include "template/runtime.hpp"

namespace sctl::jinja {

Value& Runtime::slot(const Slot& slot, Frame& frame) {
    Variables* variables = frame.variables.get();
    for (uint16_t up = slot.up; up > 0; up--) variables = variables->outer.get();
    return variables->slots[slot.index];
}

String Runtime::position(const Node& node, const Frame& frame) const {
    String out = joined("line ", node.line);
    if (!frame.owner->name.empty()) out += joined(" in ", str_repr(frame.owner->name));
    return out;
}

Value Runtime::variable(Node& node, Frame& frame) {
    Value& value = slot(node.slot, frame);
    return value.is_missing() ? undefined_name(node.name) : value;
}

Values Runtime::eval_all(const Nodes& nodes, Frame& frame) {
    Values out;
    out.reserve(nodes.size());
    for (Node* node : nodes) out.push_back(eval(*node, frame));
    return out;
}

Value Runtime::eval(Node& node, Frame& frame) {
    Depth depth;
    charge(1);
    switch (node.type) {
        case NodeType::Data:
        case NodeType::Const: return node.value;
        case NodeType::Name: return variable(node, frame);
        case NodeType::Tuple: return tuple(eval_all(node.nodes, frame));
        case NodeType::List: return list(eval_all(node.nodes, frame));
        case NodeType::Dict: return eval_dict(node, frame);
        case NodeType::Conditional: return eval_conditional(node, frame);
        case NodeType::Filter: return eval_filter(node, frame);
        case NodeType::Test: return eval_test(node, frame);
        case NodeType::Call: return eval_call(node, frame);
        case NodeType::Attribute: return attribute(eval(*node.left, frame), node.value);
        case NodeType::Item: return eval_item(node, frame);
        case NodeType::Concat: return eval_concat(node, frame);
        case NodeType::Compare: return eval_compare(node, frame);
        case NodeType::Binary: return eval_binary(node, frame);
        case NodeType::Not: return Value(!truth(eval(*node.left, frame)));
        case NodeType::Negative: return negative(eval(*node.left, frame));
        case NodeType::Positive: return positive(eval(*node.left, frame));
        default: return Value();
    }
}

Value Runtime::eval_binary(Node& node, Frame& frame) {
    Value left = eval(*node.left, frame);
    if (node.op == Op::And) return truth(left) ? eval(*node.right, frame) : left;
    if (node.op == Op::Or) return truth(left) ? left : eval(*node.right, frame);
    Value right = eval(*node.right, frame);
    return arithmetic(node.op, left, right);
}

Value Runtime::eval_compare(Node& node, Frame& frame) {
    Value left = eval(*node.left, frame);
    bool holds = true;
    for (size_t i = 0; holds && i < node.nodes.size(); i++) {
        Value right = eval(*node.nodes[i], frame);
        holds = compare(node.operators[i], left, right);
        left = std::move(right);
    }
    return Value(holds);
}

Value Runtime::eval_dict(Node& node, Frame& frame) {
    Value out = dict();
    for (size_t i = 0; i < node.nodes.size(); i++) {
        Value key = eval(*node.nodes[i], frame);
        out.dict().put(key, eval(*node.defaults[i], frame));
    }
    return out;
}

Value Runtime::eval_item(Node& node, Frame& frame) {
    Value value = eval(*node.left, frame);
    if (node.right->type != NodeType::Slice) return item(value, eval(*node.right, frame));
    Value parts[3];
    for (size_t i = 0; i < 3; i++)
        if (node.right->nodes[i]) parts[i] = eval(*node.right->nodes[i], frame);
    return slice(value, parts[0], parts[1], parts[2]);
}

Value Runtime::eval_conditional(Node& node, Frame& frame) {
    if (truth(eval(*node.test, frame))) return eval(*node.left, frame);
    if (node.right) return eval(*node.right, frame);
    return undefined_hint(joined("the inline if-expression on ", position(node, frame),
                                 " evaluated to false and no else section was defined."),
                          true);
}

Value Runtime::eval_concat(Node& node, Frame& frame) {
    Values parts = eval_all(node.nodes, frame);
    bool escapes = node.escaping == Escaping::On &&
                   std::ranges::any_of(parts, [](const Value& part) { return has_html(part); });
    String out;
    for (const Value& part : parts) {
        if (escapes)
            out += escape(part).text();
        else
            append_str(out, part);
        charge(out.size());
    }
    return escapes ? markup(std::move(out)) : str(std::move(out));
}

Arguments Runtime::eval_arguments(Node& node, Frame& frame) {
    Arguments out;
    out.positional = eval_all(node.nodes, frame);
    for (auto& [name, value] : node.keywords) {
        out.named.emplace_back(name, eval(*value, frame));
        const String& wanted = out.named.back().first;
        auto same = [&wanted](const auto& pair) { return pair.first == wanted; };
        if (std::count_if(out.named.begin(), out.named.end(), same) > 1)
            raise("SyntaxError", {"keyword argument repeated: ", name});
    }
    if (node.more_arguments) {
        Value more = eval(*node.more_arguments, frame);
        if (!is_iterable(more))
            type_error({"Value after * must be an iterable, not ", type_name(more)});
        for (Value& value : to_values(more)) out.positional.push_back(std::move(value));
    }
    if (!node.more_keywords) return out;
    Value more = eval(*node.more_keywords, frame);
    if (!more.is(Kind::Dict))
        type_error({"argument after ** must be a mapping, not ", type_name(more)});
    for (size_t i = 0; i < more.dict().places(); i++) {
        const Value& key = more.dict().key(i);
        if (key.is_missing()) continue;
        if (!key.is_str()) type_error("keywords must be strings");
        auto same = [&key](const auto& pair) { return pair.first == key.text(); };
        if (std::any_of(out.named.begin(), out.named.end(), same))
            type_error({"got multiple values for keyword argument ", to_repr(key)});
        out.named.emplace_back(key.text(), more.dict().value(i));
    }
    return out;
}

Value Runtime::eval_call(Node& node, Frame& frame, const Value* caller) {
    Value callee = eval(*node.left, frame);
    Arguments arguments = eval_arguments(node, frame);
    if (caller) arguments.named.emplace_back("caller", *caller);
    calling_ = node.inside;
    return call(callee, arguments);
}

Value Runtime::call(const Value& callee, Arguments& arguments) {
    if (callee.is_undefined()) fail_undefined(callee);
    if (!callee.is(Kind::Other)) type_error({"'", type_name(callee), "' object is not callable"});
    return callee.object().call(*this, arguments);
}

// The innermost filter of a block has no operand of its own, but takes `input`, what was printed.
Value Runtime::eval_filter(Node& node, Frame& frame, const Value* input) {
    Value value;
    if (!node.left)
        value = *input;
    else if (input && node.left->type == NodeType::Filter)
        value = eval_filter(*node.left, frame, input);
    else
        value = eval(*node.left, frame);
    Arguments arguments = eval_arguments(node, frame);
    if (!node.native)
        raise("TemplateRuntimeError", {"No filter named ", str_repr(node.name), " found."});
    arguments.positional.insert(arguments.positional.begin(), std::move(value));
    return invoke(*this, *node.native, Value::missing(), arguments);
}

Value Runtime::eval_test(Node& node, Frame& frame) {
    Value value = eval(*node.left, frame);
    Arguments arguments = eval_arguments(node, frame);
    if (!node.native)
        raise("TemplateRuntimeError", {"No test named ", str_repr(node.name), " found."});
    arguments.positional.insert(arguments.positional.begin(), std::move(value));
    return invoke(*this, *node.native, Value::missing(), arguments);
}

Value Runtime::attribute(const Value& value, const Value& name) {
    Value found = python_attribute(value, name.text());
    if (!found.is_missing()) return found;
    if (value.is(Kind::Dict)) {
        Value* entry = value.dict().get(name);
        if (entry) return *entry;
    } else if (value.is(Kind::Other)) {
        try {
            found = value.object().item(name);
        } catch (const PythonError& error) {
            if (!is_lookup_error(error)) throw;
        }
        if (!found.is_missing()) return found;
    }
    return undefined_item(value, name);
}

Value Runtime::item(const Value& value, const Value& key) {
    if (value.is(Kind::Dict) && key.is_str()) {
        if (Value* entry = value.dict().get(key)) return *entry;
    } else {
        try {
            return subscript(value, key);
        } catch (const PythonError& error) {
            if (!is_lookup_error(error)) throw;
        }
    }
    if (key.is_str()) {
        Value found = python_attribute(value, key.text());
        if (!found.is_missing()) return found;
    }
    return undefined_item(value, key);
}

} // namespace sctl::jinja
