// A manager for the client's tests that needs no process and no thread: its answers are queued in
// the order in which the verb will call, written to one end of a socket pair before the verb runs,
// and the calls are read from the same end afterwards.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <string>
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
    // The answer to the next call.
    FakeManager& answers(const Write& write = [](Writer&) {}) {
        Message reply;
        reply.type = MessageType::MethodReturn;
        return queue(std::move(reply), ++serial_, write);
    }
    FakeManager& answers_text(std::string_view text) {
        return answers([=](Writer& out) { out.string(text); });
    }
    FakeManager& answers_path(std::string_view path) {
        return answers([=](Writer& out) { out.object_path(path); });
    }
    // The answer to Get.
    FakeManager& answers_property(std::string_view text) {
        return answers([=](Writer& out) { out.open_variant("s").string(text).close_variant(); });
    }
    FakeManager& answers_property(const char* text) {
        return answers_property(std::string_view(text));
    }
    FakeManager& answers_property(bool value) {
        return answers([=](Writer& out) { out.open_variant("b").boolean(value).close_variant(); });
    }
    FakeManager& answers_property(const std::vector<std::string>& texts) {
        return answers([=](Writer& out) { out.open_variant("as").strings(texts).close_variant(); });
    }
    FakeManager& fails(std::string_view name, std::string_view text) {
        Message reply;
        reply.type = MessageType::Error;
        reply.error_name = std::string(name);
        return queue(std::move(reply), ++serial_, [=](Writer& out) { out.string(text); });
    }
    FakeManager& no_such_unit(std::string_view unit) {
        return fails("org.freedesktop.systemd1.NoSuchUnit", cat("Unit ", unit, " not found."));
    }
    FakeManager& removes_job(std::string_view job, std::string_view unit, std::string_view result) {
        auto signal = signal_message(manager_path, manager_interface, "JobRemoved");
        return queue(std::move(signal), 0, [=](Writer& out) {
            out.uint32(7).object_path(job).string(unit).string(result);
        });
    }
    // What start and its like ask besides: whether the unit's files have changed.
    FakeManager& is_up_to_date(std::string_view unit) {
        return answers_path(unit_object_path(unit)).answers_property(false);
    }

    struct Outcome {
        int status = -1;
        std::string out, err;
        std::vector<std::string> calls; // "Member(argument, ...)"
    };
    // The connection ends after the answers.
    FakeManager& goes_away() {
        goes_away_ = true;
        return *this;
    }
    // Runs systemctl with these arguments against the queued answers.
    Outcome run(const std::vector<std::string>& arguments) {
        // A verb that calls more often than expected shall not wait for an answer.
        for (int i = 0; i < 8; ++i) fails("org.sctl.Test.Unexpected", "not expected");
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
            return {};
        UniqueFd ours(ends[0]), theirs(ends[1]);
        std::string bytes = cat("DATA\r\nOK 0123456789abcdef0123456789abcdef\r\n", answers_);
        if (::write(ours.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
            return {};
        if (goes_away_) ::shutdown(ours.get(), SHUT_WR);

        ::setenv("SYSTEMD_OFFLINE", "0", 1);
        Outcome outcome;
        said().clear();
        auto before =
            set_log_sink([](LogLevel, std::string_view text) { said() += cat(text, "\n"); });
        auto request = read_client_request(arguments);
        if (!request) {
            said() += request.error().text;
        } else {
            Session session(*std::move(request));
            session.use(std::move(theirs));
            outcome.status = run_verb(session);
            outcome.out = session.out();
        }
        set_log_sink(before);
        outcome.err = said();
        outcome.calls = read_calls(ours.get());
        return outcome;
    }

  private:
    FakeManager& queue(Message message, uint32_t reply_serial, const Write& write) {
        Writer body;
        write(body);
        (void)body.finish(message).has_value();
        message.serial = ++own_serial_;
        message.reply_serial = reply_serial;
        answers_ += encode(message).value();
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

    static std::vector<std::string> read_calls(int fd) {
        std::string bytes;
        char buffer[4096];
        for (ssize_t got; (got = ::read(fd, buffer, sizeof buffer)) > 0;) bytes.append(buffer, got);
        std::string_view rest = bytes;
        auto begin = rest.find("BEGIN\r\n");
        rest.remove_prefix(begin == std::string_view::npos ? rest.size() : begin + 7);
        std::vector<std::string> calls;
        while (!rest.empty()) {
            auto decoded = decode(rest);
            if (!decoded || !decoded->message) break;
            rest.remove_prefix(decoded->size);
            Reader in(*decoded->message);
            std::string arguments;
            while (!in.at_end()) arguments += cat(arguments.empty() ? "" : ", ", argument(in));
            calls.push_back(cat(decoded->message->member, "(", arguments, ")"));
        }
        return calls;
    }

    std::string answers_;
    bool goes_away_ = false;
    uint32_t serial_ = 0, own_serial_ = 0;
};

} // namespace sctl
