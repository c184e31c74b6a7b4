// striptags and urlize.
#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "template/filters.hpp"
#include "template/html_entities.hpp"
#include "template/operations.hpp"
#include "template/print.hpp"
#include "template/str_functions.hpp"
#include "template/unicode.hpp"

namespace sctl::jinja {
namespace {

// Without what stands between the two.
String without(std::string_view text, std::string_view open, std::string_view close) {
    String out;
    while (true) {
        size_t begin = text.find(open);
        if (begin == text.npos) return out.append(text);
        size_t end = text.find(close, begin + open.size());
        if (end == text.npos) return out.append(text);
        out.append(text.substr(0, begin));
        text.remove_prefix(end + close.size());
    }
}

// The parts of _http_re, each of which takes what it can from the front.
class UrlMatcher {
  public:
    explicit UrlMatcher(std::string_view text) : text_(text) {}

    bool matches() {
        return (with_scheme() && rest()) || (plain_domain() && rest()) || (address() && rest());
    }

  private:
    static bool is_label(char32_t c) { return is_alnum(c) || c == '_' || c == '%' || c == '-'; }
    bool starts(std::string_view prefix) const {
        return equal_ignoring_case(text_.substr(at_, prefix.size()), prefix);
    }
    size_t label_end(size_t at) const {
        while (at < text_.size()) {
            size_t next = at;
            if (!is_label(next_char(text_, next))) break;
            at = next;
        }
        return at;
    }
    static bool is_letter(char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; }
    // Port, and what is behind a / ? or #: all the rest must be of these.
    bool rest_from(size_t at) const {
        if (at < text_.size() && text_[at] == ':') {
            size_t end = at + 1;
            while (end < text_.size() && end - at <= 5 && text_[end] >= '0' && text_[end] <= '9')
                end++;
            if (end > at + 1) at = end;
        }
        if (at < text_.size() && (text_[at] == '/' || text_[at] == '?' || text_[at] == '#'))
            return true;
        return at == text_.size();
    }
    bool rest() const { return found_; }
    // https://, http:// or www., subdomains and a top level domain.
    bool with_scheme() {
        at_ = 0;
        for (std::string_view prefix : {"https://", "http://", "www."}) {
            if (!starts(prefix)) continue;
            at_ = prefix.size();
            return found_ = domain(at_);
        }
        return false;
    }
    bool domain(size_t at) const {
        if (top_level(at)) return true;
        size_t end = label_end(at);
        return end > at && end < text_.size() && text_[end] == '.' && domain(end + 1);
    }
    bool top_level(size_t at) const {
        if (equal_ignoring_case(text_.substr(at, 4), "xn--")) {
            size_t end = at + 4;
            while (end < text_.size() && end - at < 63 && text_[end] != '-' && label_end(end) > end)
                end++;
            return end - at >= 6 && rest_from(end);
        }
        size_t end = at;
        while (end < text_.size() && is_letter(text_[end])) end++;
        return end - at >= 2 && end - at <= 63 && rest_from(end);
    }
    bool plain_domain() {
        size_t at = 0;
        bool labels = false;
        while (true) {
            if (labels)
                for (std::string_view name :
                     {"com", "net", "int", "edu", "gov", "org", "info", "mil"})
                    if (equal_ignoring_case(text_.substr(at, name.size()), name) &&
                        rest_from(at + name.size()))
                        return found_ = true;
            size_t end = label_end(at), count = count_code_points(text_.substr(at, end - at));
            if (count < 2 || count > 63 || end >= text_.size() || text_[end] != '.') return false;
            at = end + 1;
            labels = true;
        }
    }
    // https:// and an address in numbers.
    bool address() {
        at_ = 0;
        size_t at = starts("https://") ? 8 : starts("http://") ? 7 : 0;
        if (at == 0) return false;
        size_t end = at, numbers = 0;
        if (at < text_.size() && text_[at] == '[') {
            end = text_.find(']', at);
            if (end == text_.npos) return false;
            std::string_view inner = text_.substr(at + 1, end - at - 1);
            auto colons = std::ranges::count(inner, ':');
            bool plain = inner.find_first_not_of("0123456789abcdefABCDEF:") == inner.npos;
            return found_ = plain && colons >= 2 && colons <= 8 && inner.size() > 2 &&
                            rest_from(end + 1);
        }
        while (numbers < 4) {
            size_t digits = end;
            while (end < text_.size() && end - digits < 3 && text_[end] >= '0' && text_[end] <= '9')
                end++;
            if (end == digits) return false;
            if (++numbers < 4 && (end >= text_.size() || text_[end++] != '.')) return false;
        }
        return found_ = rest_from(end);
    }

    std::string_view text_;
    size_t at_ = 0;
    bool found_ = false;
};

bool is_email(std::string_view text) {
    size_t sign = text.rfind('@');
    // \S+@\w[\w.-]*\.\w+
    if (sign == text.npos || sign == 0) return false;
    std::string_view host = text.substr(sign + 1);
    size_t dot = host.rfind('.');
    if (dot == host.npos || dot == 0 || dot + 1 == host.size()) return false;
    for (size_t at = 0; at < host.size();) {
        size_t start = at;
        char32_t c = next_char(host, at);
        bool word = c == '_' || is_alnum(c);
        if (!word && (start == 0 || start > dot || (c != '.' && c != '-'))) return false;
    }
    return strip(text).size() == text.size();
}

struct UrlStyle {
    String attributes; // rel and target
    int64_t limit = -1;
    Vector<String> schemes;
};

String trimmed_url(std::string_view url, const UrlStyle& style) {
    if (style.limit < 0 || static_cast<int64_t>(count_code_points(url)) <= style.limit)
        return String(url);
    return joined(url.substr(0, byte_offset(url, static_cast<size_t>(style.limit))), "...");
}

String linked(std::string_view middle, const UrlStyle& style) {
    if (UrlMatcher(middle).matches()) {
        bool scheme = middle.starts_with("https://") || middle.starts_with("http://");
        return joined("<a href=\"", scheme ? "" : "https://", middle, "\"", style.attributes, ">",
                      trimmed_url(middle, style), "</a>");
    }
    if (middle.starts_with("mailto:") && is_email(middle.substr(7)))
        return joined("<a href=\"", middle, "\">", middle.substr(7), "</a>");
    if (middle.find('@') != middle.npos && !middle.starts_with("www.") &&
        middle.find(':') == middle.npos && is_email(middle))
        return joined("<a href=\"mailto:", middle, "\">", middle, "</a>");
    for (const String& scheme : style.schemes)
        if (middle != scheme && middle.starts_with(scheme))
            return joined("<a href=\"", middle, "\"", style.attributes, ">", middle, "</a>");
    return String(middle);
}

size_t count_of(std::string_view text, std::string_view part) {
    size_t count = 0;
    for (size_t at = 0; (at = text.find(part, at)) != text.npos; at += part.size()) count++;
    return count;
}

// Opening brackets before, and closing ones, full stops and commas behind do not belong to a link.
String urlized_word(std::string_view word, const UrlStyle& style) {
    size_t begin = 0;
    while (true) {
        std::string_view rest = word.substr(begin);
        size_t step = rest.starts_with('(') || rest.starts_with('<') ? 1
                      : rest.starts_with("&lt;")                     ? 4
                                                                     : 0;
        if (step == 0) break;
        begin += step;
    }
    size_t end = word.size();
    while (end > begin) {
        std::string_view rest = word.substr(begin, end - begin);
        size_t step = rest.ends_with("&gt;")                                                   ? 4
                      : std::string_view(")>.,\n").find(rest.back()) != std::string_view::npos ? 1
                                                                                               : 0;
        if (step == 0) break;
        end -= step;
    }
    String head(word.substr(0, begin)), middle(word.substr(begin, end - begin)),
        tail(word.substr(end));
    constexpr std::pair<std::string_view, std::string_view> brackets[] = {
        {"(", ")"}, {"<", ">"}, {"&lt;", "&gt;"}};
    for (const auto& [open, close] : brackets) {
        size_t opened = count_of(middle, open);
        if (opened <= count_of(middle, close)) continue;
        for (size_t i = std::min(opened, count_of(tail, close)); i > 0; i--) {
            size_t index = tail.find(close) + close.size();
            middle += tail.substr(0, index);
            tail.erase(0, index);
        }
    }
    return head + linked(middle, style) + tail;
}

bool is_scheme(std::string_view text) {
    size_t colon = text.find(':');
    if (colon == text.npos || colon < 2) return false;
    for (size_t at = 0; at < colon;) {
        char32_t c = next_char(text, at);
        if (c != '_' && c != '.' && c != '+' && c != '-' && !is_alnum(c)) return false;
    }
    std::string_view slashes = text.substr(colon + 1);
    return slashes.empty() || slashes == "/" || slashes == "//";
}

} // namespace

Value filter_striptags(Call& call) {
    String text = without(without(to_str(call.a[0]), "<!--", "-->"), "<", ">"), out;
    for (std::string_view word : split_by_space(text, -1, false))
        out += joined(out.empty() ? "" : " ", word);
    return str(unescape_html(out));
}

Value filter_urlize(Call& call) {
    UrlStyle style;
    if (call.has(1)) style.limit = compared_index(call.a[1]);
    std::set<String, std::less<>> rel = {"noopener"};
    String more; // outlives the views of its words
    if (call.has(4)) more = to_str(call.a[4]);
    for (std::string_view word : split_by_space(more, -1, false)) rel.emplace(word);
    if (call.truth(2)) rel.emplace("nofollow");
    String words;
    for (const String& word : rel) words += joined(words.empty() ? "" : " ", word);
    style.attributes = joined(" rel=\"", escape(str(words)).text(), "\"");
    if (call.has(3) && truth(call.a[3]))
        style.attributes += joined(" target=\"", escape(call.a[3]).text(), "\"");
    if (call.has(5))
        for (const Value& scheme : to_values(call.a[5])) {
            if (!is_scheme(to_str(scheme)))
                raise("FilterArgumentError",
                      {to_repr(scheme), " is not a valid URI scheme prefix."});
            style.schemes.push_back(to_str(scheme));
        }
    String text = escape(call.a[0]).text(), out;
    for (size_t at = 0; at < text.size();) {
        size_t start = at;
        auto run = [&](bool space) {
            while (at < text.size()) {
                size_t next = at;
                if (is_space(next_char(text, next)) != space) break;
                at = next;
            }
            return std::string_view(text).substr(start, at - start);
        };
        out += urlized_word(run(false), style);
        start = at;
        out += run(true);
        charge(out.size());
    }
    return call.runtime.autoescape() ? markup(std::move(out)) : str(std::move(out));
}

} // namespace sctl::jinja
