// The filters, and what they share.
#pragma once

#include <string>
#include <string_view>

#include "template/callable.hpp"
#include "template/iterators.hpp"
#include "template/runtime.hpp"

namespace sctl::jinja {

[[nodiscard]] const NativeRow* find_filter(std::string_view name);

// soft_str(): the text of a value; markup stays markup.
[[nodiscard]] Value soft_str(const Value& value);
// "a.b.0" as the names to go through, one by one.
[[nodiscard]] Values attribute_path(const Value& attribute);
[[nodiscard]] Value follow_path(Runtime& runtime, Value item, const Values& path,
                                const Value& fallback = Value());
// str.lower() of a string, anything else as it is.
[[nodiscard]] Value ignore_case(const Value& value);
// sorted(), by keys; stable.
void sort_by_keys(Values& items, const Values& keys, bool reverse);

// json.dumps()
struct JsonDumpStyle {
    String indent;
    bool indented = false;
    bool sort_keys = false;
    bool ensure_ascii = true;
};
[[nodiscard]] String dump_json(const Value& value, const JsonDumpStyle& style);
// What `indent=` of json.dumps() says.
void set_indent(JsonDumpStyle& style, const Value& indent);
// pprint.pformat()
[[nodiscard]] String pretty_print(const Value& value);
[[nodiscard]] String url_quote(std::string_view text, bool for_query);

// The filters themselves, by file.
Value filter_batch(Call& call);
Value filter_capitalize(Call& call);
Value filter_center(Call& call);
Value filter_dictsort(Call& call);
Value filter_difference(Call& call);
Value filter_filesizeformat(Call& call);
Value filter_float(Call& call);
Value filter_groupby(Call& call);
Value filter_indent(Call& call);
Value filter_int(Call& call);
Value filter_intersect(Call& call);
Value filter_join(Call& call);
Value filter_map(Call& call);
Value filter_max(Call& call);
Value filter_min(Call& call);
Value filter_pprint(Call& call);
Value filter_reject(Call& call);
Value filter_rejectattr(Call& call);
Value filter_replace(Call& call);
Value filter_reverse(Call& call);
Value filter_round(Call& call);
Value filter_select(Call& call);
Value filter_selectattr(Call& call);
Value filter_slice(Call& call);
Value filter_sort(Call& call);
Value filter_split(Call& call);
Value filter_striptags(Call& call);
Value filter_sum(Call& call);
Value filter_symmetric_difference(Call& call);
Value filter_title(Call& call);
Value filter_to_json(Call& call);
Value filter_to_pretty_json(Call& call);
Value filter_tojson(Call& call);
Value filter_trim(Call& call);
Value filter_truncate(Call& call);
Value filter_union(Call& call);
Value filter_unique(Call& call);
Value filter_urlencode(Call& call);
Value filter_urlize(Call& call);
Value filter_wordcount(Call& call);
Value filter_wordwrap(Call& call);
Value filter_xmlattr(Call& call);

} // namespace sctl::jinja
