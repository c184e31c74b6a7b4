// Statements, but those that are about other templates.
#include <algorithm>

#include "base/text.hpp"
#include "template/operations.hpp"
#include "template/print.hpp"
#include "template/runtime.hpp"

namespace sctl::jinja {

void Runtime::enter(const Scope& scope, Frame& frame) {
    for (const Load& load : scope.loads) {
        Value value = Value::missing();
        if (load.from == Load::From::Context)
            value = frame.context->resolve(load.name);
        else if (load.from == Load::From::Other)
            value = slot(load.other, frame);
        slot(load.slot, frame) = std::move(value);
    }
}

void Runtime::leave(const Scope& scope, Frame& frame) {
    for (const Slot& place : scope.to_clear) slot(place, frame) = Value::missing();
}

Runtime::Flow Runtime::run_body(const Nodes& body, Frame& frame) {
    for (Node* node : body) {
        Flow flow = run(*node, frame);
        if (flow != Flow::Next) return flow;
    }
    return Flow::Next;
}

Runtime::Flow Runtime::run(Node& node, Frame& frame) {
    if (node.reported_line != 0) frame.line = node.reported_line;
    switch (node.type) {
        case NodeType::Output: run_output(node, frame); break;
        case NodeType::For: run_for(node, frame); break;
        case NodeType::If: return run_if(node, frame);
        case NodeType::Macro: define_macro(node, frame); break;
        case NodeType::CallBlock: run_call_block(node, frame); break;
        case NodeType::FilterBlock: return run_filter_block(node, frame);
        case NodeType::With: return run_with(node, frame);
        case NodeType::Block: run_block_statement(node, frame); break;
        case NodeType::Extends: run_extends(node, frame); break;
        case NodeType::Include: run_include(node, frame); break;
        case NodeType::Import: run_import(node, frame); break;
        case NodeType::FromImport: run_from_import(node, frame); break;
        case NodeType::Set: run_set(node, frame); break;
        case NodeType::SetBlock: return run_set_block(node, frame);
        case NodeType::Do: (void)eval(*node.left, frame); break;
        case NodeType::Scope: return run_scope(node, frame);
        case NodeType::Break: return Flow::Break;
        case NodeType::Continue: return Flow::Continue;
        default: break;
    }
    return Flow::Next;
}

void Runtime::print(String& out, const Value& value, const Node& node, Frame& frame) const {
    size_t before = out.size();
    // Constants are printed when Jinja2 compiles, which does not know then.
    bool escapes = node.escaping == Escaping::On ||
                   (node.escaping == Escaping::AtRuntime && node.type != NodeType::Const &&
                    frame.context->eval->autoescape());
    if (escapes && node.type != NodeType::Data)
        out += escape(value).text();
    else
        append_str(out, value);
    charge(out.size() - before);
}

void Runtime::run_output(Node& node, Frame& frame) {
    if (node.flag || (node.guarded && frame.parent)) return;
    for (Node* part : node.nodes) {
        if (part->escaping == Escaping::AtRuntime) {
            frame.line = part->reported_line;
            (void)frame.context->eval->autoescape(); // Jinja2 asks before it looks at the part
        }
        if (part->type == NodeType::Data) {
            *frame.out += part->value.text();
            charge(part->value.text().size());
            continue;
        }
        frame.line = part->reported_line;
        print(*frame.out, eval(*part, frame), *part, frame);
    }
}

Runtime::Flow Runtime::run_if(Node& node, Frame& frame) {
    if (truth(eval(*node.test, frame))) return run_body(node.body, frame);
    for (Node* branch : node.elifs) {
        frame.line = branch->reported_line;
        if (truth(eval(*branch->test, frame))) return run_body(branch->body, frame);
    }
    return run_body(node.orelse, frame);
}

namespace {

// What a loop's `if` lets through.
struct TestedItems : Iterator {
    TestedItems(Runtime& runtime, Node& node, Frame& outer, Ref<Iterator> items)
        : runtime(runtime), node(node), items(std::move(items)) {
        frame.owner = outer.owner;
        frame.context = outer.context;
        frame.variables = new Variables(outer.variables, node.test_function->slots);
        frame.line = node.test_function->line;
    }
    bool next(Value& item) override {
        while (items->next(item))
            if (runtime.loop_test(frame, node, item)) return true;
        return false;
    }
    Runtime& runtime;
    Node& node;
    Frame frame;
    Ref<Iterator> items;
};

} // namespace

bool Runtime::loop_test(Frame& frame, Node& node, const Value& item) {
    Entered entered(*this, frame);
    try {
        if (!frame.entered) enter(node.test_function->scope, frame);
        frame.entered = true;
        assign(*node.right, item, frame);
        return truth(eval(*node.test, frame));
    } catch (PythonError& error) {
        note_line(error, frame);
        throw;
    }
}

bool Runtime::run_rounds(Node& node, Frame& frame, const Value& iterable, Loop* loop) {
    Ref<Iterator> items;
    if (!loop) {
        items = iterate(iterable);
        if (node.test) items = new TestedItems(*this, node, frame, items);
    }
    // As in Jinja2, a round that ends early does not count.
    bool any = false;
    Value item;
    while (loop ? loop->advance(item) : items->next(item)) {
        charge(sizeof(Value));
        assign(*node.target, item, frame);
        if (loop) slot(node.slot, frame) = Value(loop);
        enter(node.scope, frame);
        frame.loop_vars = {}; // made when the round sets one
        Flow flow = run_body(node.body, frame);
        frame.line = node.line;
        if (flow == Flow::Break) break;
        any |= flow == Flow::Next;
    }
    leave(node.scope, frame);
    return any;
}

void Runtime::run_for(Node& node, Frame& frame) {
    Value iterable = eval(*node.left, frame);
    if (node.flag) {
        Loop root(Value(), {});
        root.node = &node;
        root.owner = frame.owner;
        root.context = frame.context;
        root.outer = frame.variables;
        String text = run_loop(root, iterable, 0);
        *frame.out += text;
        return;
    }
    Ref<Loop> loop;
    if (node.extended) {
        slot(node.slot, frame) = Value::missing();
        Value looped = iterable;
        Ref<Iterator> items = iterate(iterable);
        if (node.test) {
            items = new TestedItems(*this, node, frame, items);
            looped = Value(items.get());
        }
        loop = new Loop(looped, items);
    }
    if (run_rounds(node, frame, iterable, loop.get()) || node.orelse.empty()) return;
    enter(node.else_scope, frame);
    run_body(node.orelse, frame);
    leave(node.else_scope, frame);
}

String Runtime::run_loop(const Loop& outer, const Value& iterable, int64_t depth) {
    Node& node = *outer.node;
    String out;
    Frame frame;
    frame.owner = outer.owner;
    frame.context = outer.context;
    frame.variables = new Variables(outer.outer, node.function->slots);
    frame.out = &out;
    frame.line = node.line;
    Entered entered(*this, frame);
    try {
        Ref<Iterator> items = iterate(iterable);
        Value looped = iterable;
        if (node.test) {
            Frame outside = frame;
            outside.variables = outer.outer;
            items = new TestedItems(*this, node, outside, items);
            looped = Value(items.get());
        }
        Ref<Loop> loop(new Loop(looped, items));
        loop->depth0 = depth;
        loop->node = &node;
        loop->owner = outer.owner;
        loop->context = outer.context;
        loop->outer = outer.outer;
        if (!run_rounds(node, frame, iterable, loop.get()) && !node.orelse.empty()) {
            enter(node.else_scope, frame);
            run_body(node.orelse, frame);
        }
    } catch (PythonError& error) {
        note_line(error, frame);
        throw;
    }
    return out;
}

void Runtime::unpack(Node& target, const Value& value, Frame& frame) {
    if (!is_iterable(value))
        type_error({"cannot unpack non-iterable ", type_name(value), " object"});
    Ref<Iterator> items = iterate(value);
    Values parts;
    Value part;
    size_t wanted = target.nodes.size();
    while (parts.size() < wanted && items->next(part)) parts.push_back(part);
    if (parts.size() < wanted)
        value_error(
            {"not enough values to unpack (expected ", wanted, ", got ", parts.size(), ")"});
    if (items->next(part)) value_error({"too many values to unpack (expected ", wanted, ")"});
    for (size_t i = 0; i < wanted; i++) assign(*target.nodes[i], parts[i], frame);
}

void Runtime::assign(Node& target, const Value& value, Frame& frame) {
    if (target.type == NodeType::Name) {
        slot(target.slot, frame) = value;
        return;
    }
    if (target.type == NodeType::Tuple) return unpack(target, value, frame);
    auto* space = slot(target.slot, frame).as<Namespace>();
    if (!space) raise("TemplateRuntimeError", "cannot assign attribute on non-namespace object");
    space->attributes->put(target.value, value);
}

void Runtime::track_name(const String& name, const Value& value, Tracking tracking, Frame& frame) {
    switch (tracking) {
        case Tracking::None: return;
        case Tracking::Loop:
            if (!frame.loop_vars) frame.loop_vars = new Dict;
            frame.loop_vars->put(name, value);
            return;
        case Tracking::Block:
            if (frame.block_vars) frame.block_vars->put(name, value);
            return;
        case Tracking::Context:
            frame.context->vars.dict().put(name, value);
            if (!name.starts_with('_')) frame.context->exported.insert(name);
    }
}

void Runtime::track(const Node& target, Tracking tracking, Frame& frame) {
    if (tracking == Tracking::None) return;
    if (target.type == NodeType::Name)
        track_name(target.name, slot(target.slot, frame), tracking, frame);
    for (const Node* part : target.nodes) track(*part, tracking, frame);
}

void Runtime::run_set(Node& node, Frame& frame) {
    if (node.target->type == NodeType::NamespaceRef &&
        !slot(node.target->slot, frame).as<Namespace>())
        raise("TemplateRuntimeError", "cannot assign attribute on non-namespace object");
    assign(*node.target, eval(*node.left, frame), frame);
    track(*node.target, node.tracking, frame);
}

// The body in its scope, which is left open, with what it writes in `text`.
Runtime::Flow Runtime::run_captured(Node& node, Frame& frame, String& text) {
    enter(node.scope, frame);
    String* out = std::exchange(frame.out, &text);
    Flow flow = run_body(node.body, frame);
    frame.out = out;
    if (flow == Flow::Next) frame.line = node.line;
    return flow;
}

Runtime::Flow Runtime::run_set_block(Node& node, Frame& frame) {
    String text;
    Flow flow = run_captured(node, frame, text);
    if (flow != Flow::Next) return flow;
    Value value = node.escaping == Escaping::On ? markup(std::move(text)) : str(std::move(text));
    if (node.left) value = eval_filter(*node.left, frame, &value);
    if (frame.context->eval->autoescape()) value = markup(to_str(value));
    assign(*node.target, value, frame);
    track(*node.target, node.tracking, frame);
    leave(node.scope, frame);
    return Flow::Next;
}

Runtime::Flow Runtime::run_filter_block(Node& node, Frame& frame) {
    String text;
    Flow flow = run_captured(node, frame, text);
    if (flow != Flow::Next) return flow;
    bool is_markup = node.escaping == Escaping::On ||
                     (node.escaping == Escaping::AtRuntime && frame.context->eval->autoescape());
    Value value = is_markup ? markup(std::move(text)) : str(std::move(text));
    value = eval_filter(*node.left, frame, &value);
    if (!value.is_str())
        type_error({"sequence item 0: expected str instance, ", type_name(value), " found"});
    *frame.out += value.text();
    leave(node.scope, frame);
    return Flow::Next;
}

Runtime::Flow Runtime::run_with(Node& node, Frame& frame) {
    enter(node.scope, frame);
    for (size_t i = 0; i < node.nodes.size(); i++)
        assign(*node.nodes[i], eval(*node.defaults[i], frame), frame);
    Flow flow = run_body(node.body, frame);
    leave(node.scope, frame);
    return flow;
}

Runtime::Flow Runtime::run_scope(Node& node, Frame& frame) {
    enter(node.scope, frame);
    EvalState& eval_state = *frame.context->eval;
    Value before = eval_state.escaping;
    eval_state.escaping = eval(*node.left, frame);
    Flow flow = run_body(node.body, frame);
    eval_state.escaping = before;
    leave(node.scope, frame);
    return flow;
}

Value Runtime::make_macro(Node& node, Frame& frame) const {
    auto* macro = new Macro;
    Value value(macro);
    macro->owner = frame.owner;
    macro->context = frame.context;
    macro->outer = frame.variables;
    macro->node = &node;
    return value;
}

void Runtime::define_macro(Node& node, Frame& frame) {
    Value macro = make_macro(node, frame);
    if (node.top_level) {
        if (!node.name.starts_with('_')) frame.context->exported.insert(node.name);
        frame.context->vars.dict().put(node.name, macro);
    }
    slot(node.slot, frame) = macro;
}

void Runtime::run_call_block(Node& node, Frame& frame) {
    Value caller = make_macro(node, frame);
    Value result = eval_call(*node.left, frame, &caller);
    if (!result.is_str())
        type_error({"sequence item 0: expected str instance, ", type_name(result), " found"});
    *frame.out += result.text();
}

String Runtime::run_macro(Macro& macro, Values& arguments) {
    Node& node = *macro.node;
    const Function& function = *node.function;
    String out;
    Frame frame;
    frame.owner = macro.owner;
    frame.context = macro.context;
    frame.variables = new Variables(macro.outer, function.slots);
    frame.out = &out;
    frame.line = function.line;
    Entered entered(*this, frame);
    try {
        for (size_t i = 0; i < arguments.size(); i++)
            slot(function.parameters[i], frame) = arguments[i];
        enter(function.scope, frame);
        for (size_t i = 0; i < node.nodes.size(); i++) {
            Value& place = slot(function.parameters[i], frame);
            if (!place.is_missing()) continue;
            size_t required = node.nodes.size() - node.defaults.size();
            if (i >= required) {
                Value fallback = eval(*node.defaults[i - required], frame);
                slot(function.parameters[i], frame) = fallback;
            } else {
                place = undefined_hint(
                    joined("parameter ", str_repr(node.nodes[i]->name), " was not provided"));
            }
        }
        run_body(node.body, frame);
    } catch (PythonError& error) {
        note_line(error, frame);
        throw;
    }
    return out;
}

} // namespace sctl::jinja
