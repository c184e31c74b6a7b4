#include <cerrno>

#include "base/text.hpp"
#include "wire/byte_order.hpp"
#include "wire/message.hpp"

namespace sctl {

Writer::Writer(ByteOrder order) : swapped_(order != native_order), order_(order) {
    frames_.push_back(Frame{0, true, 0, 0, 0, 0, 0, 0});
}

Writer& Writer::fail(std::string_view why) {
    if (failure_.empty()) failure_ = cat("cannot write message body: ", why);
    return *this;
}

// Takes note that a value of these types comes next, or fails where another was announced.
bool Writer::consume(std::string_view types) {
    if (!failure_.empty()) return false;
    Frame& frame = frames_.back();
    if (frame.open_signature) {
        signature_.append(types);
        return true;
    }
    if (frame.kind == 'a' && frame.at == frame.end) frame.at = frame.begin;
    auto left = std::string_view(expected_).substr(frame.at, frame.end - frame.at);
    if (!left.starts_with(types)) {
        fail(cat("expected a value of type '", left, "', not '", types, "'"));
        return false;
    }
    frame.at += types.size();
    return true;
}

template <class T>
void Writer::append(T value) {
    auto bytes = to_bytes(value, swapped_);
    body_.append(bytes.data(), bytes.size());
}

template <class T>
Writer& Writer::fixed(char type, T value) {
    if (!consume({&type, 1})) return *this;
    align(sizeof(T));
    append(value);
    return *this;
}

Writer& Writer::byte(uint8_t value) {
    return fixed('y', value);
}

Writer& Writer::boolean(bool value) {
    return fixed('b', uint32_t{value});
}

Writer& Writer::int16(int16_t value) {
    return fixed('n', value);
}

Writer& Writer::uint16(uint16_t value) {
    return fixed('q', value);
}

Writer& Writer::int32(int32_t value) {
    return fixed('i', value);
}

Writer& Writer::uint32(uint32_t value) {
    return fixed('u', value);
}

Writer& Writer::int64(int64_t value) {
    return fixed('x', value);
}

Writer& Writer::uint64(uint64_t value) {
    return fixed('t', value);
}

Writer& Writer::float64(double value) {
    return fixed('d', value);
}

Writer& Writer::text(char type, std::string_view value) {
    if (!consume({&type, 1})) return *this;
    if (value.size() > longest_message) return fail("text is too long");
    if (type == 'g') {
        append(static_cast<uint8_t>(value.size()));
    } else {
        align(4);
        append(static_cast<uint32_t>(value.size()));
    }
    body_.append(value);
    body_.push_back('\0');
    return *this;
}

Writer& Writer::string(std::string_view value) {
    bool valid = value.find('\0') == std::string_view::npos && is_valid_utf8(value);
    return valid ? text('s', value) : fail("text is not UTF-8");
}

Writer& Writer::object_path(std::string_view value) {
    return is_valid_object_path(value) ? text('o', value) : fail("invalid object path");
}

Writer& Writer::signature(std::string_view value) {
    return is_valid_signature(value) ? text('g', value) : fail("invalid signature");
}

// Opens a container whose members must be of `types`.
bool Writer::push_checked(char kind, std::string_view types) {
    if (frames_.size() > deepest_container) {
        fail("containers are nested too deeply");
        return false;
    }
    size_t begin = expected_.size();
    expected_.append(types);
    frames_.push_back(Frame{kind, false, begin, begin, expected_.size(), begin, 0, 0});
    return true;
}

Writer& Writer::open_array(std::string_view element) {
    size_t length = complete_type_length(element, DictEntry::Allowed);
    if (length == 0 || length != element.size()) return fail("invalid element type of an array");
    if (!consume("a")) return *this;
    // The element's own types stand in the frame's signature right after the `a`.
    Frame& parent = frames_.back();
    if (!parent.open_signature &&
        std::string_view(expected_).substr(parent.at, length) != element) {
        return fail("an array of another type was announced");
    }
    parent.open_signature ? void(signature_.append(element)) : void(parent.at += length);
    if (!push_checked('a', element)) return *this;
    align(4);
    size_t length_at = body_.size();
    append(uint32_t{0});
    align(alignment_of(element.front()));
    frames_.back().length_at = length_at;
    frames_.back().data_at = body_.size();
    return *this;
}

Writer& Writer::open_sequence(char kind) {
    if (!consume({&kind, 1})) return *this;
    if (frames_.size() > deepest_container) return fail("containers are nested too deeply");
    Frame& parent = frames_.back();
    Frame frame{kind, parent.open_signature, 0, 0, 0, expected_.size(), 0, 0};
    if (!frame.open_signature) {
        size_t start = parent.at - 1;
        size_t length = complete_type_length(
            std::string_view(expected_).substr(start, parent.end - start), DictEntry::Allowed);
        frame.begin = frame.at = parent.at;
        parent.at = start + length;
        frame.end = parent.at - 1;
    } else if (kind == '{') {
        return fail("a dict entry outside of an array");
    }
    frames_.push_back(frame);
    align(8);
    return *this;
}

Writer& Writer::open_variant(std::string_view type) {
    if (!is_single_complete_type(type)) return fail("invalid type of a variant");
    if (!consume("v") || !push_checked('v', type)) return *this;
    append(static_cast<uint8_t>(type.size()));
    body_.append(type);
    body_.push_back('\0');
    return *this;
}

Writer& Writer::close(char kind) {
    if (!failure_.empty()) return *this;
    Frame frame = frames_.back();
    if (frame.kind != kind) return fail("another container is to be closed first");
    bool whole_array = kind == 'a' && frame.at == frame.begin;
    if (!frame.open_signature && frame.at != frame.end && !whole_array) {
        return fail("a container is closed before its last value");
    }
    if (frame.open_signature) {
        if (signature_.ends_with('(')) return fail("an empty struct");
        signature_.push_back(')');
    }
    if (kind == 'a') {
        size_t length = body_.size() - frame.data_at;
        if (length > longest_array) return fail("an array is too long");
        auto bytes = to_bytes(static_cast<uint32_t>(length), swapped_);
        body_.replace(frame.length_at, bytes.size(), bytes.data(), bytes.size());
    }
    expected_.resize(frame.expected_size);
    frames_.pop_back();
    return *this;
}

Result<void> Writer::status() const {
    if (!failure_.empty()) return Error{EINVAL, failure_, {}};
    if (frames_.size() > 1) return Error{EINVAL, "cannot write message body: open container", {}};
    if (!is_valid_signature(signature_)) {
        return Error{EINVAL, "cannot write message body: its signature is too long", {}};
    }
    return {};
}

Result<void> Writer::finish(Message& message) {
    auto good = status();
    if (!good) return good;
    message.order = order_;
    message.body = std::exchange(body_, {});
    message.signature = std::exchange(signature_, {});
    return {};
}

} // namespace sctl
