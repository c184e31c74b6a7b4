// Lines on their way to descriptor 2, in memory that outlives the process which writes them: a
// memfd that the manager keeps, so that the next capture process goes on where one was killed. At
// most the piece that was just being written is written twice.
//
// The memory is a ring that is mapped twice, one after the other, so that what it holds is always
// in one piece. Its pages are given back when it is empty after much.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sctl {

class Backlog {
  public:
    static constexpr size_t capacity = 4 << 20;

    // A memfd for the constructor.
    [[nodiscard]] static Result<UniqueFd> make_memory();

    // Takes up what a former process has left in `memory`. Where that is none of ours (-1) it makes
    // its own; where none can be had nothing fits in.
    explicit Backlog(int memory = -1);
    ~Backlog();
    Backlog(const Backlog&) = delete;
    Backlog& operator=(const Backlog&) = delete;

    // All of it, or false where there is no room.
    [[nodiscard]] bool append(std::string_view text) noexcept;
    [[nodiscard]] std::string_view text() const noexcept;
    void remove_front(size_t count) noexcept;
    [[nodiscard]] size_t size() const noexcept { return text().size(); }

    // How many lines the process has taken from those who wrote them, and not passed on yet: what a
    // former one has lost is said by the next.
    [[nodiscard]] uint64_t lines_in_hand() const noexcept;
    void set_lines_in_hand(uint64_t count) noexcept;

  private:
    struct Head; // at the start of the memory
    bool map(int memory) noexcept;
    void give_back() noexcept;

    UniqueFd own_memory_;
    int memory_ = -1;
    Head* head_ = nullptr;
    char* ring_ = nullptr;
    size_t most_ = 0; // that it has held since it was given back
};

} // namespace sctl
