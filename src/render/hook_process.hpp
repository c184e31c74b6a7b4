// A hook's process: an executable, or the python3 that all modules share. It gets text, answers
// text, and what it writes on its standard error becomes our lines with its name before them. It
// leads a process group, which ends with us where a signal ends us, and where it takes too long.
// Who is told to end has some time to do it; then it is killed.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sctl {

class HookProcess {
  public:
    enum class Answers : unsigned char {
        Output,      // its standard output, until it ends
        Descriptor3, // lines on a descriptor of their own; the standard output is ours
    };

    HookProcess() = default;
    HookProcess(const HookProcess&) = delete;
    HookProcess& operator=(const HookProcess&) = delete;
    ~HookProcess();

    // `words`: its path or a name in $PATH, and its arguments.
    [[nodiscard]] Result<void> start(const std::vector<std::string>& words, Answers answers);
    [[nodiscard]] bool is_running() const noexcept { return pid_ != 0; }

    // Hands `input` over and waits for its answer: a line, or all until its end. Error: ETIMEDOUT,
    // EMSGSIZE for too long an answer, EPIPE where it has ended without a line.
    [[nodiscard]] Result<std::string> ask(std::string_view input, const std::string& name,
                                          Span at_most);
    // Of one that has ended: 128+n for a signal.
    [[nodiscard]] int status() const noexcept { return status_; }

  private:
    void take_lines(const std::string& name, bool is_last);
    void give(std::string_view& input);
    void end(int signal) noexcept;
    void wait_until_it_ends() noexcept;
    [[nodiscard]] bool has_answer() const;
    [[nodiscard]] bool has_ended() noexcept;

    Answers answers_ = Answers::Output;
    pid_t pid_ = 0;
    int status_ = 0;
    UniqueFd input_, output_, errors_, process_;
    std::string answer_, lines_;
};

} // namespace sctl
