// Values of the template language: Python's None, bool, int, float, str, bytes, list, tuple, dict,
// set, date and so on, with Python's rules of equality, hashing and truth.
//
// A Value is 16 bytes and copied freely. None, bool, int of 64 bits and float are held inside; all
// else is an Object, which is shared, so that a list or dict that is changed through one Value is
// seen changed through all others, as in Python. Objects are never given back, and nothing counts
// who holds them: the program that renders ends soon, and code without such counts is much smaller.
//
// Making values: Value(), Value(true), Value(int64_t), Value(1.5), str("text"), bytes("raw"),
// list({..}), tuple({..}), dict(), set(), parse_int() of integer.hpp, and those of date.hpp. A
// string is UTF-8; whoever makes one has checked that. Errors of Python's kinds are thrown as
// PythonError. Nothing here is used by PID 1, so memory that runs out may throw, too.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "template/python_error.hpp"

namespace sctl::jinja {

class Value;
class Runtime;
struct Arguments;
struct Iterator;

// Missing is no value of Python's: "there is none here", where a function may find nothing.
enum class Kind : uint8_t {
    Missing,
    None,
    Bool,
    Int,
    Float,
    // The kinds from here on are Objects.
    BigInt,
    Str,
    Bytes,
    List,
    Tuple,
    Dict,
    Set,
    Undefined,
    Other
};

// What lives on the heap. The virtual functions are asked for Kind::Other alone; the other kinds
// have functions of their own below.
struct Object {
    Object() = default;
    Object(const Object&) = delete;
    Object& operator=(const Object&) = delete;
    // From memory that is kept to the end of the program.
    static void* operator new(size_t size);
    static void operator delete(void*, size_t) noexcept {}

    // Python's name of the type, as messages have it.
    [[nodiscard]] virtual std::string_view type_name() const { return "object"; }
    // As object_type_repr of Jinja2 says it: "jinja2.runtime.Macro object".
    [[nodiscard]] virtual std::string_view qualified_type_name() const { return type_name(); }
    virtual void repr(String& out) const;
    virtual void to_str(String& out) const { repr(out); }
    [[nodiscard]] virtual bool truth() const { return true; }
    // Missing where there is none.
    virtual Value attribute(std::string_view name);
    // Missing where the object has no items at all; KeyError and the like where it has.
    virtual Value item(const Value& key);
    [[nodiscard]] virtual bool is_callable() const { return false; }
    virtual Value call(Runtime& runtime, Arguments& arguments);
    // -1 where the object has no length.
    virtual int64_t length() { return -1; }
    // Null where the object cannot be iterated.
    virtual Iterator* iterate() { return nullptr; }
    // 1, 0, or -1 where `in` is to look through the items.
    virtual int contains(const Value&) { return -1; }
    [[nodiscard]] virtual bool equals(const Object& other) const { return this == &other; }
    [[nodiscard]] virtual uint64_t hash() const;
    // Below zero, zero, above zero; `unordered` where the two cannot be compared.
    static constexpr int unordered = 2;
    [[nodiscard]] virtual int compare(const Object&) const { return unordered; }
    // `operation` is '+', '-', ...: Missing where it is not defined for these two.
    virtual Value arithmetic(char operation, const Value& other, bool reflected);

  protected:
    ~Object() = default;
};

// A pointer to one sort of Object, or null.
template <class T>
class Ref {
  public:
    Ref() = default;
    Ref(T* object) : object_(object) {}
    T* get() const { return object_; }
    T* operator->() const { return object_; }
    T& operator*() const { return *object_; }
    explicit operator bool() const { return object_ != nullptr; }

  private:
    T* object_ = nullptr;
};

struct Str;
struct Bytes;
struct List;
struct Dict;
struct Set;
using Values = Vector<Value>;

class Value {
  public:
    Value() : kind_(Kind::None) { held_.integer = 0; }
    explicit Value(bool truth) : kind_(Kind::Bool) { held_.integer = truth; }
    explicit Value(int64_t number) : kind_(Kind::Int) { held_.integer = number; }
    explicit Value(double number) : kind_(Kind::Float) { held_.real = number; }
    Value(Kind kind, Object* object) : kind_(kind) { held_.object = object; }
    explicit Value(Object* object) : Value(Kind::Other, object) {}
    static Value missing() {
        Value value;
        value.kind_ = Kind::Missing;
        return value;
    }

    [[nodiscard]] Kind kind() const { return kind_; }
    [[nodiscard]] bool is(Kind kind) const { return kind_ == kind; }
    [[nodiscard]] bool is_missing() const { return kind_ == Kind::Missing; }
    [[nodiscard]] bool is_none() const { return kind_ == Kind::None; }
    [[nodiscard]] bool is_undefined() const { return kind_ == Kind::Undefined; }
    [[nodiscard]] bool is_str() const { return kind_ == Kind::Str; }
    [[nodiscard]] bool is_object() const { return kind_ >= Kind::BigInt; }
    // bool, int of any size
    [[nodiscard]] bool is_integer() const {
        return kind_ == Kind::Bool || kind_ == Kind::Int || kind_ == Kind::BigInt;
    }
    [[nodiscard]] bool is_number() const { return is_integer() || kind_ == Kind::Float; }

    // Only for the kind that has it.
    [[nodiscard]] bool boolean() const { return held_.integer != 0; }
    [[nodiscard]] int64_t integer() const { return held_.integer; } // Bool, too
    [[nodiscard]] double real() const { return held_.real; }
    [[nodiscard]] Object& object() const { return *held_.object; }
    [[nodiscard]] Str& str() const;
    [[nodiscard]] const String& text() const; // of Str or Bytes
    [[nodiscard]] Values& items() const;      // of List or Tuple
    [[nodiscard]] Dict& dict() const;
    [[nodiscard]] Set& set() const;
    // Null where it is another sort of Object.
    template <class T>
    [[nodiscard]] T* as() const {
        return is_object() ? dynamic_cast<T*>(held_.object) : nullptr;
    }

  private:
    union {
        int64_t integer;
        double real;
        Object* object;
    } held_;
    Kind kind_;
};

// `markup` is markupsafe's subclass of str, which is not escaped again.
struct Str : Object {
    explicit Str(String text, bool is_markup = false);
    // In code points.
    [[nodiscard]] int64_t length() override;

    const String text;
    const bool markup;

  private:
    int64_t length_ = -1;
};

struct Bytes : Object {
    explicit Bytes(String bytes) : text(std::move(bytes)) {}
    const String text;
};

// A list or a tuple, which Value::kind() tells.
struct List : Object {
    List() = default;
    explicit List(Values values) : items(std::move(values)) {}
    Values items;
};

[[nodiscard]] Value str(String text);
[[nodiscard]] Value str(std::string_view text);
[[nodiscard]] Value str(const char* text);
[[nodiscard]] Value markup(String text);
[[nodiscard]] Value bytes(String bytes);
[[nodiscard]] Value list(Values items = {});
[[nodiscard]] Value tuple(Values items);
[[nodiscard]] Value dict();
[[nodiscard]] Value set();

// Python's rules. Those with an undefined value throw UndefinedError.
[[nodiscard]] std::string_view type_name(const Value& value);
// "int object", "jinja2.runtime.Macro object", as Jinja2's messages have it.
[[nodiscard]] String object_type_repr(const Value& value);
[[nodiscard]] bool truth(const Value& value);
// 1 == 1.0 == True, and the like.
[[nodiscard]] bool equal(const Value& a, const Value& b);
[[nodiscard]] bool identical(const Value& a, const Value& b);
// TypeError "unhashable type: 'list'" where Python has it so. Equal values have equal hashes.
[[nodiscard]] uint64_t hash(const Value& value);
[[nodiscard]] uint64_t hash(std::string_view text); // that of a str

// What undefined names and missing attributes give: any use of it but `is defined` and `default`
// throws its error, as StrictUndefined does.
struct Undefined : Object {
    [[nodiscard]] String message() const;
    [[noreturn]] void fail() const;

    String hint;                    // the message itself, where there is one
    Value owner = Value::missing(); // what has no such attribute or item
    Value name;
    // An `if` without `else` gives one that prints as nothing and is false, instead of failing.
    bool lenient = false;
};

[[nodiscard]] Value undefined_name(std::string_view name);
[[nodiscard]] Value undefined_item(const Value& owner, const Value& name);
[[nodiscard]] Value undefined_hint(String hint, bool lenient = false);
[[nodiscard]] bool is_lenient(const Value& undefined);
[[noreturn]] void fail_undefined(const Value& undefined);

// Bounds of what one rendering may use. So many bytes more are about to be used: MemoryError where
// that is more than all (looked up at the kernel's now and then) or far too much at once.
void charge(uint64_t bytes);

// Counts from here how much processor time and memory may be used; TimeoutError or MemoryError is
// thrown where it was more.
void start_clock();

// What a program may set before it renders.
struct Bounds {
    uint64_t memory = uint64_t{1} << 30;
    uint64_t memory_at_once = uint64_t{1} << 28;
    int seconds = 60;
};
extern Bounds bounds;

// Stands for a call that may call itself: RecursionError where the stack has grown too far.
class Depth {
  public:
    explicit Depth(std::string_view where = {});
    ~Depth() { --depth_; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;

  private:
    static constinit inline int depth_ = 0;
    static constinit inline uintptr_t bottom_ = 0;
};

} // namespace sctl::jinja
