#include "template/objects.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "template/attributes.hpp"
#include "template/module.hpp"
#include "template/operations.hpp"
#include "template/print.hpp"
#include "template/runtime.hpp"

namespace sctl::jinja {
namespace {

Value loop_cycle(Call& call) {
    auto& loop = *call.self.as<Loop>();
    const Values& items = call.rest.positional;
    if (items.empty()) type_error("no items for cycling given");
    auto count = static_cast<int64_t>(items.size());
    return items[static_cast<size_t>(((loop.index0 % count) + count) % count)];
}

Value loop_changed(Call& call) {
    auto& loop = *call.self.as<Loop>();
    Value now = tuple(std::move(call.rest.positional));
    if (!loop.last_changed.is_missing() && equal(loop.last_changed, now)) return Value(false);
    loop.last_changed = now;
    return Value(true);
}

constexpr NativeRow loop_methods[] = {{"changed", "LoopContext.changed", "*", loop_changed, 1},
                                      {"cycle", "LoopContext.cycle", "*", loop_cycle, 1}};

Value cycler_next(Call& call) {
    auto& cycler = *call.self.as<Cycler>();
    Value item = cycler.items[cycler.position];
    cycler.position = (cycler.position + 1) % cycler.items.size();
    return item;
}

Value cycler_reset(Call& call) {
    call.self.as<Cycler>()->position = 0;
    return {};
}

constexpr NativeRow cycler_methods[] = {{"next", "Cycler.next", "", cycler_next, 1},
                                        {"reset", "Cycler.reset", "", cycler_reset, 1}};

Value context_get(Call& call) {
    Value found = call.self.as<Context>()->resolve(call.a[0]);
    return found.is_missing() ? call.get(1, Value()) : found;
}

Value context_resolve(Call& call) {
    Value found = call.self.as<Context>()->resolve(call.a[0]);
    return found.is_missing() ? undefined_name(to_str(call.a[0])) : found;
}

template <DictView::Which which>
Value context_view(Call& call) {
    Value all = call.self.as<Context>()->all();
    return Value(new DictView(&all.dict(), which));
}

constexpr NativeRow context_methods[] = {
    {"get", "Context.get", "key default=", context_get, 1},
    {"items", "Context.items", "", context_view<DictView::Items>, 1},
    {"keys", "Context.keys", "", context_view<DictView::Keys>, 1},
    {"resolve", "Context.resolve", "key", context_resolve, 1},
    {"values", "Context.values", "", context_view<DictView::Values>, 1}};

Value method(std::span<const NativeRow> rows, std::string_view name, Object* self) {
    const NativeRow* row = find_row(rows, name);
    return row ? Value(new NativeFunction(*row, Value(self))) : Value::missing();
}

String quoted_name(const String& name) {
    return name.empty() ? "None" : str_repr(name);
}

} // namespace

void Module::repr(String& out) const {
    out += joined("<TemplateModule ", name.empty() ? "memory" : str_repr(name), ">");
}

Value Module::attribute(std::string_view wanted) {
    if (wanted == "__name__") return name.empty() ? Value() : str(name);
    Value* found = exported->get(wanted);
    return found ? *found : Value::missing();
}

void Template::repr(String& out) const {
    out += joined("<Template ", name.empty() ? "memory" : str_repr(name), ">");
}

void Context::repr(String& out) const {
    out += "<Context ";
    append_repr(out, all());
    out += joined(" of ", quoted_name(name), ">");
}

Value Context::attribute(std::string_view wanted) {
    if (wanted == "name") return name.empty() ? Value() : str(name);
    if (wanted == "parent") return parent;
    if (wanted == "vars") return vars;
    return method(context_methods, wanted, this);
}

Value Context::item(const Value& key) {
    Value found = resolve(key);
    if (found.is_missing()) raise("KeyError", to_repr(key));
    return found;
}

int Context::contains(const Value& wanted) {
    return !resolve(wanted).is_missing();
}

Value Context::resolve(const Value& wanted) const {
    if (Value* found = vars.dict().get(wanted)) return *found;
    if (Value* found = parent.dict().get(wanted)) return *found;
    return Value::missing();
}

Value Context::all() const {
    if (vars.dict().size() == 0) return parent;
    if (parent.dict().size() == 0) return vars;
    Value out = dict();
    for (Dict* from : {&parent.dict(), &vars.dict()})
        for (size_t i = 0; i < from->places(); i++)
            if (!from->key(i).is_missing()) out.dict().put(from->key(i), from->value(i));
    return out;
}

void Macro::repr(String& out) const {
    out += joined("<Macro ", has_name() ? str_repr(node->name) : "anonymous", ">");
}

Value Macro::attribute(std::string_view wanted) {
    const Function& function = *node->function;
    if (wanted == "name") return has_name() ? str(node->name) : Value();
    if (wanted == "arguments") {
        Values names;
        for (const Node* parameter : node->nodes) names.push_back(str(parameter->name));
        return tuple(std::move(names));
    }
    if (wanted == "catch_kwargs") return Value(function.uses_kwargs);
    if (wanted == "catch_varargs") return Value(function.uses_varargs);
    if (wanted == "caller") return Value(function.uses_caller);
    if (wanted == "explicit_caller") return Value(function.explicit_caller);
    return Value::missing();
}

Value Macro::call(Runtime& runtime, Arguments& arguments) {
    const Function& function = *node->function;
    String name = has_name() ? str_repr(node->name) : "None";
    size_t count = node->nodes.size(), given = arguments.positional.size();
    bool found_caller = given >= count && function.explicit_caller;
    Values values;
    for (size_t i = 0; i < count; i++) {
        const String& parameter = node->nodes[i]->name;
        if (i < given)
            values.push_back(arguments.positional[i]);
        else
            values.push_back(arguments.take_named(parameter));
        found_caller |= i >= given && parameter == "caller";
    }
    if (function.uses_caller && !found_caller) {
        Value caller = arguments.take_named("caller");
        bool none = caller.is_missing() || caller.is_none();
        values.push_back(none ? undefined_hint("No caller defined") : caller);
    }
    if (function.uses_kwargs) {
        Value kwargs = dict();
        for (auto& named : arguments.named) kwargs.dict().put(named.first, named.second);
        values.push_back(kwargs);
    } else if (!arguments.named.empty()) {
        if (!arguments.take_named("caller").is_missing())
            type_error({"macro ", name,
                        " was invoked with two values for the special caller argument. "
                        "This is most likely a bug."});
        type_error(
            {"macro ", name, " takes no keyword argument ", str_repr(arguments.named[0].first)});
    }
    if (function.uses_varargs) {
        Values more;
        for (size_t i = count; i < given; i++) more.push_back(arguments.positional[i]);
        values.push_back(tuple(std::move(more)));
    } else if (given > count) {
        type_error({"macro ", name, " takes not more than ", count, " argument(s)"});
    }
    bool escapes = runtime.autoescape();
    String text = runtime.run_macro(*this, values);
    return escapes ? markup(std::move(text)) : jinja::str(std::move(text));
}

void Loop::repr(String& out) const {
    out += joined("<LoopContext ", index0 + 1, "/", const_cast<Loop*>(this)->length(), ">");
}

int64_t Loop::length() {
    if (known_length >= 0) return known_length;
    known_length = length_or_none(iterable);
    if (known_length >= 0) return known_length;
    Value rest = list(to_values(Value(iterator.get())));
    known_length = static_cast<int64_t>(rest.items().size()) + index0 + 1 + !after.is_missing();
    iterator = jinja::iterate(rest);
    return known_length;
}

const Value& Loop::peek() {
    if (after.is_missing() && !iterator->next(after)) after = Value::missing();
    return after;
}

bool Loop::advance(Value& item) {
    if (!after.is_missing())
        item = std::exchange(after, Value::missing());
    else if (!iterator->next(item))
        return false;
    index0++;
    before = std::exchange(current, item);
    return true;
}

Value Loop::attribute(std::string_view wanted) {
    if (wanted == "index") return Value(index0 + 1);
    if (wanted == "index0") return Value(index0);
    if (wanted == "revindex") return Value(length() - index0);
    if (wanted == "revindex0") return Value(length() - index0 - 1);
    if (wanted == "first") return Value(index0 == 0);
    if (wanted == "last") return Value(peek().is_missing());
    if (wanted == "length") return Value(length());
    if (wanted == "depth") return Value(depth0 + 1);
    if (wanted == "depth0") return Value(depth0);
    if (wanted == "previtem")
        return index0 == 0 ? undefined_hint("there is no previous item") : before;
    if (wanted == "nextitem")
        return peek().is_missing() ? undefined_hint("there is no next item") : after;
    return method(loop_methods, wanted, this);
}

Value Loop::call(Runtime& runtime, Arguments& arguments) {
    Value given = arguments.take_named("iterable");
    bool positional = given.is_missing() && arguments.positional.size() == 1;
    if (positional) given = arguments.positional[0];
    if (given.is_missing())
        type_error(arguments.positional.empty()
                       ? "LoopContext.__call__() missing 1 required positional argument: 'iterable'"
                       : joined("LoopContext.__call__() takes 2 positional arguments but ",
                                arguments.positional.size() + 1, " were given"));
    if (!node) type_error("The loop must have the 'recursive' marker to be called recursively.");
    String text = runtime.run_loop(*this, given, depth0 + 1);
    return node->escaping == Escaping::On ? markup(std::move(text)) : jinja::str(std::move(text));
}

void Namespace::repr(String& out) const {
    out += "<Namespace ";
    append_repr(out, Value(Kind::Dict, attributes.get()));
    out += '>';
}

Value Namespace::attribute(std::string_view wanted) {
    Value* found = attributes->get(wanted);
    return found ? *found : Value::missing();
}

Value Cycler::attribute(std::string_view wanted) {
    if (wanted == "current") return items[position];
    if (wanted == "items") return tuple(items);
    if (wanted == "pos") return Value(static_cast<int64_t>(position));
    return method(cycler_methods, wanted, this);
}

Value Joiner::attribute(std::string_view wanted) {
    if (wanted == "sep") return separator;
    return wanted == "used" ? Value(used) : Value::missing();
}

Value Joiner::call(Runtime&, Arguments& arguments) {
    if (!arguments.positional.empty() || !arguments.named.empty())
        type_error({"Joiner.__call__() takes 1 positional argument but ",
                    arguments.positional.size() + 1, " were given"});
    return std::exchange(used, true) ? separator : jinja::str("");
}

void Self::repr(String& out) const {
    out += joined("<TemplateReference ", quoted_name(context->name), ">");
}

Value Self::item(const Value& key) {
    if (!key.is_str() || !context->blocks.contains(key.text())) raise("KeyError", to_repr(key));
    return Value(new BlockReference(key.text(), context, 0));
}

Value super_block(const String& name, const Ref<Context>& context, size_t depth) {
    auto chain = context->blocks.find(name);
    if (chain != context->blocks.end() && depth < chain->second.size())
        return Value(new BlockReference(name, context, depth));
    return undefined_hint(joined("there is no parent block called ", str_repr(name), "."));
}

Value BlockReference::attribute(std::string_view wanted) {
    if (wanted == "super") return super_block(name, context, depth + 1);
    return wanted == "name" ? jinja::str(name) : Value::missing();
}

Value BlockReference::call(Runtime& runtime, Arguments& arguments) {
    if (!arguments.positional.empty() || !arguments.named.empty())
        type_error({"BlockReference.__call__() takes 1 positional argument but ",
                    arguments.positional.size() + 1, " were given"});
    BlockCode block = context->blocks[name].at(depth);
    String text = runtime.run_block(block, context);
    return context->eval->autoescape() ? markup(std::move(text)) : jinja::str(std::move(text));
}

} // namespace sctl::jinja
