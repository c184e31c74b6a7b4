#include <cerrno>

#include "base/text.hpp"
#include "wire/byte_order.hpp"
#include "wire/message.hpp"

namespace sctl {

Reader::Reader(std::string_view body, std::string_view signature, ByteOrder order)
    : body_(body), swapped_(order != native_order) {
    frames_.reserve(4);
    frames_.push_back(Frame{0, signature, 0, body.size()});
}

bool Reader::malformed(std::string_view what) {
    if (!failure_) {
        failure_ = Error{EBADMSG, cat("malformed message: ", what, " at byte ", offset_),
                         "org.freedesktop.DBus.Error.InconsistentMessage"};
    }
    return false;
}

bool Reader::mistaken(std::string_view what) {
    if (!failure_) {
        failure_ = Error{ENXIO, cat("unexpected message contents: ", what),
                         "org.freedesktop.DBus.Error.InvalidArgs"};
    }
    return false;
}

Result<void> Reader::status() const {
    if (failure_) return *failure_;
    return {};
}

bool Reader::at_end() const noexcept {
    if (failure_) return true;
    const Frame& frame = frames_.back();
    return frame.kind == 'a' ? offset_ >= frame.end : frame.at == frame.types.size();
}

std::string_view Reader::next_type() const {
    if (at_end()) return {};
    const Frame& frame = frames_.back();
    auto left = frame.types.substr(frame.at);
    bool is_container = left[0] == 'a' || left[0] == '(' || left[0] == '{';
    if (!is_container) return left.substr(0, 1);
    return left.substr(0, complete_type_length(left, DictEntry::Allowed));
}

// Whether a value that begins with `type` comes next; it stays to be taken.
bool Reader::expect(char type) {
    if (failure_) return false;
    if (at_end()) return mistaken(cat("no value of type '", type, "' is left"));
    const Frame& frame = frames_.back();
    if (frame.types[frame.at] == type) return true;
    return mistaken(cat("expected type '", type, "', not '", next_type(), "'"));
}

// Steps over `types` characters of the signature; an array's begins again for its next element.
void Reader::advance(size_t types) {
    Frame& frame = frames_.back();
    frame.at += types;
    if (frame.kind == 'a' && frame.at == frame.types.size()) frame.at = 0;
}

bool Reader::align(size_t boundary) {
    size_t end = frames_.back().end;
    while (offset_ & (boundary - 1)) {
        if (offset_ >= end) return malformed("the end");
        if (body_[offset_] != '\0') return malformed("padding that is not zero");
        ++offset_;
    }
    return true;
}

template <class T>
bool Reader::raw(T& out) {
    if (!align(sizeof(T))) return false;
    if (frames_.back().end - offset_ < sizeof(T)) return malformed("the end");
    out = from_bytes<T>(body_.data() + offset_, swapped_);
    offset_ += sizeof(T);
    return true;
}

bool Reader::raw_text(char type, std::string_view& out) {
    uint32_t length = 0;
    uint8_t short_length = 0;
    if (!(type == 'g' ? raw(short_length) : raw(length))) return false;
    size_t size = type == 'g' ? short_length : length;
    if (frames_.back().end - offset_ <= size) return malformed("text beyond the end");
    auto text = body_.substr(offset_, size);
    if (body_[offset_ + size] != '\0') return malformed("text without a closing NUL");
    if (text.find('\0') != std::string_view::npos) return malformed("text with a NUL inside");
    if (type == 's' && !is_valid_utf8(text)) return malformed("text that is not UTF-8");
    if (type == 'o' && !is_valid_object_path(text)) return malformed("an invalid object path");
    if (type == 'g' && !is_valid_signature(text)) return malformed("an invalid signature");
    out = text;
    offset_ += size + 1;
    return true;
}

template <class T>
bool Reader::take_fixed(char type, T& out) {
    if (!expect(type) || !raw(out)) return false;
    advance(1);
    return true;
}

bool Reader::take(bool& out) {
    uint32_t value = 0;
    if (!expect('b') || !raw(value)) return false;
    if (value > 1) return malformed("a boolean neither 0 nor 1");
    out = value == 1;
    advance(1);
    return true;
}

bool Reader::take_text(char type, std::string_view& out) {
    if (!expect(type) || !raw_text(type, out)) return false;
    advance(1);
    return true;
}

bool Reader::take(std::string_view& out) {
    auto type = next_type();
    return take_text(type == "o" || type == "g" ? type.front() : 's', out);
}

bool Reader::take(std::string& out) {
    std::string_view text;
    if (!take(text)) return false;
    out = text;
    return true;
}

template <class T>
Result<T> Reader::result() {
    T value{};
    if (take(value)) return value;
    return *failure_;
}

Result<std::string_view> Reader::text(char type) {
    std::string_view value;
    if (take_text(type, value)) return value;
    return *failure_;
}

Result<uint8_t> Reader::byte() {
    return result<uint8_t>();
}

Result<bool> Reader::boolean() {
    return result<bool>();
}

Result<int16_t> Reader::int16() {
    return result<int16_t>();
}

Result<uint16_t> Reader::uint16() {
    return result<uint16_t>();
}

Result<int32_t> Reader::int32() {
    return result<int32_t>();
}

Result<uint32_t> Reader::uint32() {
    return result<uint32_t>();
}

Result<int64_t> Reader::int64() {
    return result<int64_t>();
}

Result<uint64_t> Reader::uint64() {
    return result<uint64_t>();
}

Result<double> Reader::float64() {
    return result<double>();
}

Result<std::string_view> Reader::string() {
    return text('s');
}

Result<std::string_view> Reader::object_path() {
    return text('o');
}

Result<std::string_view> Reader::signature() {
    return text('g');
}

Result<std::string_view> Reader::any_text() {
    return result<std::string_view>();
}

Result<std::vector<std::string>> Reader::strings() {
    std::vector<std::string> values;
    if (!take_array()) return *failure_;
    std::string_view value;
    while (!at_end() && take_text('s', value)) values.emplace_back(value);
    if (!leave('a')) return *failure_;
    return values;
}

bool Reader::push(char kind, std::string_view types, size_t end) {
    if (frames_.size() > deepest_container) return malformed("containers nested too deeply");
    frames_.push_back(Frame{kind, types, 0, end});
    return true;
}

bool Reader::take_array() {
    // Asked first: an empty array may be the last thing in its parent, which then is at its end.
    auto type = next_type();
    uint32_t length = 0;
    if (!expect('a') || !raw(length)) return false;
    auto element = type.substr(1);
    if (length > longest_array) return malformed("an array over 64 MiB");
    // This padding does not count to the array's length, and is there even where it is empty.
    if (!align(alignment_of(element.front()))) return false;
    if (frames_.back().end - offset_ < length) return malformed("an array beyond the end");
    advance(type.size());
    return push('a', element, offset_ + length);
}

bool Reader::take_sequence(char kind) {
    auto type = next_type();
    if (!expect(kind) || !align(8)) return false;
    size_t end = frames_.back().end;
    advance(type.size());
    return push(kind, type.substr(1, type.size() - 2), end);
}

bool Reader::take_variant() {
    std::string_view type;
    if (!expect('v') || !raw_text('g', type)) return false;
    if (!is_single_complete_type(type)) return malformed("a variant of not one type");
    size_t end = frames_.back().end;
    advance(1);
    return push('v', type, end);
}

Result<void> Reader::enter_array() {
    take_array();
    return status();
}

Result<void> Reader::enter_struct() {
    take_sequence('(');
    return status();
}

Result<void> Reader::enter_dict_entry() {
    take_sequence('{');
    return status();
}

Result<std::string_view> Reader::enter_variant() {
    if (!take_variant()) return *failure_;
    return frames_.back().types;
}

bool Reader::leave(char kind) {
    if (failure_) return false;
    if (frames_.back().kind != kind) return mistaken("another container was entered last");
    while (!at_end()) {
        if (!skip_one()) return false;
    }
    // An element cut off by the array's end has failed already; one cut off inside a struct as
    // well.
    frames_.pop_back();
    return true;
}

Result<void> Reader::exit(char kind) {
    leave(kind);
    return status();
}

// Recursion ends with the nesting that push() allows.
bool Reader::skip_one() {
    auto type = next_type();
    if (type.empty()) return mistaken("no value is left");
    std::string_view ignored_text;
    bool ignored_boolean = false;
    switch (type.front()) {
        case 's':
        case 'o':
        case 'g': return take(ignored_text);
        case 'b': return take(ignored_boolean);
        case '(':
        case '{': return take_sequence(type.front()) && leave(type.front());
        case 'v': return take_variant() && leave('v');
        case 'a': {
            if (!take_array()) return false;
            // Any bytes make a number: an array of them is passed over at once.
            const Frame& array = frames_.back();
            size_t size = array.types == "b" ? 0 : fixed_size_of(array.types.front());
            if (size > 0) {
                if ((array.end - offset_) % size != 0) return malformed("an array of cut numbers");
                offset_ = array.end;
            }
            return leave('a');
        }
        default: {
            size_t size = fixed_size_of(type.front());
            if (!align(size)) return false;
            if (frames_.back().end - offset_ < size) return malformed("the end");
            offset_ += size;
            advance(1);
            return true;
        }
    }
}

Result<void> Reader::skip() {
    if (!failure_) skip_one();
    return status();
}

Result<void> Reader::finish() {
    while (!failure_ && frames_.size() > 1) leave(frames_.back().kind);
    while (!at_end() && skip_one()) {
    }
    if (!failure_ && offset_ != body_.size()) malformed("bytes after the last value");
    return status();
}

template bool Reader::take_fixed(char, uint8_t&);
template bool Reader::take_fixed(char, int16_t&);
template bool Reader::take_fixed(char, uint16_t&);
template bool Reader::take_fixed(char, int32_t&);
template bool Reader::take_fixed(char, uint32_t&);
template bool Reader::take_fixed(char, int64_t&);
template bool Reader::take_fixed(char, uint64_t&);
template bool Reader::take_fixed(char, double&);

} // namespace sctl
