// Statements about other templates: extends, blocks, include, import.
#include "base/text.hpp"
#include "template/attributes.hpp"
#include "template/module.hpp"
#include "template/operations.hpp"
#include "template/print.hpp"
#include "template/runtime.hpp"

namespace sctl::jinja {

void Runtime::note_line(PythonError& error, const Frame& frame) {
    error.lines.push_back({frame.owner->name, frame.owner->filename, frame.line});
}

Ref<Context> Runtime::new_context(const Template& source, const Value& variables, bool shared,
                                  const Vector<Visible>* locals, Frame* frame) {
    Ref<Context> context(new Context);
    context->name = source.name;
    context->eval = new EvalState;
    Value parent = variables;
    bool has_locals = false;
    if (locals)
        for (const Visible& local : *locals) has_locals |= !slot(local.slot, *frame).is_missing();
    if (!shared || has_locals) {
        parent = dict();
        auto copy = [&parent](Dict& from) {
            for (size_t i = 0; i < from.places(); i++)
                if (!from.key(i).is_missing()) parent.dict().put(from.key(i), from.value(i));
        };
        if (!shared) copy(environment_.globals().dict());
        copy(variables.dict());
        for (size_t i = 0; has_locals && i < locals->size(); i++) {
            const Value& value = slot((*locals)[i].slot, *frame);
            if (!value.is_missing()) parent.dict().put((*locals)[i].name, value);
        }
    }
    context->parent = parent;
    for (Node* block : source.code->blocks)
        context->blocks[block->name].push_back({const_cast<Template*>(&source), block});
    return context;
}

Ref<Context> Runtime::derive(const Node& node, Frame& frame) {
    Ref<Context> context =
        new_context(*frame.owner, frame.context->all(), true, &node.visible, &frame);
    context->name = frame.context->name;
    context->eval = frame.context->eval;
    context->blocks = frame.context->blocks;
    return context;
}

void Runtime::run_root(const Ref<Template>& source, const Ref<Context>& context, String& out) {
    const Code& code = *source->code;
    Frame frame;
    frame.owner = source;
    frame.context = context;
    frame.variables = new Variables({}, code.root.slots);
    frame.out = &out;
    frame.line = 1;
    Entered entered(*this, frame);
    try {
        if (code.root.uses_self) slot(code.root.self, frame) = Value(new Self(context));
        enter(code.root.scope, frame);
        run_body(code.tree->body, frame);
        if (frame.parent) run_root(frame.parent, context, out);
    } catch (PythonError& error) {
        note_line(error, frame);
        throw;
    } catch (const std::bad_alloc&) {
        PythonError error{"MemoryError", "out of memory"};
        note_line(error, frame);
        throw error;
    }
}

String Runtime::render(const Ref<Template>& source, const Value& variables) {
    String out;
    run_root(source, new_context(*source, variables, false, nullptr, nullptr), out);
    return out;
}

String Runtime::run_block(const BlockCode& block, const Ref<Context>& context) {
    const Function& function = *block.node->function;
    String out;
    Frame frame;
    frame.owner = block.owner;
    frame.context = context;
    frame.variables = new Variables({}, function.slots);
    frame.out = &out;
    frame.line = function.line;
    frame.block_vars = new Dict;
    Entered entered(*this, frame);
    try {
        if (function.uses_self) slot(function.self, frame) = Value(new Self(context));
        if (function.uses_super) {
            const BlockChain& chain = context->blocks[block.node->name];
            size_t depth = 0;
            while (depth < chain.size() && !(chain[depth] == block)) depth++;
            slot(function.super, frame) = super_block(block.node->name, context, depth + 1);
        }
        enter(function.scope, frame);
        run_body(block.node->body, frame);
    } catch (PythonError& error) {
        note_line(error, frame);
        throw;
    }
    return out;
}

void Runtime::run_block_statement(Node& node, Frame& frame) {
    if (node.extended || (node.guarded && frame.parent)) return;
    const BlockChain& chain = frame.context->blocks[node.name];
    if (node.flag2 && chain.size() <= 1)
        raise("TemplateRuntimeError", {"Required block ", str_repr(node.name), " not found"});
    BlockCode block = chain.at(0);
    *frame.out += run_block(block, node.flag ? derive(node, frame) : frame.context);
}

void Runtime::run_extends(Node& node, Frame& frame) {
    if (node.flag2 || (node.flag && frame.parent))
        raise("TemplateRuntimeError", "extended multiple times");
    Ref<Template> parent = load(eval(*node.left, frame));
    frame.parent = parent;
    for (Node* block : parent->code->blocks)
        frame.context->blocks[block->name].push_back({parent, block});
}

namespace {

[[noreturn]] void fail_not_found(std::string_view type, String message) {
    raise(type, std::move(message));
}

} // namespace

Ref<Template> Runtime::load(const Value& name) {
    if (name.is_undefined()) fail_undefined(name);
    if (auto* known = name.as<Template>()) return known;
    if (!name.is_str()) {
        if (name.is_none() || name.is_number()) fail_attribute(name, "split");
        (void)hash(name);
        fail_not_found("TemplateNotFound", to_str(name));
    }
    return environment_.get_template(name.text());
}

Ref<Template> Runtime::select(const Value& names) {
    if (names.is_undefined()) fail_undefined(names);
    if (!truth(names))
        fail_not_found("TemplatesNotFound", "Tried to select from an empty list of templates.");
    Values all = to_values(names);
    String tried;
    for (const Value& name : all) {
        if (auto* known = name.as<Template>()) return known;
        try {
            return load(name);
        } catch (const PythonError& error) {
            if (error.type != "TemplateNotFound" && error.type != "TemplatesNotFound" &&
                error.type != "UndefinedError")
                throw;
        }
        if (!tried.empty()) tried += ", ";
        if (name.is_undefined())
            tried += static_cast<Undefined&>(name.object()).message();
        else
            append_str(tried, name);
    }
    fail_not_found("TemplatesNotFound", joined("none of the templates given were found: ", tried));
}

void Runtime::run_include(Node& node, Frame& frame) {
    Ref<Template> source;
    try {
        Value name = eval(*node.left, frame);
        bool is_list = node.left->type == NodeType::Tuple || node.left->type == NodeType::List;
        bool one = name.is_str() || name.is_undefined() || name.as<Template>();
        source = one && !is_list ? load(name) : select(name);
    } catch (const PythonError& error) {
        bool missing = error.type == "TemplateNotFound" || error.type == "TemplatesNotFound";
        if (node.flag2 && missing) return;
        throw;
    }
    if (!node.flag) {
        *frame.out += to_str(make_module(source, {}));
        return;
    }
    run_root(source, new_context(*source, frame.context->all(), true, &node.visible, &frame),
             *frame.out);
}

Value Runtime::make_module(const Ref<Template>& source, const Ref<Context>& given) {
    if (!given && !source->module.is_missing()) return source->module;
    Ref<Context> context = given ? given : new_context(*source, dict(), false, nullptr, nullptr);
    auto* module = new Module;
    Value value(module);
    module->name = source->name;
    run_root(source, context, module->body);
    module->exported = new Dict;
    for (const String& name : context->exported)
        if (Value* found = context->vars.dict().get(name)) module->exported->put(name, *found);
    if (!given) source->module = value;
    return value;
}

Value Runtime::module_of(const Ref<Template>& source, Node& node, Frame& frame) {
    if (!node.flag) return make_module(source, {});
    return make_module(source,
                       new_context(*source, frame.context->all(), true, &node.visible, &frame));
}

void Runtime::run_import(Node& node, Frame& frame) {
    Value module = module_of(load(eval(*node.left, frame)), node, frame);
    slot(node.slot, frame) = module;
    if (!node.top_level) return;
    frame.context->vars.dict().put(node.name, module);
    frame.context->exported.erase(node.name);
}

void Runtime::run_from_import(Node& node, Frame& frame) {
    Value held = module_of(load(eval(*node.left, frame)), node, frame);
    auto& module = *held.as<Module>();
    for (size_t i = 0; i < node.names.size(); i++) {
        const auto& [name, alias] = node.names[i];
        Value found = module.attribute(name);
        if (found.is_missing())
            found = undefined_hint(joined("the template ",
                                          module.name.empty() ? "None" : str_repr(module.name),
                                          " (imported on ", position(node, frame),
                                          ") does not export the requested name ", str_repr(name)));
        slot(node.slots[i], frame) = found;
    }
    for (size_t i = 0; node.top_level && i < node.names.size(); i++) {
        const String& alias = node.names[i].second;
        frame.context->vars.dict().put(alias, slot(node.slots[i], frame));
        if (!alias.starts_with('_')) frame.context->exported.erase(alias);
    }
}

} // namespace sctl::jinja
