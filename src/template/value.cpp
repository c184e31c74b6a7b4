#include "template/value.hpp"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <new>

#include "base/text.hpp"
#include "template/containers.hpp"
#include "template/integer.hpp"
#include "template/print.hpp"
#include "template/sorting.hpp"
#include "template/unicode.hpp"

namespace sctl::jinja {
namespace {

constexpr uintptr_t most_stack = uintptr_t{3} << 20;
constexpr uint64_t checked_each = uint64_t{1} << 24;
constexpr size_t chunk_size = 1 << 16;

// The memory of Objects. All that was got is in one chain, which leak checkers can follow.
struct alignas(16) Chunk {
    Chunk* before;
};

struct Arena {
    Chunk* last;
    char* next;
    size_t left;
};

constinit Arena arena = {};
constinit uint64_t charged = 0;
// With a sanitizer each piece has bounds of its own.
#ifdef __SANITIZE_ADDRESS__
constexpr bool keeps_apart = true;
#elif defined(__has_feature)
constexpr bool keeps_apart = __has_feature(address_sanitizer);
#else
constexpr bool keeps_apart = false;
#endif
constinit int64_t began = 0;
constinit uint64_t in_use_before = 0;

int64_t processor_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec;
}

uint64_t memory_in_use() {
    char text[64] = {};
    int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t got = read(file, text, sizeof text - 1);
    close(file);
    const char* space = got > 0 ? strchr(text, ' ') : nullptr;
    return space ? strtoull(space, nullptr, 10) * 4096 : 0;
}

bool equal_items(const Values& a, const Values& b) {
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.size() && i < b.size(); i++)
        if (!identical(a[i], b[i]) && !equal(a[i], b[i])) return false;
    return true;
}

bool equal_dicts(Dict& a, Dict& b) {
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.places(); i++) {
        if (a.key(i).is_missing()) continue;
        Value* other = b.get(a.key(i));
        if (!other) return false;
        Value mine = a.value(i), its = *other;
        if (!identical(mine, its) && !equal(mine, its)) return false;
    }
    return true;
}

bool equal_sets(const Set& a, const Set& b) {
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.places(); i++)
        if (!a.key(i).is_missing() && b.find(a.key(i)) == Set::none) return false;
    return true;
}

bool is_group(const Value& value) {
    return dynamic_cast<Group*>(&value.object()) != nullptr;
}

bool equal_numbers(const Value& a, const Value& b) {
    if (a.is(Kind::Float) && b.is(Kind::Float)) return a.real() == b.real();
    if (!a.is(Kind::Float) && !b.is(Kind::Float)) return compare_integers(a, b) == 0;
    double real = a.is(Kind::Float) ? a.real() : b.real();
    if (!std::isfinite(real) || real != std::trunc(real)) return false;
    return compare_integers(a.is(Kind::Float) ? b : a, from_double(real)) == 0;
}

} // namespace

constinit Bounds bounds;

void MessagePart::append_to(String& out) const {
    if (text_)
        out.append(text_, static_cast<size_t>(size_));
    else
        out += std::to_string(size_);
}

String join_parts(Message parts) {
    String out;
    for (const MessagePart& part : parts) part.append_to(out);
    return out;
}

void raise(std::string_view type, Message message) {
    throw PythonError{String(type), join_parts(message)};
}

void raise(std::string_view type, std::string_view message) {
    raise(type, {MessagePart(message)});
}

void type_error(Message message) {
    raise("TypeError", message);
}

void type_error(std::string_view message) {
    type_error({MessagePart(message)});
}

void value_error(Message message) {
    raise("ValueError", message);
}

void value_error(std::string_view message) {
    value_error({MessagePart(message)});
}

void* Object::operator new(size_t size) {
    return keep_bytes(size);
}

void* keep_bytes(size_t size) {
    if (!keeps_apart) size = (size + 15) & ~size_t{15};
    if (size > arena.left || keeps_apart) {
        size_t chunk = size + sizeof(Chunk);
        if (!keeps_apart) chunk = std::max(chunk, chunk_size);
        auto* made = static_cast<Chunk*>(malloc(chunk));
        if (!made) throw std::bad_alloc();
        made->before = arena.last;
        arena.last = made;
        arena.next = reinterpret_cast<char*>(made) + sizeof(Chunk);
        arena.left = chunk - sizeof(Chunk);
    }
    arena.left -= size;
    return std::exchange(arena.next, arena.next + size);
}

void give_back_all() noexcept {
    while (Chunk* chunk = arena.last) {
        arena.last = chunk->before;
        free(chunk);
    }
    arena = {};
}

void start_clock() {
    began = processor_seconds();
    in_use_before = memory_in_use();
}

void charge(uint64_t bytes) {
    charged += bytes;
    if (charged < checked_each) return;
    if (bytes > bounds.memory_at_once || memory_in_use() + bytes > in_use_before + bounds.memory)
        raise("MemoryError", "the template uses too much memory");
    if (processor_seconds() - began > bounds.seconds)
        raise("TimeoutError", "the template runs for too long");
    charged = 0;
}

Depth::Depth(std::string_view where) {
    auto here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
    if (depth_++ == 0) bottom_ = here;
    if (bottom_ - here < most_stack || here > bottom_) return;
    --depth_;
    raise("RecursionError", {"maximum recursion depth exceeded", where});
}

void Object::repr(String& out) const {
    char address[32];
    snprintf(address, sizeof address, "%p", static_cast<const void*>(this));
    out += joined("<", qualified_type_name(), " object at ", address, ">");
}

Value Object::attribute(std::string_view) {
    return Value::missing();
}

Value Object::item(const Value&) {
    return Value::missing();
}

Value Object::call(Runtime&, Arguments&) {
    type_error({"'", type_name(), "' object is not callable"});
}

uint64_t Object::hash() const {
    return reinterpret_cast<uintptr_t>(this) >> 4;
}

Value Object::arithmetic(char, const Value&, bool) {
    return Value::missing();
}

Str& Value::str() const {
    return static_cast<Str&>(*held_.object);
}

const String& Value::text() const {
    if (kind_ == Kind::Bytes) return static_cast<Bytes&>(*held_.object).text;
    return str().text;
}

Values& Value::items() const {
    return static_cast<List&>(*held_.object).items;
}

Dict& Value::dict() const {
    return static_cast<Dict&>(*held_.object);
}

Set& Value::set() const {
    return static_cast<Set&>(*held_.object);
}

Str::Str(String string, bool is_markup) : text(std::move(string)), markup(is_markup) {
    charge(text.size() + sizeof(Str));
}

int64_t Str::length() {
    if (length_ < 0) length_ = static_cast<int64_t>(count_code_points(text));
    return length_;
}

Value str(String text) {
    return Value(Kind::Str, new Str(std::move(text)));
}

Value str(std::string_view text) {
    return str(String(text));
}

Value str(const char* text) {
    return str(String(text));
}

Value markup(String text) {
    return Value(Kind::Str, new Str(std::move(text), true));
}

Value bytes(String bytes) {
    return Value(Kind::Bytes, new Bytes(std::move(bytes)));
}

Value list(Values items) {
    charge(items.size() * sizeof(Value) + sizeof(List));
    return Value(Kind::List, new List(std::move(items)));
}

Value tuple(Values items) {
    charge(items.size() * sizeof(Value) + sizeof(List));
    return Value(Kind::Tuple, new List(std::move(items)));
}

Value dict() {
    charge(sizeof(Dict));
    return Value(Kind::Dict, new Dict);
}

Value set() {
    charge(sizeof(Set));
    return Value(Kind::Set, new Set);
}

std::string_view type_name(const Value& value) {
    switch (value.kind()) {
        case Kind::Missing: return "MissingType";
        case Kind::None: return "NoneType";
        case Kind::Bool: return "bool";
        case Kind::Int:
        case Kind::BigInt: return "int";
        case Kind::Float: return "float";
        case Kind::Str: return value.str().markup ? "Markup" : "str";
        case Kind::Bytes: return "bytes";
        case Kind::List: return "list";
        case Kind::Tuple: return is_group(value) ? "_GroupTuple" : "tuple";
        case Kind::Dict: return "dict";
        case Kind::Set: return "set";
        case Kind::Undefined: return is_lenient(value) ? "Undefined" : "StrictUndefined";
        case Kind::Other: return value.object().type_name();
    }
    return {};
}

bool truth(const Value& value) {
    switch (value.kind()) {
        case Kind::Missing:
        case Kind::None: return false;
        case Kind::Bool:
        case Kind::Int: return value.integer() != 0;
        case Kind::Float: return value.real() != 0;
        case Kind::BigInt: return true;
        case Kind::Str:
        case Kind::Bytes: return !value.text().empty();
        case Kind::List:
        case Kind::Tuple: return !value.items().empty();
        case Kind::Dict: return value.dict().size() != 0;
        case Kind::Set: return value.set().size() != 0;
        case Kind::Undefined:
            if (is_lenient(value)) return false;
            fail_undefined(value);
        case Kind::Other: return value.object().truth();
    }
    return false;
}

bool identical(const Value& a, const Value& b) {
    if (a.kind() != b.kind()) return false;
    if (a.is(Kind::BigInt)) return compare_integers(a, b) == 0;
    // Python has one object for constants that are equal.
    if (a.is_str()) return a.text() == b.text() && a.str().markup == b.str().markup;
    if (a.is_object())
        return &a.object() == &b.object() ||
               (a.is(Kind::Tuple) && a.items().empty() && b.items().empty());
    if (a.is(Kind::Float)) {
        double x = a.real(), y = b.real();
        return memcmp(&x, &y, sizeof x) == 0;
    }
    return a.is_none() || a.is_missing() || a.integer() == b.integer();
}

bool equal(const Value& a, const Value& b) {
    if (a.is_undefined() && !is_lenient(a)) fail_undefined(a);
    if (b.is_undefined() && !is_lenient(b)) fail_undefined(b);
    if (a.is_undefined() || b.is_undefined()) return a.kind() == b.kind();
    if (a.is_number() && b.is_number()) return equal_numbers(a, b);
    if (a.kind() != b.kind()) return false;
    switch (a.kind()) {
        case Kind::None:
        case Kind::Missing: return true;
        case Kind::Str:
        case Kind::Bytes: return a.text() == b.text();
        case Kind::List:
        case Kind::Tuple: {
            Depth depth(" in comparison");
            return equal_items(a.items(), b.items());
        }
        case Kind::Dict: {
            Depth depth(" in comparison");
            return equal_dicts(a.dict(), b.dict());
        }
        case Kind::Set: return equal_sets(a.set(), b.set());
        default: return a.object().equals(b.object());
    }
}

String Undefined::message() const {
    if (!hint.empty()) return hint;
    if (owner.is_missing()) return joined(to_repr(name), " is undefined");
    String type = object_type_repr(owner);
    if (!name.is_str()) return joined(type, " has no element ", to_repr(name));
    return joined(str_repr(type), " has no attribute ", to_repr(name));
}

void Undefined::fail() const {
    raise("UndefinedError", message());
}

void fail_undefined(const Value& undefined) {
    static_cast<Undefined&>(undefined.object()).fail();
}

Value undefined_name(std::string_view name) {
    auto* made = new Undefined;
    Value value(Kind::Undefined, made);
    made->name = str(String(name));
    return value;
}

Value undefined_item(const Value& owner, const Value& name) {
    auto* made = new Undefined;
    Value value(Kind::Undefined, made);
    made->owner = owner;
    made->name = name;
    return value;
}

bool is_lenient(const Value& undefined) {
    return static_cast<Undefined&>(undefined.object()).lenient;
}

Value undefined_hint(String hint, bool lenient) {
    auto* made = new Undefined;
    Value value(Kind::Undefined, made);
    made->hint = std::move(hint);
    made->lenient = lenient;
    return value;
}

String object_type_repr(const Value& value) {
    if (value.is_none()) return "None";
    if (value.is(Kind::Other)) return joined(value.object().qualified_type_name(), " object");
    if (value.is_undefined()) return joined("jinja2.runtime.", type_name(value), " object");
    if (value.is_str() && value.str().markup) return "markupsafe.Markup object";
    if (value.is(Kind::Tuple) && is_group(value)) return "jinja2.filters._GroupTuple object";
    return joined(type_name(value), " object");
}

} // namespace sctl::jinja
