#include "template/globals.hpp"

#include <glob.h>

#include <algorithm>

#include "base/text.hpp"
#include "template/filters.hpp"
#include "template/integer.hpp"
#include "template/lorem_ipsum.hpp"
#include "template/mapping.hpp"
#include "template/numbers.hpp"
#include "template/operations.hpp"
#include "template/print.hpp"
#include "template/runtime.hpp"

namespace sctl::jinja {
namespace {

int64_t range_argument(const Value& value) {
    if (value.is(Kind::BigInt))
        raise("OverflowError", "Python int too large to convert to C ssize_t");
    return as_index(value);
}

Value global_range(Call& call) {
    bool one = call.a[1].is_missing();
    int64_t start = one ? 0 : range_argument(call.a[0]);
    int64_t stop = range_argument(call.a[one ? 0 : 1]);
    int64_t step = call.a[2].is_missing() ? 1 : range_argument(call.a[2]);
    if (step == 0) value_error("range() arg 3 must not be zero");
    return Value(new Range(start, stop, step));
}

Value global_dict(Call& call) {
    Value out = dict();
    if (call.rest.positional.size() > 1)
        type_error({"dict expected at most 1 argument, got ", call.rest.positional.size()});
    if (!call.rest.positional.empty()) update_dict(out.dict(), call.rest.positional[0]);
    for (auto& [name, value] : call.rest.named) out.dict().put(name, value);
    return out;
}

Value global_namespace(Call& call) {
    auto* space = new Namespace;
    Value out(space);
    if (call.rest.positional.size() > 1)
        type_error({"dict expected at most 1 argument, got ", call.rest.positional.size()});
    if (!call.rest.positional.empty()) update_dict(*space->attributes, call.rest.positional[0]);
    for (auto& [name, value] : call.rest.named) space->attributes->put(name, value);
    return out;
}

Value global_cycler(Call& call) {
    if (call.rest.positional.empty()) raise("RuntimeError", "at least one item has to be provided");
    return Value(new Cycler(std::move(call.rest.positional)));
}

Value global_joiner(Call& call) {
    return Value(new Joiner(call.get(0, str(", "))));
}

Value global_lipsum(Call& call) {
    auto number = [&call](size_t index, int64_t fallback) {
        return call.a[index].is_missing() ? fallback : compared_index(call.a[index]);
    };
    bool html = call.a[1].is_missing() || truth(call.a[1]);
    int64_t count = call.a[0].is_missing() ? 5 : as_index(call.a[0]);
    String text = lorem_ipsum(count, html, number(2, 20), number(3, 100));
    return html ? markup(std::move(text)) : str(std::move(text));
}

// min() and max() of several arguments or of one that is gone through.
Value extreme(Call& call, std::string_view name, Op op) {
    Value key = call.rest.take_named("key"), fallback = call.rest.take_named("default");
    if (!call.rest.named.empty())
        type_error(
            {"'", call.rest.named[0].first, "' is an invalid keyword argument for ", name, "()"});
    if (call.rest.positional.empty()) type_error({name, " expected at least 1 argument, got 0"});
    bool one = call.rest.positional.size() == 1;
    Values items = one ? to_values(call.rest.positional[0]) : call.rest.positional;
    bool by_key = !key.is_missing() && !key.is_none();
    Value best = Value::missing(), best_key;
    for (const Value& item : items) {
        Value its_key = by_key ? call_with(call.runtime, key, {item}) : item;
        if (!best.is_missing() && !compare(op, its_key, best_key)) continue;
        best = item;
        best_key = its_key;
    }
    if (!best.is_missing()) return best;
    if (fallback.is_missing()) value_error({name, "() arg is an empty sequence"});
    return fallback;
}

Value global_min(Call& call) {
    return extreme(call, "min", Op::Lt);
}
Value global_max(Call& call) {
    return extreme(call, "max", Op::Gt);
}

template <bool wanted>
Value global_any(Call& call) {
    Ref<Iterator> items = iterate(call.a[0]);
    Value item;
    while (items->next(item))
        if (truth(item) == wanted) return Value(wanted);
    return Value(!wanted);
}

Value global_abs(Call& call) {
    Arguments arguments;
    arguments.positional.push_back(call.a[0]);
    return invoke(call.runtime, *find_filter("abs"), Value::missing(), arguments);
}

Value global_round(Call& call) {
    return rounded(call.a[0], call.get(1, Value()));
}

struct Zip : Iterator {
    explicit Zip(Vector<Ref<Iterator>> parts) : parts(std::move(parts)) {}
    std::string_view type_name() const override { return "zip"; }
    bool next(Value& out) override {
        if (parts.empty()) return false;
        Values items(parts.size());
        for (size_t i = 0; i < parts.size(); i++)
            if (!parts[i]->next(items[i])) return false;
        out = tuple(std::move(items));
        return true;
    }
    Vector<Ref<Iterator>> parts;
};

Value global_zip(Call& call) {
    Vector<Ref<Iterator>> parts;
    for (const Value& part : call.rest.positional) {
        if (!is_iterable(part)) type_error({"'", type_name(part), "' object is not iterable"});
        parts.push_back(iterate(part));
    }
    return Value(new Zip(std::move(parts)));
}

Value global_context(Call& call) {
    return Value(call.runtime.called_context().get());
}

// The order is the directory's in Python; here it is that of the names.
Value global_glob(Call& call) {
    glob_t found{};
    Values out;
    if (glob(to_str(call.a[0]).c_str(), 0, nullptr, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc; i++) out.push_back(str(found.gl_pathv[i]));
    globfree(&found);
    return list(std::move(out));
}

Value global_iglob(Call& call) {
    return Value(iterate(global_glob(call)).get());
}

Value global_fatal_error(Call& call) {
    raise("FatalError", call.a[0].is_missing() ? "" : to_str(call.a[0]));
}

constexpr NativeRow global_rows[] = {
    {"abs", "abs", "x", global_abs, 0, Native::C},
    {"all", "all", "iterable", global_any<false>, 0, Native::C},
    {"any", "any", "iterable", global_any<true>, 0, Native::C},
    {"context", "context", "", global_context, 1},
    {"cycler", "Cycler.__init__", "*", global_cycler, 1},
    {"dict", "dict", "* **", global_dict, 0, Native::C},
    {"fatal_error", "fatal_error", "message=", global_fatal_error},
    {"glob", "glob", "pathname", global_glob},
    {"iglob", "iglob", "pathname", global_iglob},
    {"joiner", "Joiner.__init__", "sep=", global_joiner, 1},
    {"lipsum", "generate_lorem_ipsum", "n= html= min= max=", global_lipsum},
    {"max", "max", "* **", global_max, 0, Native::C},
    {"min", "min", "* **", global_min, 0, Native::C},
    {"namespace", "Namespace.__init__", "* **", global_namespace, 1},
    {"range", "range", "start stop= step=", global_range, 0, Native::C},
    {"round", "round", "number ndigits= ", global_round, 0, Native::C},
    {"zip", "zip", "*", global_zip, 0, Native::C},
};
static_assert(is_sorted_by_name(global_rows));

} // namespace

Value default_globals() {
    Value out = dict();
    for (const NativeRow& row : global_rows)
        out.dict().put(row.name, Value(new NativeFunction(row)));
    return out;
}

Ref<Context> Runtime::called_context() const {
    Ref<Context> context = frame_->context;
    Ref<Dict> own = calling_ == Tracking::Loop    ? frame_->loop_vars
                    : calling_ == Tracking::Block ? frame_->block_vars
                                                  : Ref<Dict>();
    if (!own || own->size() == 0) return context;
    Ref<Context> derived(new Context);
    derived->name = context->name;
    derived->eval = context->eval;
    derived->blocks = context->blocks;
    update_dict(derived->parent.dict(), context->all());
    update_dict(derived->parent.dict(), Value(Kind::Dict, own.get()));
    return derived;
}

void Runtime::fail_unknown(std::string_view what, const Value& name) {
    (void)hash(name);
    String message = joined("No ", what, " named ", to_repr(name), ".");
    raise("TemplateRuntimeError", std::move(message));
}

} // namespace sctl::jinja
