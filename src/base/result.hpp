// What can fail in the ordinary course returns a Result: a value, or an Error that says what failed
// in words for a person. Its spelling follows std::expected (C++23), so that it can be swapped in
// later. Nothing here throws; reading the value of a failed Result is a programming error.
#pragma once

#include <cassert>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace sctl {

struct Error {
    int code = 0;     // an errno value, or 0 where no system call is to blame
    std::string text; // a sentence without a full stop, naming unit, file:line or call
    std::string name; // a D-Bus error name where one decides the client's exit code, else empty

    // The same error with what was being done put in front: "loading a.service: No such file".
    [[nodiscard]] Error during(std::string_view what) const {
        return Error{code, std::string(what) + ": " + text, name};
    }
};

// An Error for errno value `code`, worded "WHAT: strerror(code)".
[[nodiscard]] Error errno_error(std::string_view what, int code);
// The same for the current errno.
[[nodiscard]] Error errno_error(std::string_view what);

template <class T>
class [[nodiscard]] Result {
  public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    T& value() & { return *std::get_if<0>(&state_); }
    const T& value() const& { return *std::get_if<0>(&state_); }
    T&& value() && { return std::move(*std::get_if<0>(&state_)); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return std::get_if<0>(&state_); }
    const T* operator->() const { return std::get_if<0>(&state_); }
    T value_or(T fallback) const& { return has_value() ? value() : std::move(fallback); }

    [[nodiscard]] const Error& error() const& { return *std::get_if<1>(&state_); }
    [[nodiscard]] Error&& error() && { return std::move(*std::get_if<1>(&state_)); }

  private:
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    Result(Error error) : error_(std::move(error)), failed_(true) {}

    [[nodiscard]] bool has_value() const noexcept { return !failed_; }
    explicit operator bool() const noexcept { return !failed_; }
    [[nodiscard]] const Error& error() const& {
        assert(failed_);
        return error_;
    }

  private:
    Error error_;
    bool failed_ = false;
};

// Lets an Error go: where all that could be done has been tried, as a signal to a process that may
// have ended, or where it is found again later. What is no such case says why beside the call.
template <class T>
void ignore_error(const Result<T>&) noexcept {}

} // namespace sctl
