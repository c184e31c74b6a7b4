// wordwrap: a port of Python's textwrap.
#include <algorithm>

#include "base/text.hpp"
#include "template/attributes.hpp"
#include "template/filters.hpp"
#include "template/operations.hpp"
#include "template/print.hpp"
#include "template/str_functions.hpp"
#include "template/unicode.hpp"

namespace sctl::jinja {
namespace {

using Chars = std::basic_string<char32_t, std::char_traits<char32_t>, Kept<char32_t>>;

bool is_wrap_space(char32_t c) {
    return c == '\t' || c == '\n' || c == '\v' || c == '\f' || c == '\r' || c == ' ';
}

bool is_word(char32_t c) {
    return c == '_' || is_alnum(c);
}

// A letter, in the sense of [^\d\W].
bool is_letter(char32_t c) {
    return is_word(c) && !is_decimal(c);
}

bool ends_word(char32_t c) {
    return is_word(c) || std::u32string_view(U"!\"'&.,?").find(c) != std::u32string_view::npos;
}

// The stretches between which a line may be broken: wordsep_re of textwrap.
class Splitter {
  public:
    Splitter(const Chars& text, bool on_hyphens) : text_(text), on_hyphens_(on_hyphens) {}

    Vector<Chars> run() {
        Vector<Chars> out;
        for (size_t at = 0; at < text_.size();) {
            size_t end = is_wrap_space(text_[at]) ? skip(at, true)
                         : on_hyphens_            ? chunk_end(at)
                                                  : skip(at, false);
            out.push_back(text_.substr(at, end - at));
            at = end;
        }
        return out;
    }

  private:
    bool at(size_t index, bool (*test)(char32_t)) const {
        return index < text_.size() && test(text_[index]);
    }
    size_t skip(size_t from, bool space) const {
        while (from < text_.size() && is_wrap_space(text_[from]) == space) from++;
        return from;
    }
    size_t dashes_end(size_t from) const {
        while (from < text_.size() && text_[from] == '-') from++;
        return from;
    }
    bool is_em_dash(size_t from) const {
        size_t end = dashes_end(from);
        return end - from >= 2 && from > 0 && ends_word(text_[from - 1]) && at(end, is_word);
    }
    size_t chunk_end(size_t from) const {
        if (text_[from] == '-' && is_em_dash(from)) return dashes_end(from);
        for (size_t end = from + 1;; end++) {
            if (hyphen_at(end)) return end + 1;
            if (end == text_.size() || is_wrap_space(text_[end])) return end;
            if (text_[end] == '-' && is_em_dash(end)) return end;
        }
    }
    // A hyphen after two letters, or a letter, a hyphen and a letter; and letters behind it.
    bool hyphen_at(size_t hyphen) const {
        if (hyphen >= text_.size() || text_[hyphen] != '-') return false;
        bool before = hyphen >= 2 && is_letter(text_[hyphen - 1]) &&
                      (is_letter(text_[hyphen - 2]) ||
                       (hyphen >= 3 && text_[hyphen - 2] == '-' && is_letter(text_[hyphen - 3])));
        if (!before || !at(hyphen + 1, is_letter)) return false;
        return at(hyphen + 2, is_letter) ||
               (hyphen + 2 < text_.size() && text_[hyphen + 2] == '-' && at(hyphen + 3, is_letter));
    }

    const Chars& text_;
    bool on_hyphens_;
};

bool is_blank_chunk(const Chars& chunk) {
    return std::ranges::all_of(chunk, is_space);
}

// A word that is too long for any line is broken: as much as fits is moved to the line.
void break_word(Vector<Chars>& chunks, Vector<Chars>& line, size_t room, bool break_words,
                bool on_hyphens) {
    room = std::max<size_t>(room, 1);
    Chars& word = chunks.back();
    if (!break_words) {
        if (line.empty()) {
            line.push_back(std::move(word));
            chunks.pop_back();
        }
        return;
    }
    size_t end = room;
    if (on_hyphens && word.size() > room) {
        size_t hyphen = word.rfind('-', room - 1);
        if (hyphen != word.npos && hyphen > 0 &&
            std::any_of(word.begin(), word.begin() + static_cast<ptrdiff_t>(hyphen),
                        [](char32_t c) { return c != '-'; }))
            end = hyphen + 1;
    }
    line.push_back(word.substr(0, end));
    word.erase(0, end);
}

Vector<String> wrap(std::string_view text, size_t width, bool break_words, bool on_hyphens) {
    Chars chars;
    for (size_t at = 0; at < text.size();) chars += next_char(text, at);
    Vector<Chars> chunks = Splitter(chars, on_hyphens).run();
    std::ranges::reverse(chunks);
    Vector<String> lines;
    while (!chunks.empty()) {
        Vector<Chars> line;
        size_t used = 0;
        if (!lines.empty() && is_blank_chunk(chunks.back())) chunks.pop_back();
        while (!chunks.empty() && used + chunks.back().size() <= width) {
            used += chunks.back().size();
            line.push_back(std::move(chunks.back()));
            chunks.pop_back();
        }
        if (!chunks.empty() && chunks.back().size() > width)
            break_word(chunks, line, width > used ? width - used : 0, break_words, on_hyphens);
        if (!line.empty() && is_blank_chunk(line.back())) line.pop_back();
        if (line.empty()) continue;
        String out;
        for (const Chars& chunk : line)
            for (char32_t c : chunk) append_utf8(out, c);
        charge(out.size() + sizeof out);
        lines.push_back(std::move(out));
    }
    return lines;
}

} // namespace

Value filter_wordwrap(Call& call) {
    if (call.a[0].is_undefined()) fail_undefined(call.a[0]);
    if (!call.a[0].is_str()) fail_attribute(call.a[0], "splitlines");
    int64_t width = call.a[1].is_missing() ? 79 : compared_index(call.a[1]);
    bool break_words = call.a[2].is_missing() || truth(call.a[2]);
    bool on_hyphens = call.a[4].is_missing() || truth(call.a[4]);
    String between = call.has(3) ? to_str(call.a[3]) : "\n", out;
    bool first_line = true;
    for (std::string_view line : split_lines(call.a[0].text(), false)) {
        if (!first_line) out += between;
        first_line = false;
        if (width <= 0 && !line.empty()) value_error({"invalid width ", width, " (must be > 0)"});
        bool first = true;
        for (const String& part : wrap(line, static_cast<size_t>(width), break_words, on_hyphens)) {
            if (!first) out += between;
            first = false;
            out += part;
        }
    }
    return str(std::move(out));
}

} // namespace sctl::jinja
