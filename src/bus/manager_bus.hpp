// The manager on the wire: org.freedesktop.systemd1 as systemd 252 has it
// (org.freedesktop.systemd1(5)), on the private socket, without a bus between.
//
// root and the manager's own user may call all methods, any other user those that only look. All
// peers are told of JobRemoved and StartupFinished, since systemctl waits for these without a word;
// all other signals go to those who called Subscribe. The answer to a job's request leaves before
// its JobRemoved. Reload and Reexecute are answered once everything has been read anew.
//
// Where systemd keeps nothing, our own interface of units does: interface_name::own_unit.
#pragma once

#include "bus/objects/object.hpp"
#include "bus/objects/unit_file_memo.hpp"
#include "bus/server.hpp"
#include "manager/manager.hpp"

namespace sctl {

class ManagerBus : private ManagerObserver {
  public:
    // `manager` outlives it. Nothing is served before open().
    explicit ManagerBus(Manager& manager, const BusLimits& limits = BusLimits::for_this_process());
    ~ManagerBus() override;
    ManagerBus(const ManagerBus&) = delete;
    ManagerBus& operator=(const ManagerBus&) = delete;

    // Serves /run/systemd/private of the manager's root.
    Result<void> open();
    // The same on a socket that listens there already.
    Result<void> open(UniqueFd listener);
    [[nodiscard]] BusServer& server() noexcept { return server_; }

  private:
    std::optional<Message> handle(BusPeer& peer, const Message& message);
    // Nothing where the method answers by itself.
    Result<std::optional<Message>> answer(BusPeer& peer, const Message& call);

    void unit_new(const Unit& unit) override;
    void unit_removed(const UnitName& name) override;
    void unit_changed(const Unit& unit) override;
    void job_new(const Job& job, const Unit& unit) override;
    void job_removed(const Job& job, const Unit& unit) override;
    void reloading(bool begins) override;
    void startup_finished() override;

    void forget_markers(const Job& job, const Unit& unit);
    void note_end(const Job& job, const Unit& unit);
    void tell_properties(const Unit& unit, std::string_view interface);
    void send(std::string_view member, Writer&& body, Audience audience = Audience::Subscribers);

    Manager& manager_;
    UnitFileMemo unit_files_;
    BusRecord record_;
    BusServer server_;
};

} // namespace sctl
