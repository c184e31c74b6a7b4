// A large value that most owners leave at its default: until it is written to, it costs a pointer.
#pragma once

#include <memory>

namespace sctl {

template <class T>
class Sparse {
  public:
    Sparse() = default;
    Sparse(const Sparse& other) : own_(other.own_ ? std::make_unique<T>(*other.own_) : nullptr) {}
    Sparse(Sparse&&) noexcept = default;
    Sparse& operator=(Sparse other) noexcept {
        own_ = std::move(other.own_);
        return *this;
    }
    ~Sparse() = default;

    [[nodiscard]] const T& operator*() const noexcept { return own_ ? *own_ : initial; }
    [[nodiscard]] const T* operator->() const noexcept { return &**this; }
    // For writing.
    [[nodiscard]] T& edit() {
        if (!own_) own_ = std::make_unique<T>();
        return *own_;
    }
    // After writing: a value that is as at first need not be kept.
    void settle() noexcept {
        if (own_ && *own_ == initial) own_.reset();
    }

  private:
    static const inline T initial{};
    std::unique_ptr<T> own_;
};

} // namespace sctl
