// What templates can call that is written here: filters, tests, methods and global functions, each
// a row of a table, and how arguments are given to their parameters.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "template/value.hpp"

namespace sctl::jinja {

struct Arguments {
    Values positional;
    Vector<std::pair<String, Value>> named;

    // Missing where it was not given, else it is taken away.
    Value take_named(std::string_view name);
};

inline constexpr size_t most_parameters = 8;

struct Call {
    Runtime& runtime;
    const Value& self;        // of a method
    Value a[most_parameters]; // by the order of the row's parameters; Missing where not given
    Arguments rest;           // what "*" and "**" take

    // The argument, or the fallback where it is missing.
    [[nodiscard]] const Value& get(size_t index, const Value& fallback) const {
        return a[index].is_missing() ? fallback : a[index];
    }
    [[nodiscard]] bool truth(size_t index) const {
        return !a[index].is_missing() && jinja::truth(a[index]);
    }
    // Given, and not None.
    [[nodiscard]] bool has(size_t index) const {
        return !a[index].is_missing() && !a[index].is_none();
    }
};

// Python's two sorts of functions take arguments, and complain, differently.
enum class Native : uint8_t { Python, C };

struct NativeRow {
    const char* name;   // in templates
    const char* python; // in messages
    const char*
        parameters; // "old new count=": one that ends in = may be left out; * and ** take the rest
    Value (*run)(Call&);
    uint8_t hidden = 0; // parameters before these, which messages count
    Native sort = Native::Python;
};

// Null where there is none of that name. The rows are in the order of their names.
[[nodiscard]] const NativeRow* find_row(std::span<const NativeRow> rows, std::string_view name);
[[nodiscard]] constexpr bool is_sorted_by_name(std::span<const NativeRow> rows) {
    for (size_t i = 1; i < rows.size(); i++)
        if (std::string_view(rows[i].name) <= rows[i - 1].name) return false;
    return true;
}

[[nodiscard]] Value invoke(Runtime& runtime, const NativeRow& row, const Value& self,
                           Arguments& arguments);

// A row as a value: a global function, or a method of `self`.
struct NativeFunction : Object {
    explicit NativeFunction(const NativeRow& row, Value self = Value::missing())
        : row(row), self(std::move(self)) {}
    [[nodiscard]] std::string_view type_name() const override;
    void repr(String& out) const override;
    [[nodiscard]] bool is_callable() const override { return true; }
    Value call(Runtime& runtime, Arguments& arguments) override {
        return invoke(runtime, row, self, arguments);
    }

    const NativeRow& row;
    const Value self;
};

} // namespace sctl::jinja
