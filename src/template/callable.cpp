#include "template/callable.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "template/print.hpp"

namespace sctl::jinja {
namespace {

// "replace" of "str.replace".
std::string_view last_part(std::string_view python) {
    return python.substr(python.rfind('.') + 1);
}

struct Parameters {
    std::string_view names[most_parameters];
    size_t count = 0, required = 0;
    bool more = false, more_named = false;
};

Parameters read_parameters(std::string_view text) {
    Parameters out;
    for (std::string_view word : split(text)) {
        if (word == "*")
            out.more = true;
        else if (word == "**")
            out.more_named = true;
        else {
            bool optional = word.ends_with('=');
            if (optional)
                word.remove_suffix(1);
            else
                out.required = out.count + 1;
            out.names[out.count++] = word;
        }
    }
    return out;
}

String plural(size_t count, std::string_view noun) {
    return joined(count, " ", noun, count == 1 ? "" : "s");
}

[[noreturn]] void fail_too_many(const NativeRow& row, const Parameters& parameters, size_t given) {
    size_t most = parameters.count + row.hidden, least = parameters.required + row.hidden;
    String takes = least == most
                       ? plural(most, "positional argument")
                       : joined("from ", least, " to ", plural(most, "positional argument"));
    size_t all = given + row.hidden;
    type_error(
        {row.python, "() takes ", takes, " but ", all, all == 1 ? " was" : " were", " given"});
}

[[noreturn]] void fail_missing(const NativeRow& row, const Vector<std::string_view>& names) {
    String text;
    for (size_t i = 0; i < names.size(); i++) {
        if (i != 0) text += names.size() == 2 ? " and " : i + 1 == names.size() ? ", and " : ", ";
        text += str_repr(names[i]);
    }
    type_error({row.python, "() missing ", plural(names.size(), "required positional argument"),
                ": ", text});
}

void bind_named(const NativeRow& row, const Parameters& parameters, Arguments& arguments,
                Call& call) {
    for (auto& [name, value] : arguments.named) {
        auto end = parameters.names + parameters.count;
        auto found = std::find(parameters.names, end, name);
        if (found == end) {
            if (!parameters.more_named)
                type_error({row.python, "() got an unexpected keyword argument ", str_repr(name)});
            call.rest.named.emplace_back(name, std::move(value));
            continue;
        }
        Value& place = call.a[found - parameters.names];
        if (!place.is_missing())
            type_error({row.python, "() got multiple values for argument ", str_repr(name)});
        place = std::move(value);
    }
}

// A function written in C: "replace expected at least 2 arguments, got 1".
void check_c(const NativeRow& row, const Parameters& parameters, const Arguments& arguments) {
    size_t given = arguments.positional.size();
    std::string_view name = last_part(row.python);
    if (!arguments.named.empty() && !parameters.more_named) {
        bool known = std::ranges::all_of(arguments.named, [&](const auto& named) {
            auto end = parameters.names + parameters.count;
            return std::string_view(row.parameters).ends_with(' ') &&
                   std::find(parameters.names, end, named.first) != end;
        });
        if (!known) type_error({row.python, "() takes no keyword arguments"});
    }
    size_t all = given + arguments.named.size();
    if (parameters.more || (all >= parameters.required && given <= parameters.count)) return;
    if (parameters.count == 0)
        type_error({row.python, "() takes no arguments (", given, " given)"});
    if (parameters.count == 1 && parameters.required == 1)
        type_error({row.python, "() takes exactly one argument (", given, " given)"});
    bool few = given < parameters.required;
    std::string_view bound = parameters.required == parameters.count ? ""
                             : few                                   ? "at least "
                                                                     : "at most ";
    type_error({name, " expected ", bound,
                plural(few ? parameters.required : parameters.count, "argument"), ", got ", given});
}

} // namespace

Value Arguments::take_named(std::string_view name) {
    auto found = std::ranges::find(named, name,
                                   [](const auto& pair) -> std::string_view { return pair.first; });
    if (found == named.end()) return Value::missing();
    Value value = std::move(found->second);
    named.erase(found);
    return value;
}

namespace {

std::string_view name_of(const NativeRow& row) {
    return row.name;
}

} // namespace

const NativeRow* find_row(std::span<const NativeRow> rows, std::string_view name) {
    auto found = std::ranges::lower_bound(rows, name, {}, name_of);
    return found != rows.end() && name == found->name ? &*found : nullptr;
}

Value invoke(Runtime& runtime, const NativeRow& row, const Value& self, Arguments& arguments) {
    Parameters parameters = read_parameters(row.parameters);
    Call call{runtime, self, {}, {}};
    for (Value& value : call.a) value = Value::missing();
    if (row.sort == Native::C) check_c(row, parameters, arguments);
    size_t given = arguments.positional.size();
    if (given > parameters.count && !parameters.more) fail_too_many(row, parameters, given);
    for (size_t i = 0; i < given; i++) {
        if (i < parameters.count)
            call.a[i] = std::move(arguments.positional[i]);
        else
            call.rest.positional.push_back(std::move(arguments.positional[i]));
    }
    bind_named(row, parameters, arguments, call);
    Vector<std::string_view> missing;
    for (size_t i = 0; i < parameters.required; i++)
        if (call.a[i].is_missing()) missing.push_back(parameters.names[i]);
    if (!missing.empty()) fail_missing(row, missing);
    return row.run(call);
}

namespace {

// What is a class in Python: its full name, else nothing.
String class_name(const NativeRow& row) {
    constexpr std::string_view constructor = ".__init__";
    std::string_view name = row.python;
    if (name.ends_with(constructor))
        return joined("jinja2.utils.", name.substr(0, name.size() - constructor.size()));
    bool builtin = name == "range" || name == "dict" || name == "zip";
    return builtin ? String(name) : "";
}

// Markup has its own of most methods of str, which are written in Python.
bool is_of_markup(const NativeFunction& function) {
    constexpr std::string_view names[] = {
        "capitalize", "center",     "expandtabs", "format",   "join",       "ljust",  "lower",
        "lstrip",     "partition",  "replace",    "rjust",    "rpartition", "rsplit", "rstrip",
        "split",      "splitlines", "strip",      "swapcase", "title",      "upper",  "zfill"};
    return function.self.is_str() && function.self.str().markup &&
           std::ranges::find(names, function.row.name) != std::end(names);
}

} // namespace

std::string_view NativeFunction::type_name() const {
    if (self.is_missing() && !class_name(row).empty()) return "type";
    if (is_of_markup(*this)) return "method";
    return row.sort == Native::C ? "builtin_function_or_method" : "function";
}

void NativeFunction::repr(String& out) const {
    std::string_view name = last_part(row.python);
    String type = self.is_missing() ? class_name(row) : "";
    if (!type.empty())
        out += joined("<class '", type, "'>");
    else if (self.is_missing())
        out += joined("<", row.sort == Native::C ? "built-in " : "", "function ", name, ">");
    else if (is_of_markup(*this))
        out += joined("<bound method Markup.", name, " of ", to_repr(self), ">");
    else
        out += joined("<built-in method ", name, " of ", jinja::type_name(self), " object>");
}

} // namespace sctl::jinja
