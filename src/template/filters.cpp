// The table of filters, and those of a few lines.
#include "template/filters.hpp"

#include <cstdlib>

#include "base/text.hpp"
#include "template/attributes.hpp"
#include "template/format.hpp"
#include "template/integer.hpp"
#include "template/operations.hpp"
#include "template/print.hpp"
#include "template/unicode.hpp"

namespace sctl::jinja {
namespace {

Value filter_abs(Call& call) {
    const Value& value = call.a[0];
    if (value.is(Kind::Float))
        return Value(value.real() < 0 || 1 / value.real() < 0 ? -value.real() : value.real());
    if (!value.is_integer()) type_error({"bad operand type for abs(): '", type_name(value), "'"});
    return is_negative(value) ? negate(value) : positive(value);
}

Value filter_attr(Call& call) {
    const Value& name = call.a[1];
    if (!name.is_str()) type_error({"attribute name must be string, not '", type_name(name), "'"});
    Value found = python_attribute(call.a[0], name.text());
    return found.is_missing() ? undefined_item(call.a[0], name) : found;
}

Value filter_default(Call& call) {
    const Value& value = call.a[0];
    if (value.is_undefined() || (call.truth(2) && !truth(value))) return call.get(1, str(""));
    return value;
}

Value filter_escape(Call& call) {
    return escape(call.a[0]);
}

Value filter_forceescape(Call& call) {
    return escape(str(to_str(call.a[0])));
}

Value filter_first(Call& call) {
    Value item;
    return iterate(call.a[0])->next(item) ? item
                                          : undefined_hint("No first item, sequence was empty.");
}

Value filter_last(Call& call) {
    Ref<Iterator> items = iterate_backwards(call.a[0]);
    if (!items) type_error({"'", type_name(call.a[0]), "' object is not reversible"});
    Value item;
    return items->next(item) ? item : undefined_hint("No last item, sequence was empty.");
}

Value filter_random(Call& call) {
    int64_t count = length(call.a[0]);
    if (count == 0) return undefined_hint("No random item, sequence was empty.");
    return subscript(call.a[0], Value(static_cast<int64_t>(random()) % count));
}

Value filter_format(Call& call) {
    if (!call.rest.positional.empty() && !call.rest.named.empty())
        raise("FilterArgumentError",
              "can't handle positional and keyword arguments at the same time");
    Value arguments = tuple(std::move(call.rest.positional));
    if (!call.rest.named.empty()) {
        arguments = dict();
        for (auto& [name, value] : call.rest.named) arguments.dict().put(name, value);
    }
    return percent_format(soft_str(call.a[0]), arguments);
}

Value filter_length(Call& call) {
    return Value(length(call.a[0]));
}

Value filter_list(Call& call) {
    return list(to_values(call.a[0]));
}

Value filter_items(Call& call) {
    const Value& value = call.a[0];
    if (value.is_undefined()) return Value(iterate(list()).get());
    if (!value.is(Kind::Dict)) type_error("Can only get item pairs from a mapping.");
    Ref<DictView> view(new DictView(&value.dict(), DictView::Items));
    return Value(view->iterate());
}

Value filter_safe(Call& call) {
    return markup(to_str(call.a[0]));
}

Value filter_string(Call& call) {
    return soft_str(call.a[0]);
}

Value with_same_markup(const Value& from, String text) {
    return from.str().markup ? markup(std::move(text)) : str(std::move(text));
}

Value filter_lower(Call& call) {
    Value text = soft_str(call.a[0]);
    return with_same_markup(text, to_lower(text.text()));
}

Value filter_upper(Call& call) {
    Value text = soft_str(call.a[0]);
    return with_same_markup(text, to_upper(text.text()));
}

constexpr NativeRow filter_rows[] = {
    {"abs", "abs", "x", filter_abs, 0, Native::C},
    {"attr", "do_attr", "obj name", filter_attr, 1},
    {"batch", "do_batch", "value linecount fill_with=", filter_batch},
    {"capitalize", "do_capitalize", "s", filter_capitalize},
    {"center", "do_center", "value width=", filter_center},
    {"count", "len", "obj", filter_length, 0, Native::C},
    {"d", "do_default", "value default_value= boolean=", filter_default},
    {"default", "do_default", "value default_value= boolean=", filter_default},
    {"dictsort", "do_dictsort", "value case_sensitive= by= reverse=", filter_dictsort},
    {"difference", "difference", "a b", filter_difference},
    {"e", "escape", "s", filter_escape, 0, Native::C},
    {"escape", "escape", "s", filter_escape, 0, Native::C},
    {"filesizeformat", "do_filesizeformat", "value binary=", filter_filesizeformat},
    {"first", "sync_do_first", "seq", filter_first, 1},
    {"float", "do_float", "value default=", filter_float},
    {"forceescape", "do_forceescape", "value", filter_forceescape},
    {"format", "do_format", "value * **", filter_format},
    {"groupby", "sync_do_groupby", "value attribute default= case_sensitive=", filter_groupby, 1},
    {"indent", "do_indent", "s width= first= blank=", filter_indent},
    {"int", "do_int", "value default= base=", filter_int},
    {"intersect", "intersect", "a b", filter_intersect},
    {"items", "do_items", "value", filter_items},
    {"join", "sync_do_join", "value d= attribute=", filter_join, 1},
    {"last", "do_last", "seq", filter_last, 1},
    {"length", "len", "obj", filter_length, 0, Native::C},
    {"list", "sync_do_list", "value", filter_list},
    {"lower", "do_lower", "s", filter_lower},
    {"map", "sync_do_map", "value * **", filter_map, 1},
    {"max", "do_max", "value case_sensitive= attribute=", filter_max, 1},
    {"min", "do_min", "value case_sensitive= attribute=", filter_min, 1},
    {"pprint", "do_pprint", "value", filter_pprint},
    {"random", "do_random", "seq", filter_random, 1},
    {"reject", "sync_do_reject", "value * **", filter_reject, 1},
    {"rejectattr", "sync_do_rejectattr", "value * **", filter_rejectattr, 1},
    {"replace", "do_replace", "s old new count=", filter_replace, 1},
    {"reverse", "do_reverse", "value", filter_reverse},
    {"round", "do_round", "value precision= method=", filter_round},
    {"safe", "do_mark_safe", "value", filter_safe},
    {"select", "sync_do_select", "value * **", filter_select, 1},
    {"selectattr", "sync_do_selectattr", "value * **", filter_selectattr, 1},
    {"slice", "sync_do_slice", "value slices fill_with=", filter_slice},
    {"sort", "do_sort", "value reverse= case_sensitive= attribute=", filter_sort, 1},
    {"split", "split", "value sep= maxsplit=", filter_split},
    {"string", "soft_str", "s", filter_string, 0, Native::C},
    {"striptags", "do_striptags", "value", filter_striptags},
    {"sum", "sync_do_sum", "iterable attribute= start=", filter_sum, 1},
    {"symmetric_difference", "symmetric_difference", "a b", filter_symmetric_difference},
    {"title", "do_title", "s", filter_title},
    {"to_json", "to_json", "value indent=", filter_to_json},
    {"to_pretty_json", "to_pretty_json", "value indent=", filter_to_pretty_json},
    {"tojson", "do_tojson", "value indent=", filter_tojson, 1},
    {"trim", "do_trim", "value chars=", filter_trim},
    {"truncate", "do_truncate", "s length= killwords= end= leeway=", filter_truncate, 1},
    {"union", "union", "a b", filter_union},
    {"unique", "unique", "a", filter_unique},
    {"upper", "do_upper", "s", filter_upper},
    {"urlencode", "do_urlencode", "value", filter_urlencode},
    {"urlize", "do_urlize",
     "value trim_url_limit= nofollow= target= rel= extra_schemes=", filter_urlize, 1},
    {"wordcount", "do_wordcount", "s", filter_wordcount},
    {"wordwrap", "do_wordwrap",
     "s width= break_long_words= wrapstring= break_on_hyphens=", filter_wordwrap, 1},
    {"xmlattr", "do_xmlattr", "d autospace=", filter_xmlattr, 1},
};
static_assert(is_sorted_by_name(filter_rows));

} // namespace

const NativeRow* find_filter(std::string_view name) {
    return find_row(filter_rows, name);
}

Value soft_str(const Value& value) {
    return value.is_str() ? value : str(to_str(value));
}

Values attribute_path(const Value& attribute) {
    if (attribute.is_none() || attribute.is_missing()) return {};
    if (!attribute.is_str()) return {attribute};
    Values path;
    std::string_view rest = attribute.text();
    while (true) {
        size_t end = std::min(rest.find('.'), rest.size());
        std::string_view part = rest.substr(0, end);
        bool digits = !part.empty() && part.find_first_not_of("0123456789") == part.npos;
        path.push_back(digits ? *parse_int(part) : str(String(part)));
        if (end == rest.size()) return path;
        rest.remove_prefix(end + 1);
    }
}

Value follow_path(Runtime& runtime, Value item, const Values& path, const Value& fallback) {
    for (const Value& part : path) {
        item = runtime.item(item, part);
        if (item.is_undefined() && !fallback.is_none() && !fallback.is_missing()) item = fallback;
    }
    return item;
}

Value ignore_case(const Value& value) {
    return value.is_str() ? str(to_lower(value.text())) : value;
}

} // namespace sctl::jinja
