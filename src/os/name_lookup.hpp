// Users and groups that are in no file but that the machine knows all the same, from LDAP, sssd or
// another module of nsswitch.conf: asked of getent(1) children, as a static program must not call
// NSS itself. Asking never waits; what was answered is kept, and asked again for a later start.
//
//   ask(names) ──► nothing is new: go on        ──► user(), group(), groups()
//              └─► getent runs; `answered` is called once all that was asked has its answer
//
// A getent that has not answered within the time limit is killed, and the name counts as unknown.
#pragma once

#include <sys/types.h>

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/unique_fd.hpp"
#include "os/event_loop.hpp"
#include "os/users.hpp"

namespace sctl {

class NameLookup {
  public:
    // `started` is called for each child, which its caller reaps.
    NameLookup(EventLoop& loop, std::function<void(pid_t)> started);
    NameLookup(const NameLookup&) = delete;
    NameLookup& operator=(const NameLookup&) = delete;

    struct Names {
        std::vector<std::string> users, groups; // by name or number
        std::vector<std::string> members{};     // users of the files: only for their groups
    };
    // True where each has been answered a moment ago, as known or unknown. False: it is being
    // asked, and `answered` is called from the loop when that may have changed; then ask again.
    bool ask(const Names& names, const std::function<void()>& answered);

    // The last answers; nothing where there is no such name, or it was not asked for.
    [[nodiscard]] std::optional<User> user(std::string_view name) const;
    [[nodiscard]] std::optional<Group> group(std::string_view name) const;
    // All groups that the user is in.
    [[nodiscard]] std::vector<gid_t> groups(std::string_view user) const;

    // Instead of getent: for tests.
    void set_program(std::vector<std::string> program) { program_ = std::move(program); }

  private:
    // A database of getent, and a name in it.
    using Question = std::pair<std::string, std::string>;
    struct Answer {
        std::string text; // empty: not known
        Span at{};        // by the monotonic clock
    };
    struct Asking {
        UniqueFd output, process; // the end of its pipe that we read; a pidfd
        Watch watch;
        OwnedTimer limit;
        std::string text;
    };

    [[nodiscard]] bool is_fresh(const Question& question) const;
    [[nodiscard]] std::string_view answer_to(std::string_view database,
                                             std::string_view name) const;
    void want(Question question);
    void start_some();
    bool start(const Question& question);
    void read_output(const Question& question);
    void finish(const Question& question);

    EventLoop& loop_;
    std::function<void(pid_t)> started_;
    std::vector<std::string> program_ = {"/usr/bin/getent", "/bin/getent"};
    std::map<Question, Answer> answers_;
    std::map<Question, Asking> asking_;
    std::deque<Question> waiting_;
    std::vector<std::function<void()>> answered_;
};

} // namespace sctl
