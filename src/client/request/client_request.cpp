#include "client/request/client_request.hpp"

#include "client/request/option_rows.hpp"

namespace sctl {

namespace {

// systemctl(1), --marked: the manager knows the units.
Result<void> check_marked(const ClientRequest& request) {
    const auto& words = request.arguments;
    bool reloads = !words.empty() && words.front() == "reload-or-restart";
    if (!request.marked) {
        if (reloads && words.size() < 2)
            return option_refusal("List of units to restart/reload is required.");
        return {};
    }
    if (!reloads) return option_refusal("--marked may only be used with 'reload-or-restart'.");
    if (words.size() > 1)
        return option_refusal("No additional arguments allowed with 'reload-or-restart --marked'.");
    if (request.wait) return option_refusal("--marked --wait is not supported.");
    if (request.show_transaction)
        return option_refusal("--marked --show-transaction is not supported.");
    return {};
}

Result<void> check_together(const ClientRequest& request) {
    if (request.wait && !request.block)
        return option_refusal("--wait may not be combined with --no-block.");
    if (auto marked = check_marked(request); !marked) return marked;
    if (!request.image.empty() && !request.root.empty()) {
        return option_refusal(
            "Please specify either --root= or --image=, the combination of both is not "
            "supported.");
    }
    if (request.remote && request.user)
        return option_refusal("Cannot access user instance remotely.");
    return {};
}

} // namespace

Result<ClientRequest> read_client_request(const std::vector<std::string>& arguments,
                                          std::string_view program) {
    ClientRequest request;
    auto words = read_options(option_rows(), arguments, program, request);
    if (!words) return words.error();
    request.arguments = std::move(*words);
    if (request.quiet && !request.says_legend) request.legend = false;
    if (request.topic != Topic::None) return request;
    auto together = check_together(request);
    if (!together) return together.error();
    return request;
}

} // namespace sctl
