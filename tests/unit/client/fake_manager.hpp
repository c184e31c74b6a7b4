// A manager for the client's tests, in a thread: it answers a call by what the call is, whenever it
// comes, so that a test says what the manager knows and what came of the verb, not in which order
// the two talk. What no rule answers gets the next of the answers that were queued.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "base/text.hpp"
#include "client/calls/manager_calls.hpp"
#include "client/calls/session.hpp"
#include "client/request/client_request.hpp"
#include "client/verbs/verb_table.hpp"

namespace sctl {

using Write = std::function<void(Writer&)>;

class FakeManager {
  public:
    // The answer to each call of this method ("GetUnit"), or to this very call
    // ("GetUnit(a.service)"), which goes before.
    FakeManager& on(
        const std::string& call, const Write& write = [](Writer&) {}) {
        rules_[call] = {reply_of(MessageType::MethodReturn, {}, write)};
        return *this;
    }
    FakeManager& refuses(const std::string& call, std::string_view name, std::string_view text) {
        rules_[call] = {reply_of(MessageType::Error, name, [=](Writer& out) { out.string(text); })};
        return *this;
    }
    // The method queues a job, which ends with this result at once.
    FakeManager& ends_job(const std::string& method, std::string_view unit,
                          std::string_view result) {
        rules_[method] = {path_reply(job_path), job_removed(unit, result)};
        return *this;
    }
    // The method queues a job, which does not end.
    FakeManager& queues_job(const std::string& method) {
        rules_[method] = {path_reply(job_path)};
        return *this;
    }
    // What Get says of a unit, or of any object.
    template <class Value>
    FakeManager& unit_has(std::string_view unit, const std::string& property, const Value& value) {
        properties_[{unit_object_path(unit), property}] =
            reply_of(MessageType::MethodReturn, {}, variant(value));
        return *this;
    }
    template <class Value>
    FakeManager& has(const std::string& property, const Value& value) {
        properties_[{std::string(), property}] =
            reply_of(MessageType::MethodReturn, {}, variant(value));
        return *this;
    }
    // The unit is loaded, and its files are as they were.
    FakeManager& has_unit(std::string_view unit) {
        return on(cat("GetUnit(", unit, ")"),
                  [path = unit_object_path(unit)](Writer& out) { out.object_path(path); })
            .has("NeedDaemonReload", false);
    }

    // The answer to the next call that has no rule.
    FakeManager& answers(const Write& write = [](Writer&) {}) {
        return queue(reply_of(MessageType::MethodReturn, {}, write));
    }
    FakeManager& answers_path(std::string_view path) { return queue(path_reply(path)); }
    // The answer to Get.
    template <class Value>
    FakeManager& answers_property(const Value& value) {
        return answers(variant(value));
    }
    FakeManager& fails(std::string_view name, std::string_view text) {
        return queue(reply_of(MessageType::Error, name, [=](Writer& out) { out.string(text); }));
    }
    FakeManager& no_such_unit(std::string_view unit) {
        return fails("org.freedesktop.systemd1.NoSuchUnit", cat("Unit ", unit, " not found."));
    }
    // Said after the answer that was queued last; before the first call where there is none.
    FakeManager& removes_job(std::string_view unit, std::string_view result) {
        return queue(job_removed(unit, result));
    }

    struct Outcome {
        int status = -1;
        std::string out, err;
        std::vector<std::string> calls; // "Member(argument, ...)"

        // Whether the manager was asked for this.
        [[nodiscard]] bool asked(std::string_view call) const {
            return std::ranges::find(calls, call) != calls.end();
        }
    };
    // The connection ends when all that was queued has been said.
    FakeManager& goes_away() {
        goes_away_ = true;
        return *this;
    }
    // Runs systemctl with these arguments.
    Outcome run(const std::vector<std::string>& arguments) {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) return {};
        UniqueFd ours(ends[0]), theirs(ends[1]);
        ::setenv("SYSTEMD_OFFLINE", "0", 1);
        Outcome outcome;
        std::thread server([&] { outcome.calls = serve(ours.get()); });
        said().clear();
        auto before =
            set_log_sink([](LogLevel, std::string_view text) { said() += cat(text, "\n"); });
        auto request = read_client_request(arguments);
        if (!request) {
            said() += request.error().text;
            theirs.reset();
        } else {
            Session session(*std::move(request));
            session.use(std::move(theirs));
            outcome.status = run_verb(session);
            outcome.out = session.out();
        }
        set_log_sink(before);
        outcome.err = said();
        server.join();
        return outcome;
    }

  private:
    static constexpr std::string_view job_path = "/org/freedesktop/systemd1/job/7";

    static Write variant(bool value) {
        return [=](Writer& out) { out.open_variant("b").boolean(value).close_variant(); };
    }
    static Write variant(const std::vector<std::string>& texts) {
        return [=](Writer& out) { out.open_variant("as").strings(texts).close_variant(); };
    }
    static Write variant(const char* text) {
        return [value = std::string(text)](Writer& out) {
            out.open_variant("s").string(value).close_variant();
        };
    }

    static Message reply_of(MessageType type, std::string_view error, const Write& write) {
        Message message;
        message.type = type;
        message.error_name = std::string(error);
        return written(std::move(message), write);
    }
    static Message path_reply(std::string_view path) {
        return reply_of(MessageType::MethodReturn, {}, [=](Writer& out) { out.object_path(path); });
    }
    static Message job_removed(std::string_view unit, std::string_view result) {
        return written(
            signal_message(manager_path, manager_interface, "JobRemoved"),
            [=](Writer& out) { out.uint32(7).object_path(job_path).string(unit).string(result); });
    }
    static Message written(Message message, const Write& write) {
        Writer body;
        write(body);
        ignore_error(body.finish(message));
        return message;
    }
    FakeManager& queue(Message message) {
        queued_.push_back(std::move(message));
        return *this;
    }

    static std::string& said() {
        static std::string text;
        return text;
    }

    static std::string argument(Reader& in) {
        auto type = in.next_type();
        if (type == "as") return cat("[", join(in.strings().value(), " "), "]");
        if (type == "b") return in.boolean().value() ? "true" : "false";
        if (type == "i") return cat(in.int32().value());
        if (type == "u") return cat(in.uint32().value());
        if (type == "y") return cat(static_cast<unsigned>(in.byte().value()));
        return std::string(in.any_text().value());
    }

    static std::string words_of_call(const Message& call) {
        Reader in(call);
        std::string arguments;
        while (!in.at_end()) arguments += cat(arguments.empty() ? "" : ", ", argument(in));
        return cat(call.member, "(", arguments, ")");
    }

    void say(int fd, Message message, uint32_t reply_serial) {
        message.serial = ++serial_;
        message.reply_serial = reply_serial;
        auto bytes = encode(message).value();
        // The client may have gone.
        (void)!::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    void say_queued_signals(int fd) {
        for (; !queued_.empty() && queued_.front().type == MessageType::Signal; queued_.pop_front())
            say(fd, queued_.front(), 0);
        if (queued_.empty() && goes_away_) ::shutdown(fd, SHUT_WR);
    }
    std::vector<Message> answer_to(const Message& call, const std::string& words) {
        if (auto rule = rules_.find(words); rule != rules_.end()) return rule->second;
        if (auto rule = rules_.find(call.member); rule != rules_.end()) return rule->second;
        if (call.member == "Get") {
            auto property = words.substr(words.rfind(' ') + 1);
            property.pop_back();
            for (const auto& path : {call.path, std::string()}) {
                auto known = properties_.find({path, property});
                if (known != properties_.end()) return {known->second};
            }
        }
        if (queued_.empty())
            return {reply_of(MessageType::Error, "org.sctl.Test.Unexpected",
                             [](Writer& out) { out.string("not expected"); })};
        Message next = std::move(queued_.front());
        queued_.pop_front();
        return {next};
    }

    // Until the client has closed its end; the calls that have come.
    std::vector<std::string> serve(int fd) {
        constexpr std::string_view begin = "BEGIN\r\n",
                                   welcome = "DATA\r\nOK 0123456789abcdef0123456789abcdef\r\n";
        std::vector<std::string> calls;
        std::string bytes;
        bool begun = false;
        char buffer[4096];
        for (ssize_t got; (got = ::read(fd, buffer, sizeof buffer)) > 0;) {
            bytes.append(buffer, static_cast<size_t>(got));
            if (!begun) {
                auto at = bytes.find(begin);
                if (at == std::string::npos) continue;
                bytes.erase(0, at + begin.size());
                begun = true;
                (void)!::send(fd, welcome.data(), welcome.size(), MSG_NOSIGNAL);
                say_queued_signals(fd);
            }
            while (auto call = next_message(bytes)) {
                if (call->flags & flag_no_reply_expected) continue; // a Ping, to wake sd-bus
                calls.push_back(words_of_call(*call));
                for (auto& message : answer_to(*call, calls.back())) {
                    bool is_signal = message.type == MessageType::Signal;
                    say(fd, message, is_signal ? 0 : call->serial);
                }
                say_queued_signals(fd);
            }
        }
        return calls;
    }
    static std::optional<Message> next_message(std::string& bytes) {
        auto decoded = decode(bytes);
        if (!decoded || !decoded->message) return std::nullopt;
        bytes.erase(0, decoded->size);
        return std::move(decoded->message);
    }

    std::map<std::string, std::vector<Message>> rules_;                 // by call or method
    std::map<std::pair<std::string, std::string>, Message> properties_; // by path and name
    std::deque<Message> queued_;
    bool goes_away_ = false;
    uint32_t serial_ = 0;
};

} // namespace sctl
