// Going through values one by one, as Python's for does; and the values that exist for that alone:
// range, views of a dict, generators.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "template/containers.hpp"
#include "template/value.hpp"

namespace sctl::jinja {

// Used up when it has been gone through. It is its own iterator.
struct Iterator : Object {
    // False at the end.
    virtual bool next(Value& item) = 0;
    [[nodiscard]] std::string_view type_name() const override { return "generator"; }
    Iterator* iterate() override { return this; }
};

// range(): its items are made when they are asked for.
struct Range : Object {
    Range(int64_t start, int64_t stop, int64_t step);
    [[nodiscard]] std::string_view type_name() const override { return "range"; }
    void repr(String& out) const override;
    [[nodiscard]] bool truth() const override { return count != 0; }
    Value attribute(std::string_view name) override;
    Value item(const Value& key) override;
    int64_t length() override { return count; }
    Iterator* iterate() override;
    int contains(const Value& value) override;
    [[nodiscard]] bool equals(const Object& other) const override;
    [[nodiscard]] Value at(int64_t index) const { return Value(start + index * step); }

    const int64_t start, stop, step;
    int64_t count;
};

// dict.keys(), values(), items()
struct DictView : Object {
    enum Which { Keys, Values, Items };
    DictView(Ref<Dict> dict, Which which) : dict(std::move(dict)), which(which) {}
    [[nodiscard]] std::string_view type_name() const override;
    void repr(String& out) const override;
    [[nodiscard]] bool truth() const override { return dict->size() != 0; }
    int64_t length() override { return static_cast<int64_t>(dict->size()); }
    Iterator* iterate() override;
    int contains(const Value& value) override;
    // Of the place, which is not empty.
    [[nodiscard]] Value at(size_t place) const;

    const Ref<Dict> dict;
    const Which which;
};

// TypeError "'int' object is not iterable".
[[nodiscard]] Ref<Iterator> iterate(const Value& value);
[[nodiscard]] bool is_iterable(const Value& value);
// reversed(), which wants a sequence or dict. Null where it is none.
[[nodiscard]] Ref<Iterator> iterate_backwards(const Value& value);
// list()
[[nodiscard]] Values to_values(const Value& value);
// len(); -1 where the value has none.
[[nodiscard]] int64_t length_or_none(const Value& value);
[[nodiscard]] int64_t length(const Value& value);

} // namespace sctl::jinja
