#include "entry/notices.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>

#include "base/files.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "run/notify.hpp"
#include "state/service/exec_status.hpp"
#include "unit/unit_name.hpp"

namespace sctl {
namespace {

void tell_outside(const InitRequest& request, std::string_view text) {
    if (request.options.notify_socket.empty()) return;
    auto told = notify_outer_manager(request.options.notify_socket, text);
    if (!told) log_debug("Failed to notify the manager outside: ", told.error().text);
}

} // namespace

void announce_ready(const InitRequest& request) {
    tell_outside(request, "READY=1");
    if (request.ready_file.empty()) return;
    UniqueFd made(
        open(request.ready_file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0644));
    if (!made) log_warning("Failed to make ", request.ready_file, ": ", errno_error("open").text);
}

void announce_stopping(const InitRequest& request) {
    tell_outside(request, "STOPPING=1");
    if (!request.ready_file.empty()) unlink(request.ready_file.c_str());
}

std::string termination_message(const CommandLife& life) {
    if (life.status() == 0) return {};
    for (const auto& command : life.commands()) {
        const ExitInfo& exit = command.exit;
        if (command.state != EntryCommand::State::Ended ||
            (exit.code == CLD_EXITED && exit.status == 0))
            continue;
        std::string_view result = exit.code == CLD_EXITED   ? "exit-code"
                                  : exit.code == CLD_DUMPED ? "core-dump"
                                                            : "signal";
        return cat(command.name, ": ", result, ", ", describe_exit(exit));
    }
    return cat("ended with status ", life.status());
}

void write_termination_log(const std::string& path, std::string_view line) {
    if (line.empty()) return;
    UniqueFd file(open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file) return;
    auto text = cat(line, "\n");
    [[maybe_unused]] auto written = write(file.get(), text.data(), text.size());
}

std::string service_name_of(std::string_view path) {
    auto name = base_name(path);
    if (auto dot = name.rfind('.'); dot != name.npos && dot > 0) name = name.substr(0, dot);
    auto mangled = UnitName::mangle(cat(name, ".service"));
    return mangled ? mangled->str() : std::string();
}

} // namespace sctl
