// Renders templates: goes through their trees, statement by statement.
#pragma once

#include <string>
#include <string_view>

#include "template/callable.hpp"
#include "template/environment.hpp"
#include "template/iterators.hpp"
#include "template/objects.hpp"

namespace sctl::jinja {

// One run of a function of a template.
struct Frame {
    Ref<Template> owner;
    Ref<Context> context;
    Ref<Variables> variables;
    String* out = nullptr;
    int line = 0;
    Ref<Dict> loop_vars, block_vars; // null where there are none
    Ref<Template> parent;            // once the template has extended one
    Frame* outer = nullptr;
    bool entered = false; // a condition's scope is entered once
};

class Runtime {
  public:
    explicit Runtime(Environment& environment) : environment_(environment) {}
    Runtime(const Runtime&) = delete;
    Runtime& operator=(const Runtime&) = delete;

    // A text that is no file of the loader's, with `variables`, a dict.
    [[nodiscard]] String render(const Ref<Template>& source, const Value& variables);

    [[nodiscard]] Environment& environment() { return environment_; }
    // Of the function that runs.
    [[nodiscard]] Context& context() const { return *frame_->context; }
    [[nodiscard]] bool autoescape() const { return frame_ && frame_->context->eval->autoescape(); }
    [[nodiscard]] const Frame& frame() const { return *frame_; }

    // value.name and value[key] of templates: undefined where there is none.
    [[nodiscard]] Value attribute(const Value& value, const Value& name);
    [[nodiscard]] Value item(const Value& value, const Value& key);
    [[nodiscard]] Value call(const Value& callee, Arguments& arguments);
    // By name, as `map` and `select` do.
    [[nodiscard]] Value call_filter(const Value& name, const Value& value, Arguments arguments);
    [[nodiscard]] bool call_test(const Value& name, const Value& value, Arguments arguments);

    [[nodiscard]] String run_macro(Macro& macro, Values& arguments);
    [[nodiscard]] String run_block(const BlockCode& block, const Ref<Context>& context);
    // A recursive loop, or the next level of one.
    [[nodiscard]] String run_loop(const Loop& outer, const Value& iterable, int64_t depth);
    // Whether a loop's condition holds for the item, which its target gets.
    [[nodiscard]] bool loop_test(Frame& frame, Node& node, const Value& item);

    // What a function that takes the context as an argument gets: with the variables of the loop or
    // block where the call is.
    [[nodiscard]] Ref<Context> called_context() const;

    // Holds while a frame is the innermost.
    class Entered;

  private:
    enum class Flow { Next, Break, Continue };

    [[nodiscard]] Value eval(Node& node, Frame& frame);
    [[nodiscard]] Value eval_binary(Node& node, Frame& frame);
    [[nodiscard]] Value eval_compare(Node& node, Frame& frame);
    [[nodiscard]] Value eval_call(Node& node, Frame& frame, const Value* caller = nullptr);
    [[nodiscard]] Value eval_filter(Node& node, Frame& frame, const Value* input = nullptr);
    [[nodiscard]] Value eval_test(Node& node, Frame& frame);
    [[nodiscard]] Value eval_concat(Node& node, Frame& frame);
    [[nodiscard]] Value eval_dict(Node& node, Frame& frame);
    [[nodiscard]] Value eval_item(Node& node, Frame& frame);
    [[nodiscard]] Value eval_conditional(Node& node, Frame& frame);
    [[nodiscard]] Values eval_all(const Nodes& nodes, Frame& frame);
    [[nodiscard]] Arguments eval_arguments(Node& node, Frame& frame);
    [[nodiscard]] Value variable(Node& node, Frame& frame);

    void print(String& out, const Value& value, const Node& node, Frame& frame) const;
    Flow run_body(const Nodes& body, Frame& frame);
    Flow run(Node& node, Frame& frame);
    Flow run_if(Node& node, Frame& frame);
    void run_output(Node& node, Frame& frame);
    void run_for(Node& node, Frame& frame);
    // False when no round was gone through to its end.
    bool run_rounds(Node& node, Frame& frame, const Value& iterable, Loop* loop);
    void run_set(Node& node, Frame& frame);
    Flow run_captured(Node& node, Frame& frame, String& text);
    Flow run_set_block(Node& node, Frame& frame);
    Flow run_filter_block(Node& node, Frame& frame);
    Flow run_with(Node& node, Frame& frame);
    Flow run_scope(Node& node, Frame& frame);
    void run_call_block(Node& node, Frame& frame);
    void run_block_statement(Node& node, Frame& frame);
    void run_extends(Node& node, Frame& frame);
    void run_include(Node& node, Frame& frame);
    void run_import(Node& node, Frame& frame);
    void run_from_import(Node& node, Frame& frame);
    void define_macro(Node& node, Frame& frame);
    [[nodiscard]] Value make_macro(Node& node, Frame& frame) const;
    void run_root(const Ref<Template>& source, const Ref<Context>& context, String& out);

    void assign(Node& target, const Value& value, Frame& frame);
    void unpack(Node& target, const Value& value, Frame& frame);
    // Tells the context of names that a target has been given.
    void track(const Node& target, Tracking tracking, Frame& frame);
    void track_name(const String& name, const Value& value, Tracking tracking, Frame& frame);
    static Value& slot(const Slot& slot, Frame& frame);
    static void enter(const Scope& scope, Frame& frame);
    static void leave(const Scope& scope, Frame& frame);

    [[nodiscard]] Ref<Context> new_context(const Template& source, const Value& variables,
                                           bool shared, const Vector<Visible>* locals,
                                           Frame* frame);
    [[nodiscard]] Ref<Context> derive(const Node& node, Frame& frame);
    [[nodiscard]] Ref<Template> load(const Value& name);
    [[nodiscard]] Ref<Template> select(const Value& names);
    [[nodiscard]] Value module_of(const Ref<Template>& source, Node& node, Frame& frame);
    [[nodiscard]] Value make_module(const Ref<Template>& source, const Ref<Context>& context);
    [[noreturn]] static void fail_unknown(std::string_view what, const Value& name);
    // Adds where it was to an error that passes through a function.
    static void note_line(PythonError& error, const Frame& frame);
    [[nodiscard]] String position(const Node& node, const Frame& frame) const;

    Environment& environment_;
    Frame* frame_ = nullptr;
    Tracking calling_{}; // what surrounds the call that is made
};

class Runtime::Entered {
  public:
    Entered(Runtime& runtime, Frame& frame) : runtime_(runtime), outer_(runtime.frame_) {
        frame.outer = outer_;
        runtime.frame_ = &frame;
    }
    ~Entered() { runtime_.frame_ = outer_; }
    Entered(const Entered&) = delete;
    Entered& operator=(const Entered&) = delete;

  private:
    Runtime& runtime_;
    Frame* outer_;
    Depth depth_;
};

} // namespace sctl::jinja
