// The run of a socket unit: beside its commands, the descriptors of what it listens to, which are
// watched while it is listening, and connections, each of which is handed to an instance of the
// service (Accept=yes). What is open stays so over a daemon-reload, as far as the settings name it
// still.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "run/process_run.hpp"
#include "state/socket/socket.hpp"

namespace sctl {

class SocketRun final : public ProcessRun {
  public:
    using ProcessRun::ProcessRun;

    [[nodiscard]] Answer execute(const UnitAction& action) override;
    [[nodiscard]] bool may_start() override;
    void settings_changed() override;
    [[nodiscard]] Result<void> pass_descriptors(PassedFiles& passed) const override;
    void connection_closed(UnitId instance) override { connections_.erase(instance); }

    // NConnections=: those that are open.
    [[nodiscard]] unsigned connections() const;

  private:
    struct OpenPlace {
        ListenPlace place;
        UniqueFd fd;
        Watch watch;
    };

    [[nodiscard]] const SocketConfig& config() const;
    [[nodiscard]] Result<void> describe(const action::Spawn& what, ExecPlanInputs& inputs) override;
    [[nodiscard]] const ExecCommand& command(const action::Spawn& what) const override;

    [[nodiscard]] event::SocketsOpened open_all();
    [[nodiscard]] event::SocketsChowned chown_all();
    [[nodiscard]] event::SocketsWatched watch_all();
    void unwatch_all();
    void flush_all();
    void close_all();
    // connections.cpp
    [[nodiscard]] event::ConnectionTaken take_next(size_t place);
    [[nodiscard]] Answer start_instance(unsigned number);
    [[nodiscard]] Result<UnitId> hand_over(std::string_view name);
    void incoming(size_t place, uint32_t events);
    void warn(std::string_view text) const { log(LogLevel::Warning, text); }
    [[nodiscard]] Answer answer_of(const UnitAction& what);

    std::vector<OpenPlace> places_;
    UniqueFd connection_;                       // that has been taken, until it is an instance's
    std::string source_;                        // its address, without the port
    std::map<UnitId, std::string> connections_; // the address of each
};

// Null where the unit is none, or has not been loaded.
[[nodiscard]] const SocketRun* socket_run(const Unit& unit);
// Of a socket that has been loaded.
[[nodiscard]] const SocketStatus& socket_status(const Unit& unit);

} // namespace sctl
