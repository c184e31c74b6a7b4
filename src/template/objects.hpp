// The objects that templates meet: loop, namespace, macros, blocks, the context.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "template/callable.hpp"
#include "template/containers.hpp"
#include "template/iterators.hpp"
#include "template/node.hpp"
#include "template/resolver.hpp"
#include "template/value.hpp"

namespace sctl::jinja {

// The variables of one run of a function. Functions inside it see them as they are then.
struct Variables : Object {
    Variables(Ref<Variables> outer, size_t count)
        : outer(std::move(outer)), slots(count, Value::missing()) {}
    const Ref<Variables> outer;
    Values slots;
};

struct Template : Object {
    [[nodiscard]] std::string_view type_name() const override { return "Template"; }
    [[nodiscard]] std::string_view qualified_type_name() const override {
        return "jinja2.environment.Template";
    }
    void repr(String& out) const override;

    String name, filename, source;
    std::unique_ptr<Code> code;
    Value module = Value::missing(); // once it has been imported
};

// A block as one template of the chain has it.
struct BlockCode {
    Ref<Template> owner;
    Node* node = nullptr;
    bool operator==(const BlockCode& other) const { return node == other.node; }
};
using BlockChain = Vector<BlockCode>;

struct EvalState : Object {
    Value escaping{false}; // what `autoescape` says, which may be undefined until it is asked
    [[nodiscard]] bool autoescape() const { return jinja::truth(escaping); }
};

// The variables that the templates of one chain of `extends` share.
struct Context : Object {
    [[nodiscard]] std::string_view type_name() const override { return "Context"; }
    [[nodiscard]] std::string_view qualified_type_name() const override {
        return "jinja2.runtime.Context";
    }
    void repr(String& out) const override;
    Value attribute(std::string_view name) override;
    Value item(const Value& key) override;
    Iterator* iterate() override { return nullptr; }
    int contains(const Value& name) override;

    // Missing where there is none.
    [[nodiscard]] Value resolve(const Value& name) const;
    // A dict of all: the context's own where nothing was set, so it is not to be changed.
    [[nodiscard]] Value all() const;
    [[nodiscard]] Ref<Context> derived() const;

    String name;
    Value parent = dict(), vars = dict();
    std::set<String, std::less<>> exported;
    std::map<String, BlockChain, std::less<>> blocks;
    Ref<EvalState> eval;
};

struct Macro : Object {
    [[nodiscard]] std::string_view type_name() const override { return "Macro"; }
    [[nodiscard]] std::string_view qualified_type_name() const override {
        return "jinja2.runtime.Macro";
    }
    void repr(String& out) const override;
    Value attribute(std::string_view name) override;
    [[nodiscard]] bool is_callable() const override { return true; }
    Value call(Runtime& runtime, Arguments& arguments) override;

    Ref<Template> owner;
    Ref<Context> context;
    Ref<Variables> outer;
    Node* node = nullptr; // Macro or CallBlock
    [[nodiscard]] bool has_name() const { return node->type == NodeType::Macro; }
};

struct Loop : Object {
    Loop(Value iterable, Ref<Iterator> iterator)
        : iterable(std::move(iterable)), iterator(std::move(iterator)) {}
    [[nodiscard]] std::string_view type_name() const override { return "LoopContext"; }
    [[nodiscard]] std::string_view qualified_type_name() const override {
        return "jinja2.runtime.LoopContext";
    }
    void repr(String& out) const override;
    Value attribute(std::string_view name) override;
    [[nodiscard]] bool is_callable() const override { return true; }
    Value call(Runtime& runtime, Arguments& arguments) override;
    [[nodiscard]] bool truth() const override { return const_cast<Loop*>(this)->length() != 0; }
    int64_t length() override;
    // The next item; false at the end.
    bool advance(Value& item);
    const Value& peek();

    const Value iterable;
    Ref<Iterator> iterator;
    int64_t index0 = -1, depth0 = 0, known_length = -1;
    Value after = Value::missing(), current = Value::missing(), before = Value::missing();
    Value last_changed = Value::missing();
    // A recursive loop's own body, and what it sees.
    Node* node = nullptr;
    Ref<Template> owner;
    Ref<Context> context;
    Ref<Variables> outer;
};

struct Namespace : Object {
    [[nodiscard]] std::string_view type_name() const override { return "Namespace"; }
    [[nodiscard]] std::string_view qualified_type_name() const override {
        return "jinja2.utils.Namespace";
    }
    void repr(String& out) const override;
    Value attribute(std::string_view name) override;
    Ref<Dict> attributes = new Dict;
};

struct Cycler : Object {
    explicit Cycler(Values items) : items(std::move(items)) {}
    [[nodiscard]] std::string_view type_name() const override { return "Cycler"; }
    [[nodiscard]] std::string_view qualified_type_name() const override {
        return "jinja2.utils.Cycler";
    }
    Value attribute(std::string_view name) override;
    Values items;
    size_t position = 0;
};

struct Joiner : Object {
    explicit Joiner(Value separator) : separator(std::move(separator)) {}
    [[nodiscard]] std::string_view type_name() const override { return "Joiner"; }
    [[nodiscard]] std::string_view qualified_type_name() const override {
        return "jinja2.utils.Joiner";
    }
    Value attribute(std::string_view name) override;
    [[nodiscard]] bool is_callable() const override { return true; }
    Value call(Runtime& runtime, Arguments& arguments) override;
    const Value separator;
    bool used = false;
};

// `self`: the blocks of a template by name.
struct Self : Object {
    explicit Self(Ref<Context> context) : context(std::move(context)) {}
    [[nodiscard]] std::string_view type_name() const override { return "TemplateReference"; }
    [[nodiscard]] std::string_view qualified_type_name() const override {
        return "jinja2.runtime.TemplateReference";
    }
    void repr(String& out) const override;
    Value item(const Value& key) override;
    const Ref<Context> context;
};

// A block that can be called: self.name, super.
struct BlockReference : Object {
    BlockReference(String name, Ref<Context> context, size_t depth)
        : name(std::move(name)), context(std::move(context)), depth(depth) {}
    [[nodiscard]] std::string_view type_name() const override { return "BlockReference"; }
    [[nodiscard]] std::string_view qualified_type_name() const override {
        return "jinja2.runtime.BlockReference";
    }
    Value attribute(std::string_view name) override;
    [[nodiscard]] bool is_callable() const override { return true; }
    Value call(Runtime& runtime, Arguments& arguments) override;
    const String name;
    const Ref<Context> context;
    const size_t depth;
};

// `super` of a block: the reference to the next one, or undefined.
[[nodiscard]] Value super_block(const String& name, const Ref<Context>& context, size_t depth);

} // namespace sctl::jinja
