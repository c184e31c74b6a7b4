// Methods of str, and the few of bytes.
#include <algorithm>

#include "base/text.hpp"
#include "template/attributes.hpp"
#include "template/format.hpp"
#include "template/integer.hpp"
#include "template/iterators.hpp"
#include "template/operations.hpp"
#include "template/print.hpp"
#include "template/str_functions.hpp"
#include "template/unicode.hpp"

namespace sctl::jinja {
namespace {

const String& self_text(const Call& call) {
    return call.self.text();
}

// Markup gives markup.
Value same(const Call& call, String text) {
    return call.self.str().markup ? markup(std::move(text)) : str(std::move(text));
}

// An argument that is text, escaped where `self` is markup.
String text_argument(const Call& call, size_t index) {
    const Value& value = call.a[index];
    if (value.is_undefined()) fail_undefined(value);
    if (!value.is_str()) type_error({"must be str, not ", type_name(value)});
    return call.self.str().markup ? escape(value).text() : value.text();
}

Value method_upper(Call& call) {
    return same(call, to_upper(self_text(call)));
}
Value method_lower(Call& call) {
    return same(call, to_lower(self_text(call)));
}
Value method_capitalize(Call& call) {
    return same(call, capitalized(self_text(call)));
}
Value method_title(Call& call) {
    return same(call, titled(self_text(call)));
}
Value method_swapcase(Call& call) {
    return same(call, with_cases_swapped(self_text(call)));
}

template <bool left, bool right>
Value method_strip(Call& call) {
    const String& text = self_text(call);
    if (call.has(0)) {
        if (!call.a[0].is_str())
            type_error({left && right ? "strip"
                        : left        ? "lstrip"
                                      : "rstrip",
                        " arg must be None or str"});
        return same(call, String(strip_chars(text, text_argument(call, 0), left, right)));
    }
    std::string_view kept = left ? strip_left(text) : std::string_view(text);
    return same(call, String(right ? strip_right(kept) : kept));
}

template <bool from_right>
Value method_split(Call& call) {
    int64_t most = call.a[1].is_missing() ? -1 : as_index(call.a[1]);
    Values out;
    if (call.has(0) && !call.a[0].is_str())
        type_error({"must be str or None, not ", type_name(call.a[0])});
    if (call.has(0) && call.a[0].text().empty()) value_error("empty separator");
    auto parts = call.has(0) ? split_by(self_text(call), call.a[0].text(), most, from_right)
                             : split_by_space(self_text(call), most, from_right);
    for (std::string_view part : parts) out.push_back(same(call, String(part)));
    return list(std::move(out));
}

Value method_splitlines(Call& call) {
    Values out;
    for (std::string_view line : split_lines(self_text(call), call.truth(0)))
        out.push_back(same(call, String(line)));
    return list(std::move(out));
}

template <bool from_right>
Value method_partition(Call& call) {
    const String& text = self_text(call);
    String separator = text_argument(call, 0);
    if (separator.empty()) value_error("empty separator");
    size_t found = from_right ? text.rfind(separator) : find_text(text, separator);
    Value whole = same(call, text), none = same(call, "");
    if (found == text.npos)
        return from_right ? tuple({none, none, whole}) : tuple({whole, none, none});
    return tuple({same(call, text.substr(0, found)), same(call, separator),
                  same(call, text.substr(found + separator.size()))});
}

// The part of the text that start and end arguments from `index` on choose; its first character's
// number is given back. Nothing where start is behind the end.
bool chosen_part(const Call& call, size_t index, std::string_view& part, int64_t& start) {
    int64_t size = call.self.str().length(), end = size;
    start = 0;
    auto read = [&](size_t at, int64_t& place) {
        if (!call.has(at)) return;
        if (!call.a[at].is_integer())
            type_error("slice indices must be integers or None or have an __index__ method");
        place = clamp_to_64(call.a[at]);
        if (place < 0) place = std::max<int64_t>(place + size, 0);
    };
    read(index, start);
    read(index + 1, end);
    end = std::min(end, size);
    if (start > end) return false;
    size_t from = byte_offset(self_text(call), static_cast<size_t>(start));
    size_t to = byte_offset(self_text(call), static_cast<size_t>(end));
    part = std::string_view(self_text(call)).substr(from, to - from);
    return true;
}

template <bool from_right, bool must_be_there>
Value method_find(Call& call) {
    String wanted = text_argument(call, 0);
    std::string_view part;
    int64_t start = 0;
    size_t found = std::string_view::npos;
    if (chosen_part(call, 1, part, start))
        found = from_right ? part.rfind(wanted) : find_text(part, wanted);
    if (found == part.npos) {
        if (must_be_there) value_error("substring not found");
        return Value(int64_t{-1});
    }
    return Value(start + static_cast<int64_t>(count_code_points(part.substr(0, found))));
}

Value method_count(Call& call) {
    String wanted = text_argument(call, 0);
    std::string_view part;
    int64_t start = 0, count = 0;
    if (!chosen_part(call, 1, part, start)) return Value(int64_t{0});
    if (wanted.empty()) return Value(static_cast<int64_t>(count_code_points(part)) + 1);
    for (size_t at = 0; (at = find_text(part, wanted, at)) != part.npos; at += wanted.size())
        count++;
    return Value(count);
}

template <bool at_end>
Value method_starts(Call& call) {
    std::string_view part;
    int64_t start = 0;
    bool any = chosen_part(call, 1, part, start);
    auto fits = [&](const Value& affix) {
        if (affix.is_undefined()) fail_undefined(affix);
        if (!affix.is_str())
            type_error({at_end ? "endswith" : "startswith",
                        " first arg must be str or a tuple of str, not ", type_name(affix)});
        return any && (at_end ? part.ends_with(affix.text()) : part.starts_with(affix.text()));
    };
    if (call.a[0].is(Kind::Tuple)) return Value(std::ranges::any_of(call.a[0].items(), fits));
    return Value(fits(call.a[0]));
}

template <bool at_end>
Value method_remove(Call& call) {
    std::string_view text = self_text(call);
    String affix = text_argument(call, 0);
    bool has = at_end ? text.ends_with(affix) : text.starts_with(affix);
    if (has && at_end) text.remove_suffix(affix.size());
    if (has && !at_end) text.remove_prefix(affix.size());
    return str(String(text));
}

Value method_replace(Call& call) {
    int64_t most = call.a[2].is_missing() ? -1 : as_index(call.a[2]);
    for (size_t i = 0; i < 2; i++) {
        if (call.a[i].is_undefined()) fail_undefined(call.a[i]);
        if (!call.a[i].is_str())
            type_error({"replace() argument ", i + 1, " must be str, not ", type_name(call.a[i])});
    }
    return same(call,
                replaced(self_text(call), text_argument(call, 0), text_argument(call, 1), most));
}

Value method_join(Call& call) {
    if (call.a[0].is_undefined()) fail_undefined(call.a[0]);
    if (!is_iterable(call.a[0])) type_error("can only join an iterable");
    Values items = to_values(call.a[0]);
    String out;
    for (size_t i = 0; i < items.size(); i++) {
        if (i != 0) out += self_text(call);
        charge(self_text(call).size());
        if (call.self.str().markup) {
            out += escape(items[i]).text();
            continue;
        }
        if (!items[i].is_str())
            type_error(
                {"sequence item ", i, ": expected str instance, ", type_name(items[i]), " found"});
        out += items[i].text();
    }
    return same(call, std::move(out));
}

String fill_argument(const Call& call) {
    if (call.a[1].is_missing()) return " ";
    if (!call.a[1].is_str())
        type_error({"The fill character must be a unicode character, not ", type_name(call.a[1])});
    if (call.a[1].str().length() != 1)
        type_error("The fill character must be exactly one character long");
    return call.a[1].text();
}

int64_t width_argument(const Call& call) {
    int64_t width = as_index(call.a[0]);
    if (width > static_cast<int64_t>(bounds.memory_at_once))
        raise("MemoryError", "the template uses too much memory");
    return std::max<int64_t>(width, 0);
}

template <char align>
Value method_just(Call& call) {
    return same(call, aligned(self_text(call), static_cast<size_t>(width_argument(call)), align,
                              fill_argument(call)));
}

Value method_center(Call& call) {
    return same(call, centered(self_text(call), width_argument(call), fill_argument(call)));
}

Value method_zfill(Call& call) {
    String text = self_text(call);
    auto width = static_cast<size_t>(width_argument(call)), size = count_code_points(text);
    bool sign = text.starts_with('-') || text.starts_with('+');
    if (size < width) text.insert(sign, String(width - size, '0'));
    return same(call, std::move(text));
}

Value method_expandtabs(Call& call) {
    int64_t width = call.a[0].is_missing() ? 8 : as_index(call.a[0]);
    return same(call, with_tabs_expanded(self_text(call), std::min<int64_t>(width, 1 << 20)));
}

template <bool (*test)(char32_t), bool empty_is = false>
Value method_all(Call& call) {
    const String& text = self_text(call);
    for (size_t at = 0; at < text.size();)
        if (!test(next_char(text, at))) return Value(false);
    return Value(!text.empty() || empty_is);
}

bool is_ascii_char(char32_t c) {
    return c < 0x80;
}

template <bool upper>
Value method_is_case(Call& call) {
    return Value(is_all_cased(self_text(call), upper));
}

Value method_istitle(Call& call) {
    const String& text = self_text(call);
    bool cased = false, after_cased = false;
    for (size_t at = 0; at < text.size();) {
        char32_t c = next_char(text, at);
        bool upper = is_upper(c) || is_title(c), lower = is_lower(c);
        if ((upper && after_cased) || (lower && !after_cased)) return Value(false);
        after_cased = upper || lower;
        cased |= after_cased;
    }
    return Value(cased);
}

Value method_isidentifier(Call& call) {
    const String& text = self_text(call);
    for (size_t at = 0; at < text.size();) {
        bool first = at == 0;
        char32_t c = next_char(text, at);
        if (c != '_' && !(first ? is_alpha(c) : is_alnum(c))) return Value(false);
    }
    return Value(!text.empty());
}

Value method_format(Call& call) {
    return brace_format(call.self, call.rest);
}

Value method_format_map(Call& call) {
    Arguments arguments;
    if (!call.a[0].is(Kind::Dict))
        type_error({"'", type_name(call.a[0]), "' object is not subscriptable"});
    Dict& from = call.a[0].dict();
    for (size_t i = 0; i < from.places(); i++)
        if (from.key(i).is_str()) arguments.named.emplace_back(from.key(i).text(), from.value(i));
    return brace_format(call.self, arguments);
}

Value method_encode(Call& call) {
    String name = call.a[0].is_missing() ? "utf-8" : to_lower(to_str(call.a[0]));
    std::ranges::replace(name, '_', '-');
    if (name == "utf-8" || name == "utf8") return bytes(self_text(call));
    if (name != "ascii" && name != "us-ascii")
        raise("LookupError", {"unknown encoding: ", to_str(call.a[0])});
    if (!is_ascii(self_text(call)))
        raise("UnicodeEncodeError", "'ascii' codec can't encode characters");
    return bytes(self_text(call));
}

Value method_decode(Call& call) {
    if (!is_valid_utf8(self_text(call)))
        raise("UnicodeDecodeError", "'utf-8' codec can't decode bytes");
    return str(self_text(call));
}

Value method_hex(Call& call) {
    String out;
    for (char c : self_text(call)) {
        auto byte = static_cast<unsigned char>(c);
        for (unsigned nibble : {unsigned{byte} >> 4, unsigned{byte} & 15})
            out += "0123456789abcdef"[nibble];
    }
    return str(std::move(out));
}

// A space behind the last parameter says that they may be named.
constexpr NativeRow str_rows[] = {
    {"capitalize", "str.capitalize", "", method_capitalize, 0, Native::C},
    {"casefold", "str.casefold", "", method_lower, 0, Native::C},
    {"center", "str.center", "width fillchar=", method_center, 0, Native::C},
    {"count", "str.count", "sub start= end=", method_count, 0, Native::C},
    {"encode", "str.encode", "encoding= errors= ", method_encode, 0, Native::C},
    {"endswith", "str.endswith", "suffix start= end=", method_starts<true>, 0, Native::C},
    {"expandtabs", "str.expandtabs", "tabsize= ", method_expandtabs, 0, Native::C},
    {"find", "str.find", "sub start= end=", method_find<false, false>, 0, Native::C},
    {"format", "str.format", "* **", method_format, 0, Native::C},
    {"format_map", "str.format_map", "mapping", method_format_map, 0, Native::C},
    {"index", "str.index", "sub start= end=", method_find<false, true>, 0, Native::C},
    {"isalnum", "str.isalnum", "", method_all<is_alnum>, 0, Native::C},
    {"isalpha", "str.isalpha", "", method_all<is_alpha>, 0, Native::C},
    {"isascii", "str.isascii", "", method_all<is_ascii_char, true>, 0, Native::C},
    {"isdecimal", "str.isdecimal", "", method_all<is_decimal>, 0, Native::C},
    {"isdigit", "str.isdigit", "", method_all<is_digit>, 0, Native::C},
    {"isidentifier", "str.isidentifier", "", method_isidentifier, 0, Native::C},
    {"islower", "str.islower", "", method_is_case<false>, 0, Native::C},
    {"isnumeric", "str.isnumeric", "", method_all<is_numeric>, 0, Native::C},
    {"isprintable", "str.isprintable", "", method_all<is_printable, true>, 0, Native::C},
    {"isspace", "str.isspace", "", method_all<is_space>, 0, Native::C},
    {"istitle", "str.istitle", "", method_istitle, 0, Native::C},
    {"isupper", "str.isupper", "", method_is_case<true>, 0, Native::C},
    {"join", "str.join", "iterable", method_join, 0, Native::C},
    {"ljust", "str.ljust", "width fillchar=", method_just<'<'>, 0, Native::C},
    {"lower", "str.lower", "", method_lower, 0, Native::C},
    {"lstrip", "str.lstrip", "chars=", method_strip<true, false>, 0, Native::C},
    {"partition", "str.partition", "sep", method_partition<false>, 0, Native::C},
    {"removeprefix", "str.removeprefix", "prefix", method_remove<false>, 0, Native::C},
    {"removesuffix", "str.removesuffix", "suffix", method_remove<true>, 0, Native::C},
    {"replace", "str.replace", "old new count=", method_replace, 0, Native::C},
    {"rfind", "str.rfind", "sub start= end=", method_find<true, false>, 0, Native::C},
    {"rindex", "str.rindex", "sub start= end=", method_find<true, true>, 0, Native::C},
    {"rjust", "str.rjust", "width fillchar=", method_just<'>'>, 0, Native::C},
    {"rpartition", "str.rpartition", "sep", method_partition<true>, 0, Native::C},
    {"rsplit", "str.rsplit", "sep= maxsplit= ", method_split<true>, 0, Native::C},
    {"rstrip", "str.rstrip", "chars=", method_strip<false, true>, 0, Native::C},
    {"split", "str.split", "sep= maxsplit= ", method_split<false>, 0, Native::C},
    {"splitlines", "str.splitlines", "keepends= ", method_splitlines, 0, Native::C},
    {"startswith", "str.startswith", "prefix start= end=", method_starts<false>, 0, Native::C},
    {"strip", "str.strip", "chars=", method_strip<true, true>, 0, Native::C},
    {"swapcase", "str.swapcase", "", method_swapcase, 0, Native::C},
    {"title", "str.title", "", method_title, 0, Native::C},
    {"upper", "str.upper", "", method_upper, 0, Native::C},
    {"zfill", "str.zfill", "width", method_zfill, 0, Native::C},
};
static_assert(is_sorted_by_name(str_rows));

constexpr NativeRow bytes_rows[] = {
    {"decode", "bytes.decode", "encoding= errors= ", method_decode, 0, Native::C},
    {"hex", "bytes.hex", "", method_hex, 0, Native::C}};

} // namespace

const NativeRow* find_str_method(std::string_view name) {
    return find_row(str_rows, name);
}

const NativeRow* find_bytes_method(std::string_view name) {
    return find_row(bytes_rows, name);
}

} // namespace sctl::jinja
