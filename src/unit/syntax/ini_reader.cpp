#include "unit/syntax/ini_reader.hpp"

#include <ini.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <optional>
#include <string>

#include "base/text.hpp"

namespace sctl {
namespace {

constexpr size_t longest_line = 1u << 20;
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr size_t longest_inih_name = 49; // inih cuts names of sections and keys beyond this

// Whether inih gives `key` back as it is; anything else (no directive has such a name) is kept
// aside.
bool is_plain_key(std::string_view key) {
    return key.size() <= longest_inih_name && std::ranges::all_of(key, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
           });
}

bool has_bad_characters(std::string_view name) {
    return std::ranges::any_of(name, [](char c) {
        return (c > 0 && c < ' ') || c == '"' || c == '\'' || c == '\\' || c == '\x7f';
    });
}

bool is_comment(std::string_view line) {
    auto text = trim_start(line);
    return !text.empty() && (text.front() == '#' || text.front() == ';');
}

// An odd number of backslashes at the end: the last one is not itself escaped.
bool is_continued(std::string_view line) {
    auto last = line.find_last_not_of('\\');
    return (line.size() - (last == std::string_view::npos ? 0 : last + 1)) % 2 == 1;
}

// Every byte that is not part of a valid sequence becomes U+FFFD.
std::string replace_invalid_utf8(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        size_t length = 1; // of the character in front, should there be one
        while (length < 4 && length < text.size() && !is_valid_utf8(text.substr(0, length)))
            ++length;
        bool valid = is_valid_utf8(text.substr(0, length));
        if (!valid) length = 1;
        out += valid ? text.substr(0, length) : "\xef\xbf\xbd";
        text.remove_prefix(length);
    }
    return out;
}

// Physical lines as systemd reads them: an end of line is any run of different ones of \n and \r,
// and NUL ends it at once.
class Lines {
  public:
    explicit Lines(std::string_view text) : rest_(text) {}

    // Nothing at the end of the text.
    std::optional<std::string_view> next() {
        if (rest_.empty()) return std::nullopt;
        size_t end = 0;
        while (end < rest_.size() && !is_end(rest_[end])) ++end;
        auto line = rest_.substr(0, end);
        bool newline = false, carriage_return = false, zero = false;
        for (; end < rest_.size() && !zero; ++end) {
            bool& seen = rest_[end] == '\n' ? newline : rest_[end] == '\r' ? carriage_return : zero;
            if (!is_end(rest_[end]) || seen) break;
            seen = true;
        }
        rest_.remove_prefix(end);
        return line;
    }

  private:
    static bool is_end(char c) { return c == '\n' || c == '\r' || c == '\0'; }

    std::string_view rest_;
};

// The adapter: `next_skeleton` is inih's line reader, `take` its handler. Between the two calls for
// a line the true key and value wait here, under the number (ticket) that stands as the value in
// the line that inih sees.
class Adapter {
  public:
    Adapter(std::string_view text, std::string_view path,
            std::span<const std::string_view> sections,
            const std::function<void(const IniAssignment&)>& handler, const WarningSink& warn)
        : lines_(text), path_(path), sections_(sections), handler_(handler), warn_(warn) {}

    Result<void> run() {
        int failed = ini_parse_stream(&Adapter::read_line, this, &Adapter::handle, this);
        if (thrown_) std::rethrow_exception(thrown_);
        if (!error_.text.empty()) return error_;
        if (failed) return Error{EINVAL, cat(path_, ": inih stumbled over line ", failed), {}};
        return {};
    }

  private:
    // Exceptions (no memory) must not travel through inih, which is C: they are carried around it.
    static char* read_line(char* buffer, int size, void* self) {
        auto& adapter = *static_cast<Adapter*>(self);
        try {
            return adapter.next_skeleton(buffer, static_cast<size_t>(size)) ? buffer : nullptr;
        } catch (...) {
            adapter.thrown_ = std::current_exception();
            return nullptr;
        }
    }
    static int handle(void* self, const char* section, const char* name, const char* value) {
        auto& adapter = *static_cast<Adapter*>(self);
        try {
            return adapter.take(section, name, value);
        } catch (...) {
            adapter.thrown_ = std::current_exception();
            return 0;
        }
    }

    bool next_skeleton(char* buffer, size_t size) {
        while (!thrown_ && error_.text.empty()) {
            auto line = next_logical_line();
            if (!line) return false;
            auto skeleton = skeleton_of(trim(*line));
            if (skeleton.empty() || skeleton.size() >= size) continue;
            std::memcpy(buffer, skeleton.data(), skeleton.size());
            buffer[skeleton.size()] = '\0';
            return true;
        }
        return false;
    }

    // A line with those it continues on; comment lines left out. Nothing at the end or on an error.
    std::optional<std::string_view> next_logical_line() {
        bool continuing = false;
        joined_.clear();
        while (auto line = lines_.next()) {
            if (line->size() >= longest_line) return too_long();
            ++line_;
            if (is_comment(*line)) continue;
            if (!mark_seen_ && line->starts_with(byte_order_mark)) {
                line->remove_prefix(byte_order_mark.size());
                mark_seen_ = true;
            }
            bool continued = is_continued(*line);
            if (!continuing && !continued) return line;
            if (continuing && joined_.size() + line->size() > longest_line) return too_long();
            joined_ += *line;
            if (!continued) return joined_;
            joined_.back() = ' ';
            continuing = true;
        }
        if (!continuing) return std::nullopt;
        ++line_;
        return joined_;
    }

    std::nullopt_t too_long() {
        error_ = Error{ENOBUFS, cat(path_, ":", line_ + 1, ": Line too long"), {}};
        return std::nullopt;
    }

    // What inih is to see of `line`; empty where it is to see nothing.
    std::string skeleton_of(std::string_view line) {
        if (line.empty()) return {};
        if (!is_valid_utf8(line)) {
            warn(cat("String is not UTF-8 clean, ignoring assignment: ",
                     replace_invalid_utf8(line)));
            return gives_up(EINVAL);
        }
        if (line.front() == '[') return section_skeleton(line);
        if (where_ == Where::Outside) warn("Assignment outside of section. Ignoring.");
        if (where_ != Where::Inside) return {};
        auto equals = line.find('=');
        if (equals == std::string_view::npos) {
            warn("Missing '=', ignoring line.");
            return {};
        }
        if (equals == 0) {
            warn("Missing key name before '=', ignoring line.");
            return {};
        }
        key_ = trim_end(line.substr(0, equals));
        value_ = trim_start(line.substr(equals + 1));
        return cat(is_plain_key(key_) ? key_ : "?", "=", ++ticket_, "\n");
    }

    std::string section_skeleton(std::string_view line) {
        auto name = line.substr(1, line.size() >= 2 ? line.size() - 2 : 0);
        if (line.back() != ']') return bad_header(cat("Invalid section header '", line, "'"));
        if (has_bad_characters(name)) {
            return bad_header(cat("Bad characters in section header '", line, "'"));
        }
        if (std::ranges::find(sections_, name) == sections_.end()) {
            if (!name.starts_with("X-")) {
                warn(cat("Unknown section '", name, "'. Ignoring."));
            }
            where_ = Where::Unknown;
            return {};
        }
        where_ = Where::Inside;
        return cat(line, "\n");
    }

    std::string bad_header(std::string_view what) {
        warn(what);
        return gives_up(EBADMSG);
    }

    std::string gives_up(int code) {
        error_ = {code, cat(path_, ":", line_, ": Failed to parse file: ", strerror(code)), {}};
        return {};
    }

    // Nonzero tells inih that all is well.
    int take(const char* section, const char* name, const char* ticket) {
        if (parse_number<size_t>(ticket) != ticket_) return 0;
        handler_({section, is_plain_key(key_) ? std::string_view(name) : key_, value_, line_});
        return 1;
    }

    void warn(std::string_view what) const {
        if (warn_) warn_(cat(path_, ":", line_, ": ", what));
    }

    enum class Where { Outside, Inside, Unknown };

    Lines lines_;
    std::string_view path_;
    std::span<const std::string_view> sections_;
    const std::function<void(const IniAssignment&)>& handler_;
    const WarningSink& warn_;
    Where where_ = Where::Outside;
    bool mark_seen_ = false;
    unsigned line_ = 0;
    size_t ticket_ = 0;
    std::string_view key_, value_; // of the assignment that inih has in hand
    std::string joined_;           // a continued line
    Error error_;
    std::exception_ptr thrown_;
};

} // namespace

Result<void> read_ini(std::string_view text, std::string_view path,
                      std::span<const std::string_view> sections,
                      const std::function<void(const IniAssignment&)>& handler,
                      const WarningSink& warn) {
    return Adapter(text, path, sections, handler, warn).run();
}

} // namespace sctl
