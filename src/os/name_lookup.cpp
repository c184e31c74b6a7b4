#include "os/name_lookup.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "base/log.hpp"
#include "base/text.hpp"
#include "os/process.hpp"
#include "os/spawn.hpp"

namespace sctl {
namespace {

constexpr Span time_limit = 25s;
constexpr Span fresh_for = 5s;
constexpr size_t most_at_once = 8;
constexpr size_t longest_answer = 64 << 10;

// getent takes "+0" and " 7" for numbers; a user of such a name is in no database.
bool misleads_getent(std::string_view name) {
    auto digits = name.find_first_of("0123456789");
    bool is_number = digits != name.npos &&
                     name.find_first_not_of("0123456789", digits) == name.npos &&
                     name.find_first_not_of(" \t+-") == digits;
    return is_number && !parse_id(name);
}

std::string_view first_line(std::string_view text) {
    return text.substr(0, text.find('\n'));
}

} // namespace

NameLookup::NameLookup(EventLoop& loop, std::function<void(pid_t)> started)
    : loop_(loop), started_(std::move(started)) {}

bool NameLookup::ask(const Names& names, const std::function<void()>& answered) {
    std::vector<Question> questions;
    for (const auto& name : names.users) {
        questions.emplace_back("passwd", name);
        questions.emplace_back("initgroups", name);
    }
    for (const auto& name : names.members) questions.emplace_back("initgroups", name);
    for (const auto& name : names.groups) questions.emplace_back("group", name);
    std::erase_if(questions, [&](const Question& question) {
        return misleads_getent(question.second) || is_fresh(question);
    });
    if (questions.empty()) return true;
    for (auto& question : questions) want(std::move(question));
    answered_.push_back(answered);
    start_some();
    return false;
}

bool NameLookup::is_fresh(const Question& question) const {
    auto known = answers_.find(question);
    return known != answers_.end() && monotonic_now() - known->second.at < fresh_for;
}

void NameLookup::want(Question question) {
    bool known =
        asking_.contains(question) || std::ranges::find(waiting_, question) != waiting_.end();
    if (!known) waiting_.push_back(std::move(question));
}

void NameLookup::start_some() {
    while (!waiting_.empty() && asking_.size() < most_at_once) {
        Question question = std::move(waiting_.front());
        waiting_.pop_front();
        if (!start(question)) loop_.defer([this, question] { finish(question); });
    }
}

bool NameLookup::start(const Question& question) {
    Asking& asking = asking_[question];
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return false;
    asking.output.reset(ends[0]);
    UniqueFd write_end(ends[1]);
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0) return false;
    ExecPlan plan;
    plan.executables = program_;
    plan.arguments = {"getent", question.first, "--", question.second};
    plan.environment = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                        "LC_ALL=C"};
    plan.standard_output.kind = StdioPlan::Kind::Descriptor;
    plan.standard_output.fd = write_end.get();
    auto spawned = spawn(std::move(plan));
    if (!spawned) {
        log_warning("Cannot ask getent for ", question.second, ": ", spawned.error().text);
        return false;
    }
    started_(spawned->pid);
    if (auto process = open_pidfd(spawned->pid)) asking.process = std::move(*process);
    auto watch =
        loop_.watch(ends[0], EPOLLIN, [this, question](uint32_t) { read_output(question); });
    if (!watch) return false;
    asking.watch = std::move(*watch);
    asking.limit = loop_.arm(monotonic_now() + time_limit, [this, question] {
        log_warning("getent has not found ", question.second, " within ", time_limit / 1s, " s.");
        auto& late = asking_[question];
        late.text.clear();
        if (late.process) ignore_error(signal_pidfd(late.process.get(), SIGKILL));
        finish(question);
    });
    return true;
}

// Its output ends when it does.
void NameLookup::read_output(const Question& question) {
    Asking& asking = asking_[question];
    char buffer[4096];
    while (true) {
        ssize_t count = read(asking.output.get(), buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) return;
        if (count <= 0) return finish(question);
        auto room = longest_answer - std::min(longest_answer, asking.text.size());
        asking.text.append(buffer, std::min(static_cast<size_t>(count), room));
    }
}

void NameLookup::finish(const Question& asked) {
    Question question = asked; // it may lie in what goes now
    auto found = asking_.find(question);
    if (found == asking_.end()) return;
    Asking& asking = found->second;
    answers_[question] = {std::string(first_line(asking.text)), monotonic_now()};
    asking_.erase(found);
    start_some();
    if (!asking_.empty()) return;
    for (const auto& answered : std::exchange(answered_, {})) answered();
}

std::string_view NameLookup::answer_to(std::string_view database, std::string_view name) const {
    auto known = answers_.find({std::string(database), std::string(name)});
    return known == answers_.end() ? std::string_view() : std::string_view(known->second.text);
}

std::optional<User> NameLookup::user(std::string_view name) const {
    return parse_passwd_line(answer_to("passwd", name));
}

std::optional<Group> NameLookup::group(std::string_view name) const {
    return parse_group_line(answer_to("group", name));
}

// "name gid gid ...".
std::vector<gid_t> NameLookup::groups(std::string_view user) const {
    std::vector<gid_t> groups;
    auto words = split(answer_to("initgroups", user));
    for (size_t i = 1; i < words.size(); ++i) {
        if (auto gid = parse_id(words[i])) groups.push_back(*gid);
    }
    return groups;
}

} // namespace sctl
