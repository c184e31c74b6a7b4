// The tree of a template. One type stands for all nodes: what each kind uses of it is said below.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "template/value.hpp"

namespace sctl::jinja {

struct Node;
struct NativeRow;
using Nodes = Vector<Node*>;

enum class NodeType : uint8_t {
    // Statements: `body`, `orelse` are what they enclose.
    Output,      // nodes, flag: never printed
    For,         // target, left: what to iterate, test (may be null), right: the test's target,
                 // flag: recursive
    If,          // test, elifs
    Macro,       // name, nodes: parameters, defaults
    CallBlock,   // left: the call, nodes, defaults
    FilterBlock, // left: the filter, whose innermost operand is null
    With,        // nodes: targets, defaults: values
    Block,       // name, flag: scoped, flag2: required
    Extends,     // left, flag: may be the second, flag2: is the second
    Include,     // left, flag: with context, flag2: ignore missing
    Import,      // left, name, flag: with context
    FromImport,  // left, names, flag: with context
    Set,         // target, left
    SetBlock,    // target, left: a filter or null
    Do,          // left
    Scope,       // of autoescape: left
    Break,
    Continue,
    // Expressions
    Data,         // value
    Const,        // value
    Name,         // name, access
    NamespaceRef, // name, value: the attribute
    Tuple,        // nodes
    List,         // nodes
    Dict,         // nodes: keys, defaults: values
    Conditional,  // test, left, right (may be null)
    Filter,       // left (may be null), name, nodes, keywords, more_arguments, more_keywords
    Test,         // the same
    Call,         // the same
    Attribute,    // left, value: its name
    Item,         // left, right
    Slice,        // nodes: start, stop, step, each may be null
    Concat,       // nodes
    Compare,      // left, nodes: the other operands, operators
    Binary,       // left, right, op
    Not,          // left
    Negative,     // left
    Positive      // left
};

enum class Access : uint8_t { Load, Store, Parameter };

// `{% autoescape %}` says it; AtRuntime where that is an expression.
enum class Escaping : uint8_t { Off, On, AtRuntime };

// Comparisons, and arithmetic.
enum class Op : uint8_t {
    Eq,
    Ne,
    Lt,
    LtEq,
    Gt,
    GtEq,
    In,
    NotIn,
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    Mod,
    Pow,
    And,
    Or
};

// Where a variable is kept: `index` in the variables of the function that is `up` functions out.
struct Slot {
    uint16_t up = 0;
    uint16_t index = 0;
};

// What a scope does with its variables when it is entered.
struct Load {
    enum class From : uint8_t { Undefined, Context, Other } from = From::Undefined;
    Slot slot;
    Slot other;
    Value name;
};

// A variable that statements see: for `include` and the like, which hand them on.
struct Visible {
    Value name;
    Slot slot;
};

struct Scope {
    Vector<Load> loads;
    Vector<Slot> to_clear; // when it is left
};

// Where a name that is set at the top, in a loop or in a block is also told to.
enum class Tracking : uint8_t { None, Context, Loop, Block };

// What is run with variables of its own: a template's top, a block, a macro, a recursive loop.
struct Function {
    uint16_t slots = 0;
    Scope scope;
    int line = 0;
    Slot self, super; // of a top or block
    bool uses_self = false, uses_super = false;
    Vector<Slot> parameters; // of a macro, special ones at the end
    bool uses_caller = false, uses_kwargs = false, uses_varargs = false, explicit_caller = false;
};

struct Node {
    NodeType type{};
    Access access{};
    Op op{};
    Tracking tracking{};
    bool flag = false, flag2 = false;
    Escaping escaping{};    // of what is printed where it stands
    bool top_level = false; // of the template, or an `if` there
    bool guarded = false;   // output that a child template must not give
    bool extended = false;  // a loop that needs `loop`
    Tracking inside{};      // of a Call: which variables of loop or block the context is to have
    int line = 0;
    int reported_line = 0; // what errors in it name
    String name;
    Value value;
    Node* target = nullptr;
    Node* left = nullptr;
    Node* right = nullptr;
    Node* test = nullptr;
    Node* more_arguments = nullptr;
    Node* more_keywords = nullptr;
    Nodes nodes, defaults, body, orelse, elifs;
    Vector<std::pair<String, Node*>> keywords;
    Vector<std::pair<String, String>> names;
    Vector<Op> operators;
    Slot slot;                         // of a Name; of Macro, Import; `loop` of For
    Vector<Slot> slots;                // of FromImport
    const NativeRow* native = nullptr; // of Filter, Test: null where there is none of the name
    Scope scope, else_scope;
    std::unique_ptr<Function> function;      // Macro, CallBlock, Block, recursive For
    std::unique_ptr<Function> test_function; // the condition of a For
    Vector<Visible> visible;
};

// A whole template as it was written, which owns its nodes.
struct Tree {
    Node* make(NodeType type, int line) {
        nodes.push_back(std::make_unique<Node>());
        nodes.back()->type = type;
        nodes.back()->line = line;
        return nodes.back().get();
    }
    Vector<std::unique_ptr<Node>> nodes;
    Nodes body;
};

// The children of a node, in the order in which Jinja2 names them.
[[nodiscard]] Nodes children_of(const Node& node);
// "getattr", "const": as messages name it.
[[nodiscard]] std::string_view type_text(const Node& node);

} // namespace sctl::jinja
