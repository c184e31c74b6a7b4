// All properties of an object (the reply to GetAll) to be looked up by name. Where one is missing
// or of another type than expected the answer is the caller's fallback: managers differ in what
// they offer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "wire/message.hpp"

namespace sctl {

class Properties {
  public:
    explicit Properties(Message reply);
    Properties(const Properties&) = delete; // readers hold views of the reply
    Properties& operator=(const Properties&) = delete;

    [[nodiscard]] bool has(std::string_view name) const { return values_.contains(name); }
    [[nodiscard]] std::string text(std::string_view name) const;
    [[nodiscard]] bool boolean(std::string_view name, bool fallback = false) const;
    // Of any integer type; of a struct that begins with one (Job, a (uo)) that one.
    [[nodiscard]] uint64_t number(std::string_view name, uint64_t fallback) const;
    [[nodiscard]] std::vector<std::string> texts(std::string_view name) const;
    // The value itself, where it is of this type.
    [[nodiscard]] std::optional<Reader> value(std::string_view name, std::string_view type) const;
    // Names in the order of the reply.
    [[nodiscard]] const std::vector<std::string_view>& names() const noexcept { return names_; }
    // Whether the reply could be read to its end.
    [[nodiscard]] const Result<void>& status() const noexcept { return status_; }

  private:
    Message reply_;
    std::unordered_map<std::string_view, Reader> values_; // each before its value
    std::vector<std::string_view> names_;
    Result<void> status_;
};

} // namespace sctl
