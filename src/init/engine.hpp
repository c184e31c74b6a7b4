// The manager with what it runs on, as an init, a manager in the background and an init with a
// command all need it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/unique_fd.hpp"
#include "bus/manager_bus.hpp"
#include "journal/capture_client.hpp"
#include "manager/manager.hpp"
#include "os/event_loop.hpp"

namespace sctl {

// Makes the instance of `options` ours: prepares /run, takes the lock (PID 1 from a manager in the
// background, which it waits for no longer than the stop grace) and, as PID 1 of the machine, its
// name. Where /run/systemd cannot be written to, `options` get a place instead. An error where
// there is another manager. What else fails is told; without the lock the descriptor is empty.
[[nodiscard]] Result<UniqueFd> claim_instance(ManagerOptions& options);

// Says of units that are not there, and are the names of programs, how a command is run.
void hint_at_commands(Manager& manager, const std::vector<std::string>& units);

// While it lives, messages go where the services' output goes. Its end waits for the last of that.
class Engine {
  public:
    // `introduce` may give the manager transient units before it loads any.
    Engine(EventLoop& loop, const ManagerOptions& options,
           const std::function<void(Manager&)>& introduce = {});
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    // Answers clients, on `listener` where they wait at one already. What fails is told, too.
    Result<void> serve(UniqueFd listener = {});
    Manager& manager() noexcept { return manager_; }
    CaptureClient& output() noexcept { return output_; }

  private:
    CaptureClient output_;
    Manager manager_;
    ManagerBus bus_;
};

} // namespace sctl
