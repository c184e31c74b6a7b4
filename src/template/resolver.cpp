#include "template/resolver.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "template/filters.hpp"
#include "template/folding.hpp"
#include "template/operations.hpp"
#include "template/parser.hpp"
#include "template/print.hpp"
#include "template/symbols.hpp"
#include "template/tests.hpp"

namespace sctl::jinja {
namespace {

// What holds where a node stands.
struct Place {
    Symbols* symbols = nullptr;
    bool top_level = false;  // of the template, or in an `if` there
    bool root_level = false; // of the template
    bool in_loop = false, in_block = false;
    bool soft = false; // an `if`: filters that are not there are an error only when run
    bool check_output = false;

    [[nodiscard]] Place inner(Symbols& symbols_of_inner) const {
        Place place;
        place.symbols = &symbols_of_inner;
        place.check_output = check_output;
        return place;
    }
    [[nodiscard]] Place softened() const {
        Place place = *this;
        place.root_level = false;
        place.soft = true;
        return place;
    }
    [[nodiscard]] Tracking tracking() const {
        return in_loop     ? Tracking::Loop
               : in_block  ? Tracking::Block
               : top_level ? Tracking::Context
                           : Tracking::None;
    }
};

class Resolver {
  public:
    Resolver(Code& code, Runtime& runtime) : code_(code), runtime_(runtime) {}

    void run();

  private:
    void find_blocks(const Nodes& nodes);
    void resolve_root();
    void resolve_block(Node& block);
    void resolve_body(Nodes& body, const Place& place);
    // False where nothing behind it is ever reached.
    bool resolve_statement(Node& node, const Place& place);
    void resolve_output(Node& node, const Place& place);
    void resolve_for(Node& node, const Place& place);
    void resolve_loop_test(Node& node, const Place& place);
    void resolve_if(Node& node, const Place& place);
    void resolve_macro(Node& node, const Place& place);
    void resolve_special_parameters(Node& node, Symbols& symbols);
    void resolve_with(Node& node, const Place& place);
    void resolve_block_call(Node& node, const Place& place);
    bool resolve_extends(Node& node, const Place& place);
    void resolve_import(Node& node, const Place& place);
    void resolve_set_block(Node& node, const Place& place);
    void resolve_filter_block(Node& node, const Place& place);
    void resolve_scope(Node& node, const Place& place);
    void resolve_expression(Node& node, const Place& place);
    void resolve_part(Node& node, const Place& place);
    // A constant where it is one: what it prints becomes text.
    bool print_constant(Node& part);
    // As Jinja2's compiler does it: a list as a whole is none, its items are.
    void fold(Node& node);
    void resolve_filter_or_test(Node& node, const Place& place);

    // Variables of a place, as the function of `place` reaches them.
    static Slot slot_of(const Ident& ident, const Place& place);
    static Slot slot_of(std::string_view name, const Place& place);
    void enter(Scope& scope, const Place& place);
    static Vector<Visible> visible(const Place& place);
    // Errors from here on are those of the node's line.
    void at(Node& node) { node.reported_line = line_ = node.line; }
    Node* copy_target(const Node& target);

    Code& code_;
    Runtime& runtime_;
    bool known_extends_ = false;
    int extends_ = 0;
    int line_ = 0;
    int loops_ = 0; // around, within the function
    Escaping escaping_ = Escaping::Off;
    bool escapes_constants_ = false;
};

void check_loop_variable(const Node& node) {
    for (const Node* child : children_of(node)) {
        if (child->type == NodeType::Name && child->access == Access::Store &&
            child->name == "loop")
            throw SyntaxError{"Can't assign to special loop variable in for-loop target",
                              child->line, true};
        check_loop_variable(*child);
    }
}

bool has_scoped_block(const Node& node) {
    return std::ranges::any_of(children_of(node), [](const Node* child) {
        return (child->type == NodeType::Block && child->flag) || has_scoped_block(*child);
    });
}

bool has_extends(const Nodes& nodes) {
    return std::ranges::any_of(nodes, [](const Node* node) {
        return node->type == NodeType::Extends || has_extends(children_of(*node));
    });
}

Slot Resolver::slot_of(const Ident& ident, const Place& place) {
    Slot slot{0, ident.index};
    for (FunctionPlan* plan = place.symbols->function(); plan && plan != ident.function;
         plan = plan->outer)
        slot.up++;
    return slot;
}

Slot Resolver::slot_of(std::string_view name, const Place& place) {
    const Ident* ident = place.symbols->find(name);
    return ident ? slot_of(*ident, place) : Slot{};
}

void Resolver::enter(Scope& scope, const Place& place) {
    Vector<Load> undefined;
    for (const Symbols::LoadRow& row : place.symbols->loads()) {
        Load load;
        load.slot = slot_of(row.ident, place);
        switch (row.from) {
            case Symbols::From::Parameter: continue;
            case Symbols::From::Undefined: undefined.push_back(load); continue;
            case Symbols::From::Context:
                load.from = Load::From::Context;
                load.name = str(row.name);
                code_.wanted.push_back(load.name);
                break;
            case Symbols::From::Other:
                load.from = Load::From::Other;
                load.other = slot_of(row.other, place);
        }
        scope.loads.push_back(load);
    }
    scope.loads.insert(scope.loads.end(), undefined.begin(), undefined.end());
    // Parameters, too, are gone when the scope is left.
    for (const Symbols::LoadRow& row : place.symbols->loads())
        scope.to_clear.push_back(slot_of(row.ident, place));
}

Vector<Visible> Resolver::visible(const Place& place) {
    Vector<Visible> out;
    for (const auto& [name, ident] : place.symbols->visible())
        out.push_back({str(name), slot_of(ident, place)});
    return out;
}

void Resolver::find_blocks(const Nodes& nodes) {
    for (Node* node : nodes) {
        if (node->type == NodeType::Block) {
            if (std::ranges::find(code_.blocks, node->name, &Node::name) != code_.blocks.end())
                throw SyntaxError{joined("block ", str_repr(node->name), " defined twice"),
                                  node->line, true};
            code_.blocks.push_back(node);
        }
        find_blocks(children_of(*node));
    }
}

void Resolver::run() {
    code_.has_extends = has_extends(code_.tree->body);
    find_blocks(code_.tree->body);
    resolve_root();
    for (Node* block : code_.blocks) resolve_block(*block);
}

void Resolver::resolve_root() {
    FunctionPlan plan;
    Symbols symbols(nullptr, &plan, 0);
    Place place{.symbols = &symbols,
                .top_level = true,
                .root_level = true,
                .check_output = code_.has_extends};
    Function& root = code_.root;
    root.uses_self = !find_undeclared(code_.tree->body, {"self"}).empty();
    if (root.uses_self) root.self = slot_of(symbols.declare_parameter("self"), place);
    Node whole;
    whole.type = NodeType::Scope;
    whole.body = code_.tree->body;
    analyze(symbols, whole);
    enter(root.scope, place);
    resolve_body(code_.tree->body, place);
    root.slots = static_cast<uint16_t>(plan.slots.size());
}

void Resolver::resolve_block(Node& block) {
    FunctionPlan plan;
    Symbols symbols(nullptr, &plan, 0);
    Place place{.symbols = &symbols, .in_block = true};
    block.function = std::make_unique<Function>();
    Function& function = *block.function;
    auto undeclared = find_undeclared(block.body, {"self", "super"});
    function.uses_self = undeclared.contains("self");
    function.uses_super = undeclared.contains("super");
    if (function.uses_self) function.self = slot_of(symbols.declare_parameter("self"), place);
    if (function.uses_super) function.super = slot_of(symbols.declare_parameter("super"), place);
    line_ = block.line;
    analyze(symbols, block);
    enter(function.scope, place);
    resolve_body(block.body, place);
    function.slots = static_cast<uint16_t>(plan.slots.size());
    function.line = block.line;
}

void Resolver::resolve_body(Nodes& body, const Place& place) {
    for (size_t i = 0; i < body.size(); i++) {
        if (resolve_statement(*body[i], place)) continue;
        body.resize(i + 1);
        return;
    }
}

bool Resolver::resolve_statement(Node& node, const Place& place) {
    Depth depth;
    node.top_level = place.top_level;
    node.tracking = place.tracking();
    node.escaping = escaping_;
    switch (node.type) {
        case NodeType::Output: resolve_output(node, place); break;
        case NodeType::For: resolve_for(node, place); break;
        case NodeType::If: resolve_if(node, place); break;
        case NodeType::CallBlock:
            resolve_macro(node, place);
            at(node);
            resolve_expression(*node.left, place);
            break;
        case NodeType::Macro:
            resolve_macro(node, place);
            node.slot = slot_of(node.name, place);
            break;
        case NodeType::FilterBlock: resolve_filter_block(node, place); break;
        case NodeType::With: resolve_with(node, place); break;
        case NodeType::Block: resolve_block_call(node, place); break;
        case NodeType::Extends: return resolve_extends(node, place);
        case NodeType::Include:
        case NodeType::Import:
        case NodeType::FromImport: resolve_import(node, place); break;
        case NodeType::Set:
            at(node);
            resolve_expression(*node.target, place);
            resolve_expression(*node.left, place);
            break;
        case NodeType::SetBlock: resolve_set_block(node, place); break;
        case NodeType::Do:
            at(node);
            resolve_expression(*node.left, place);
            break;
        case NodeType::Scope: resolve_scope(node, place); break;
        case NodeType::Break:
        case NodeType::Continue:
            if (loops_ == 0)
                throw SyntaxError{node.type == NodeType::Break ? "'break' outside loop"
                                                               : "'continue' not properly in loop",
                                  node.line};
            break;
        default: at(node);
    }
    return true;
}

void Resolver::resolve_output(Node& node, const Place& place) {
    if (place.check_output) {
        node.flag = known_extends_;
        if (known_extends_) return;
        node.guarded = true;
    }
    for (Node* part : node.nodes) {
        if (part->type == NodeType::Data) {
            part->escaping = escaping_;
            if (escaping_ == Escaping::AtRuntime) at(*part);
            continue;
        }
        if (print_constant(*part)) continue;
        at(*part);
        resolve_expression(*part, place);
    }
}

bool Resolver::print_constant(Node& part) {
    try {
        Value value = Folder(runtime_, escaping_, escapes_constants_).constant(part);
        if (value.is_missing()) return false;
        if (escapes_constants_) value = escape(value);
        Node text;
        text.type = NodeType::Data;
        text.line = part.line;
        text.value = str(to_str(value));
        part = std::move(text);
        return true;
    } catch (const PythonError&) {
        return false;
    }
}

Node* Resolver::copy_target(const Node& target) {
    Node* copy = code_.tree->make(target.type, target.line);
    copy->name = target.name;
    copy->access = target.access;
    for (const Node* part : target.nodes) copy->nodes.push_back(copy_target(*part));
    return copy;
}

void Resolver::resolve_loop_test(Node& node, const Place& place) {
    FunctionPlan plan{place.symbols->function(), {}};
    Symbols symbols(place.symbols, &plan, place.symbols->level() + 1);
    Place test_place = place.inner(symbols);
    analyze(symbols, node, Part::Test);
    node.test_function = std::make_unique<Function>();
    enter(node.test_function->scope, test_place);
    at(*node.test);
    node.right = copy_target(*node.target);
    resolve_expression(*node.right, test_place);
    resolve_expression(*node.test, test_place);
    node.test_function->slots = static_cast<uint16_t>(plan.slots.size());
    node.test_function->line = node.test->line;
}

void Resolver::resolve_for(Node& node, const Place& place) {
    FunctionPlan own_plan{place.symbols->function(), {}};
    FunctionPlan* plan = node.flag ? &own_plan : place.symbols->function();
    Symbols symbols(place.symbols, plan, place.symbols->level() + 1), else_symbols = symbols;
    Place loop_place = place.inner(symbols), else_place = place.inner(else_symbols);
    loop_place.in_loop = true;
    node.extended =
        node.flag || !find_undeclared(node.body, {"loop"}).empty() || has_scoped_block(node);
    if (node.extended) node.slot = slot_of(symbols.declare_parameter("loop"), loop_place);
    analyze(symbols, node, Part::Body);
    if (!node.orelse.empty()) analyze(else_symbols, node, Part::Else);
    if (node.test) resolve_loop_test(node, place);
    check_loop_variable(node);
    at(node);
    resolve_expression(*node.target, loop_place);
    if (!node.flag) resolve_expression(*node.left, place);
    enter(node.scope, loop_place);
    loops_++;
    resolve_body(node.body, loop_place);
    loops_--;
    enter(node.else_scope, else_place);
    resolve_body(node.orelse, else_place);
    if (!node.flag) return;
    resolve_expression(*node.left, place);
    node.function = std::make_unique<Function>();
    node.function->slots = static_cast<uint16_t>(own_plan.slots.size());
    node.function->line = node.line;
    line_ = node.line;
}

void Resolver::resolve_if(Node& node, const Place& place) {
    Place soft = place.softened();
    at(node);
    resolve_expression(*node.test, soft);
    resolve_body(node.body, soft);
    for (Node* branch : node.elifs) {
        at(*branch);
        resolve_expression(*branch->test, soft);
        resolve_body(branch->body, soft);
    }
    resolve_body(node.orelse, soft);
}

void Resolver::resolve_special_parameters(Node& node, Symbols& symbols) {
    Function& function = *node.function;
    auto undeclared = find_undeclared(node.body, {"caller", "kwargs", "varargs"});
    auto has = [&node](std::string_view name) {
        return std::ranges::any_of(node.nodes,
                                   [name](const Node* arg) { return arg->name == name; });
    };
    Place place{.symbols = &symbols};
    auto declare = [&](const char* name) {
        function.parameters.push_back(slot_of(symbols.declare_parameter(name), place));
    };
    for (size_t i = 0; i < node.nodes.size(); i++)
        if (node.nodes[i]->name == "caller") {
            function.explicit_caller = true;
            if (undeclared.contains("caller") && i + node.defaults.size() < node.nodes.size())
                throw SyntaxError{
                    "When defining macros or call blocks the special \"caller\" argument "
                    "must be omitted or be given a default.",
                    node.line, true};
        }
    function.uses_caller = undeclared.contains("caller");
    if (function.uses_caller && !function.explicit_caller) declare("caller");
    function.uses_kwargs = undeclared.contains("kwargs") && !has("kwargs");
    if (function.uses_kwargs) declare("kwargs");
    function.uses_varargs = undeclared.contains("varargs") && !has("varargs");
    if (function.uses_varargs) declare("varargs");
}

void Resolver::resolve_macro(Node& node, const Place& outer) {
    FunctionPlan plan{outer.symbols->function(), {}};
    Symbols symbols(outer.symbols, &plan, outer.symbols->level() + 1);
    Place place = outer.inner(symbols);
    place.check_output = false;
    node.function = std::make_unique<Function>();
    Function& function = *node.function;
    analyze(symbols, node, Part::WithoutCall);
    for (const Node* parameter : node.nodes)
        function.parameters.push_back(slot_of(parameter->name, place));
    resolve_special_parameters(node, symbols);
    analyze(symbols, node, Part::WithoutCall);
    enter(function.scope, place);
    at(node);
    for (Node* fallback : node.defaults) {
        resolve_expression(*fallback, place);
        fallback->reported_line = line_;
    }
    int loops = std::exchange(loops_, 0);
    resolve_body(node.body, place);
    loops_ = loops;
    function.slots = static_cast<uint16_t>(plan.slots.size());
    function.line = node.line;
}

void Resolver::resolve_with(Node& node, const Place& place) {
    Symbols symbols(place.symbols, place.symbols->function(), place.symbols->level() + 1);
    Place inner = place.inner(symbols);
    analyze(symbols, node, Part::Body);
    enter(node.scope, inner);
    node.reported_line = std::max(line_, 1); // as Jinja2: that of what stands before it
    for (size_t i = 0; i < node.nodes.size(); i++) {
        resolve_expression(*node.nodes[i], inner);
        resolve_expression(*node.defaults[i], place);
    }
    resolve_body(node.body, inner);
}

void Resolver::resolve_block_call(Node& node, const Place& place) {
    at(node);
    if (place.top_level) {
        node.guarded = extends_ > 0;
        if (known_extends_) node.extended = true; // never called from here
    }
    if (node.flag) node.visible = visible(place);
}

bool Resolver::resolve_extends(Node& node, const Place& place) {
    if (!place.top_level)
        throw SyntaxError{"cannot use extend from a non top-level scope", node.line, true};
    at(node);
    node.flag = extends_ > 0;
    node.flag2 = extends_ > 0 && known_extends_;
    if (node.flag2) return false;
    resolve_expression(*node.left, place);
    known_extends_ |= place.root_level;
    extends_++;
    return true;
}

void Resolver::resolve_import(Node& node, const Place& place) {
    at(node);
    if (node.type == NodeType::Import) node.slot = slot_of(node.name, place);
    for (const auto& name : node.names) node.slots.push_back(slot_of(name.second, place));
    resolve_expression(*node.left, place);
    if (node.flag) node.visible = visible(place);
}

void Resolver::resolve_set_block(Node& node, const Place& place) {
    Symbols symbols(place.symbols, place.symbols->function(), place.symbols->level() + 1);
    Place inner = place.inner(symbols);
    inner.check_output = false;
    analyze(symbols, node, Part::Body);
    enter(node.scope, inner);
    resolve_body(node.body, inner);
    at(node);
    resolve_expression(*node.target, place);
    if (node.left) resolve_expression(*node.left, inner);
}

void Resolver::resolve_filter_block(Node& node, const Place& place) {
    Symbols symbols(place.symbols, place.symbols->function(), place.symbols->level() + 1);
    Place inner = place.inner(symbols);
    analyze(symbols, node);
    enter(node.scope, inner);
    resolve_body(node.body, inner);
    at(node);
    resolve_expression(*node.left, inner);
}

void Resolver::resolve_scope(Node& node, const Place& place) {
    Symbols symbols(place.symbols, place.symbols->function(), place.symbols->level() + 1);
    Place inner = place.inner(symbols);
    analyze(symbols, node);
    enter(node.scope, inner);
    node.reported_line = std::max(line_, 1);
    resolve_expression(*node.left, inner);
    Escaping before = escaping_;
    bool constants_before = escapes_constants_;
    Value known = Folder(runtime_, escaping_, escapes_constants_).constant(*node.left);
    if (!known.is_missing()) escapes_constants_ = truth(known);
    if (known.is_missing())
        escaping_ = Escaping::AtRuntime;
    else if (escaping_ != Escaping::AtRuntime)
        escaping_ = escapes_constants_ ? Escaping::On : Escaping::Off;
    resolve_body(node.body, inner);
    escaping_ = before;
    escapes_constants_ = constants_before;
}

void Resolver::resolve_filter_or_test(Node& node, const Place& place) {
    bool is_filter = node.type == NodeType::Filter;
    node.native = is_filter ? find_filter(node.name) : find_test(node.name);
    if (!node.native && !place.soft)
        throw SyntaxError{
            joined("No ", is_filter ? "filter" : "test", " named ", str_repr(node.name), "."),
            node.line, true};
}

void Resolver::fold(Node& node) {
    switch (node.type) {
        case NodeType::Tuple:
        case NodeType::List:
        case NodeType::Dict:
            for (Node* child : children_of(node)) fold(*child);
            return;
        case NodeType::Conditional:
        case NodeType::Filter:
        case NodeType::Test:
        case NodeType::Call:
        case NodeType::Attribute:
        case NodeType::Item:
        case NodeType::Concat:
        case NodeType::Compare:
        case NodeType::Binary:
        case NodeType::Not:
        case NodeType::Negative:
        case NodeType::Positive: break;
        default: return;
    }
    try {
        Folder(runtime_, escaping_, escapes_constants_).fold(node);
    } catch (PythonError& error) {
        // Jinja2 does not say where.
        if (error.lines.empty()) error.lines.push_back({{}, {}, node.line});
        throw;
    }
}

void Resolver::resolve_expression(Node& node, const Place& place) {
    if (escaping_ != Escaping::AtRuntime) fold(node);
    resolve_part(node, place);
}

// Of an expression that has been folded.
void Resolver::resolve_part(Node& node, const Place& place) {
    Depth depth;
    node.escaping = escaping_;
    node.tracking = place.tracking();
    switch (node.type) {
        case NodeType::Name:
        case NodeType::NamespaceRef: node.slot = slot_of(node.name, place); return;
        case NodeType::Filter:
        case NodeType::Test: resolve_filter_or_test(node, place); break;
        case NodeType::Conditional:
            for (Node* child : children_of(node)) resolve_part(*child, place.softened());
            return;
        case NodeType::Call:
            node.inside = place.in_loop    ? Tracking::Loop
                          : place.in_block ? Tracking::Block
                                           : Tracking::None;
            break;
        default: break;
    }
    for (Node* child : children_of(node)) resolve_part(*child, place);
}

} // namespace

std::unique_ptr<Code> resolve(std::unique_ptr<Tree> tree, Runtime& runtime) {
    auto code = std::make_unique<Code>();
    code->tree = std::move(tree);
    Resolver(*code, runtime).run();
    return code;
}

} // namespace sctl::jinja
