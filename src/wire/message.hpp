// D-Bus messages as values, and their form on the wire (D-Bus specification, "Message Protocol").
//
//   Message call = method_call(path, interface, "GetUnit");
//   Writer args;                       Reader in(reply);
//   args.string("a.service");          auto unit = in.object_path();
//   args.finish(call);                 if (!unit) return unit.error();
//   encode(call) -> bytes              decode(bytes) -> message, or "needs more"
//
// What a peer sends is checked in two steps: decode() checks the header, its fields and the syntax
// of the signature; Reader checks each value of the body as it is read. Both accept either byte
// order. We write in the machine's own. No descriptors are carried: `unix_fds` says how many a peer
// announced, the kernel drops them as we read without asking for them.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "wire/bus_names.hpp"

namespace sctl {

inline constexpr size_t longest_array = size_t{64} << 20;
inline constexpr size_t longest_message = size_t{128} << 20;
inline constexpr size_t deepest_container = 64; // 32 arrays and 32 structures in each other

enum class ByteOrder : char { Little = 'l', Big = 'B' };
inline constexpr ByteOrder native_order =
    std::endian::native == std::endian::little ? ByteOrder::Little : ByteOrder::Big;

// Other values are legal on the wire and to be ignored by who receives them.
enum class MessageType : uint8_t { MethodCall = 1, MethodReturn = 2, Error = 3, Signal = 4 };

inline constexpr uint8_t flag_no_reply_expected = 1;
inline constexpr uint8_t flag_no_auto_start = 2;
inline constexpr uint8_t flag_allow_interactive_authorization = 4;

struct Message {
    MessageType type = MessageType::MethodCall;
    uint8_t flags = 0;
    ByteOrder order = native_order; // of `body`
    uint32_t serial = 0;            // never 0 on the wire; a connection sets it
    uint32_t reply_serial = 0;      // 0: none
    uint32_t unix_fds = 0;
    std::string path, interface, member, error_name, destination, sender; // empty: none
    std::string signature;
    std::string body;

    [[nodiscard]] bool wants_reply() const noexcept {
        return type == MessageType::MethodCall && !(flags & flag_no_reply_expected);
    }
    [[nodiscard]] bool is_call(std::string_view interface_name, std::string_view name) const {
        return type == MessageType::MethodCall && interface == interface_name && member == name;
    }
    [[nodiscard]] bool is_signal(std::string_view interface_name, std::string_view name) const {
        return type == MessageType::Signal && interface == interface_name && member == name;
    }
};

[[nodiscard]] Message method_call(std::string_view path, std::string_view interface,
                                  std::string_view member);
[[nodiscard]] Message signal_message(std::string_view path, std::string_view interface,
                                     std::string_view member);
// The answers to `call`, to its sender, still without body.
[[nodiscard]] Message method_return(const Message& call);
// `text` becomes the one string of the body; a byte that is not UTF-8 becomes `?`.
[[nodiscard]] Message error_reply(const Message& call, std::string_view name,
                                  std::string_view text);
// An error reply as an Error: its D-Bus name, and its text (or its name where it brings none).
[[nodiscard]] Error error_of(const Message& reply);

// Marshals values into a body while it notes their signature. A struct's members and the top level
// may be anything; inside arrays and variants each value must be what was announced. A mistake (a
// wrong type, text that is not UTF-8, an array over 64 MiB) makes the writer fail for good:
// finish() says so, the calls before it need no check.
class Writer {
  public:
    explicit Writer(ByteOrder order = native_order);

    Writer& byte(uint8_t value);
    Writer& boolean(bool value);
    Writer& int16(int16_t value);
    Writer& uint16(uint16_t value);
    Writer& int32(int32_t value);
    Writer& uint32(uint32_t value);
    Writer& int64(int64_t value);
    Writer& uint64(uint64_t value);
    Writer& float64(double value); // D-Bus's `d`
    Writer& string(std::string_view value);
    Writer& object_path(std::string_view value);
    Writer& signature(std::string_view value);

    // `element` is one complete type, or a dict entry: "s", "(ss)", "{sv}".
    Writer& open_array(std::string_view element);
    Writer& close_array() { return close('a'); }
    Writer& open_struct() { return open_sequence('('); }
    Writer& close_struct() { return close('('); }
    Writer& open_dict_entry() { return open_sequence('{'); }
    Writer& close_dict_entry() { return close('{'); }
    Writer& open_variant(std::string_view type);
    Writer& close_variant() { return close('v'); }

    // The whole of an `as`; any range of what converts to std::string_view.
    template <class Range>
    Writer& strings(const Range& values) {
        open_array("s");
        for (const auto& value : values) string(value);
        return close_array();
    }

    // What has been written so far; complete once every container is closed.
    [[nodiscard]] const std::string& body() const noexcept { return body_; }
    [[nodiscard]] const std::string& signature() const noexcept { return signature_; }
    // The first mistake, or one for containers still open.
    [[nodiscard]] Result<void> status() const;
    // Moves body and signature into `message`; the writer is empty then. Untouched on failure.
    Result<void> finish(Message& message);

  private:
    struct Frame {
        char kind;             // 'a', '(', '{', 'v', or 0 for the top level
        bool open_signature;   // its members are noted in signature_, not compared with expected_
        size_t begin, at, end; // of its member types in expected_
        size_t expected_size;  // of expected_ before it was opened
        size_t length_at, data_at; // of an array's length and first element in body_
    };

    bool consume(std::string_view types);
    Writer& open_sequence(char kind);
    Writer& close(char kind);
    bool push_checked(char kind, std::string_view types);
    Writer& text(char type, std::string_view value);
    void align(size_t boundary) { body_.append(-body_.size() & (boundary - 1), '\0'); }
    template <class T>
    Writer& fixed(char type, T value);
    template <class T>
    void append(T value);
    Writer& fail(std::string_view why);

    bool swapped_;
    ByteOrder order_;
    std::string body_, signature_, expected_, failure_;
    std::vector<Frame> frames_;
};

// Reads the values of a body one after the other and checks each: bounds, alignment, zero padding,
// UTF-8, the syntax of paths and signatures, nesting. The first failure lasts: all that follows
// fails with the same Error, named InvalidArgs where the value is of another type than asked for,
// and InconsistentMessage where the message is malformed. Text is a view into the body.
class Reader {
  public:
    explicit Reader(const Message& message)
        : Reader(message.body, message.signature, message.order) {}
    explicit Reader(Message&&) = delete; // its body would be gone
    // `signature` must be valid. Both are views: they must outlive the reader.
    Reader(std::string_view body, std::string_view signature, ByteOrder order = native_order);

    Result<uint8_t> byte();
    Result<bool> boolean();
    Result<int16_t> int16();
    Result<uint16_t> uint16();
    Result<int32_t> int32();
    Result<uint32_t> uint32();
    Result<int64_t> int64();
    Result<uint64_t> uint64();
    Result<double> float64();
    Result<std::string_view> string();
    Result<std::string_view> object_path();
    Result<std::string_view> signature();
    // A string, an object path or a signature, whichever comes.
    Result<std::string_view> any_text();
    // A whole `as`.
    Result<std::vector<std::string>> strings();

    // Several values in one call, each by the type of its variable: bool, (u)int16_t to (u)int64_t,
    // uint8_t, double, std::string_view or std::string (these two as any_text()).
    template <class... Values>
    Result<void> read(Values&... values) {
        (void)(take(values) && ...);
        return status();
    }

    Result<void> enter_array();
    Result<void> enter_struct();
    Result<void> enter_dict_entry();
    // Gives the type of what is inside.
    Result<std::string_view> enter_variant();
    // Leaving skips what was not read, checking it.
    Result<void> exit_array() { return exit('a'); }
    Result<void> exit_struct() { return exit('('); }
    Result<void> exit_dict_entry() { return exit('{'); }
    Result<void> exit_variant() { return exit('v'); }

    // No value is left in the container entered last, or in the body; true after a failure, so that
    // a loop over an array ends.
    [[nodiscard]] bool at_end() const noexcept;
    // The complete type of the value that comes next; "" at the end.
    [[nodiscard]] std::string_view next_type() const;
    // Passes over one value of any type, checking it.
    Result<void> skip();
    // Passes over all that is left, and fails where bytes follow the last value.
    Result<void> finish();
    [[nodiscard]] Result<void> status() const;
    // How far in the body the next value begins, padding not counted.
    [[nodiscard]] size_t offset() const noexcept { return offset_; }

  private:
    struct Frame {
        char kind; // 'a', '(', '{', 'v', or 0 for the body
        std::string_view types;
        size_t at;  // the next type
        size_t end; // where its bytes must end
    };

    bool take(uint8_t& out) { return take_fixed('y', out); }
    bool take(bool& out);
    bool take(int16_t& out) { return take_fixed('n', out); }
    bool take(uint16_t& out) { return take_fixed('q', out); }
    bool take(int32_t& out) { return take_fixed('i', out); }
    bool take(uint32_t& out) { return take_fixed('u', out); }
    bool take(int64_t& out) { return take_fixed('x', out); }
    bool take(uint64_t& out) { return take_fixed('t', out); }
    bool take(double& out) { return take_fixed('d', out); }
    bool take(std::string_view& out);
    bool take(std::string& out);
    template <class T>
    bool take_fixed(char type, T& out);
    template <class T>
    Result<T> result();
    Result<std::string_view> text(char type);
    bool take_text(char type, std::string_view& out);
    bool take_array();
    bool take_sequence(char kind);
    bool take_variant();
    bool expect(char type);
    bool align(size_t boundary);
    template <class T>
    bool raw(T& out);
    bool raw_text(char type, std::string_view& out);
    void advance(size_t types);
    bool push(char kind, std::string_view types, size_t end);
    bool skip_one();
    bool leave(char kind);
    Result<void> exit(char kind);
    bool malformed(std::string_view what);
    bool mistaken(std::string_view what);

    std::string_view body_;
    size_t offset_ = 0;
    bool swapped_;
    std::vector<Frame> frames_;
    std::optional<Error> failure_;
};

// The bytes of `message`. Fails where a name or the signature is not valid, or a field that its
// type requires is missing (Error.code is EINVAL).
[[nodiscard]] Result<std::string> encode(const Message& message);

struct Decoded {
    std::optional<Message> message; // none: the buffer holds only the beginning of one
    size_t size = 0; // the bytes used; where there is no message, how many it takes at least
};

// The message at the beginning of `buffer`. An error (EBADMSG; EMSGSIZE for one longer than
// `limit`) means that the stream cannot be followed any further. The body is not looked at: see
// Reader.
[[nodiscard]] Result<Decoded> decode(std::string_view buffer, size_t limit = longest_message);

} // namespace sctl
