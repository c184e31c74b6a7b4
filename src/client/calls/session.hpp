// What one run of systemctl works with: its options, the text it will print, and the connection to
// the manager, which is opened by the first call. What a verb prints on stdout is collected and
// written once, at the end; messages for people go to stderr at once, through base's log.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "client/request/client_request.hpp"
#include "wire/client_connection.hpp"

namespace sctl {

class Session {
  public:
    explicit Session(ClientRequest request) : request(std::move(request)) {}

    const ClientRequest request;

    template <class... Parts>
    void print(const Parts&... parts) {
        out_ += cat(parts...);
    }
    void print(std::string&& text) {
        if (out_.empty())
            out_ = std::move(text);
        else
            out_ += text;
    }
    [[nodiscard]] const std::string& out() const noexcept { return out_; }
    // Writes what was printed to stdout. False where it cannot be written.
    bool flush();

    // The manager's connection; nullptr where there is none, which has been said on stderr then.
    [[nodiscard]] ClientConnection* manager();
    // The same without a word where nobody answers.
    [[nodiscard]] ClientConnection* manager_if_any();
    // Why it gave none: an errno value, or 0.
    [[nodiscard]] int why_no_manager() const noexcept { return why_no_manager_; }
    [[nodiscard]] Result<std::string> socket_path() const;
    // All places where the manager may have it, in the order in which they are tried.
    [[nodiscard]] Result<std::vector<std::string>> socket_paths() const;
    // Nobody answers, and nobody will unless we launch a manager.
    [[nodiscard]] bool is_unmanaged();
    // Launches one, or waits for the one that somebody else launches at this moment, and connects
    // to it. False where there is none in the end, which has been said.
    [[nodiscard]] bool launch();
    // Talks over this socket instead, as tests do.
    void use(UniqueFd socket) { connection_.emplace(std::move(socket)); }

    // " --user" where the user's own manager is meant: for the commands that messages tell to run.
    [[nodiscard]] std::string_view scope_option() const { return request.user ? " --user" : ""; }

  private:
    Result<void> open();
    Result<void> open_first_of(const std::vector<std::string>& paths);

    std::string out_;
    std::optional<ClientConnection> connection_;
    int why_no_manager_ = 0;
};

} // namespace sctl
