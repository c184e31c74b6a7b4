// The manager's methods and properties that several verbs use, as functions. An Error comes from
// the manager (with its D-Bus name) or from the connection; see exit_code.hpp for its words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "client/calls/session.hpp"
#include "wire/client_connection.hpp"

namespace sctl {

inline constexpr std::string_view manager_path = "/org/freedesktop/systemd1";
inline constexpr std::string_view manager_interface = "org.freedesktop.systemd1.Manager";
inline constexpr std::string_view unit_interface = "org.freedesktop.systemd1.Unit";
inline constexpr std::string_view properties_interface = "org.freedesktop.DBus.Properties";
inline constexpr std::string_view no_such_unit = "org.freedesktop.systemd1.NoSuchUnit";

// A call of a method that takes strings only.
template <class... Strings>
Result<Message> call_manager(ClientConnection& manager, std::string_view member,
                             const Strings&... arguments) {
    Message call = method_call(manager_path, manager_interface, member);
    Writer body;
    (body.string(arguments), ...);
    if (auto finished = body.finish(call); !finished) return finished.error();
    return manager.call(std::move(call));
}
// A call of a method that takes one list of strings.
Result<Message> call_manager_with_list(ClientConnection& manager, std::string_view member,
                                       const std::vector<std::string>& list);

// The reply stands before the variant of the value.
Result<Message> get_property(ClientConnection& manager, std::string_view path,
                             std::string_view interface, std::string_view property);
Result<std::string> get_text(ClientConnection& manager, std::string_view path,
                             std::string_view interface, std::string_view property);
Result<std::vector<std::string>> get_texts(ClientConnection& manager, std::string_view path,
                                           std::string_view interface, std::string_view property);
Result<bool> get_boolean(ClientConnection& manager, std::string_view path,
                         std::string_view interface, std::string_view property);
// All properties of all interfaces of an object, as a{sv}.
Result<Message> get_all_properties(ClientConnection& manager, std::string_view path);

// Asks for the properties of units, and for their processes, some units ahead of the one that is
// shown: get_all_properties() and the like then find the answers there.
class AskAhead {
  public:
    // `manager` outlives it.
    AskAhead(ClientConnection& manager, std::vector<std::string> units, bool with_processes)
        : manager_(manager), units_(std::move(units)), with_processes_(with_processes) {}
    // Before units[index] is asked for.
    void reach(size_t index);

  private:
    ClientConnection& manager_;
    std::vector<std::string> units_;
    bool with_processes_;
    size_t asked_ = 0;
};

// A unit's ActiveState, loaded if need be; "inactive" for one without a file.
Result<std::string> get_active_state(ClientConnection& manager, std::string_view name);
// Whether the unit's files have changed since they were loaded; false where that is not known.
[[nodiscard]] bool needs_daemon_reload(ClientConnection& manager, std::string_view name);
void warn_needs_daemon_reload(const Session& session, std::string_view name);

struct UnitInfo {
    std::string id, description, load_state, active_state, sub_state, following, path;
    uint32_t job_id = 0;
    std::string job_type, job_path;
};
// The loaded units that match one of the patterns (all where there are none), and the states and
// types of the options; as list-units shows them, unsorted.
Result<std::vector<UnitInfo>> list_units(ClientConnection& manager, const ClientRequest& request,
                                         const std::vector<std::string>& patterns);

// Whether list-units shows the unit, by types and states of the options.
[[nodiscard]] bool is_listed(const ClientRequest& request, const UnitInfo& unit);
// What list-units prints of them.
int print_unit_list(Session& session, std::vector<UnitInfo> units);

struct ExpandedNames {
    std::vector<std::string> names;
    bool had_patterns = false;
};
// Names as typed made whole ("nginx" with `suffix`), patterns replaced by the loaded units that
// match. Nothing where one is no name, which has been said then.
std::optional<ExpandedNames> expand_unit_names(Session& session, ClientConnection& manager,
                                               const std::vector<std::string>& typed,
                                               std::string_view suffix = ".service");
// The same, with patterns also for what is inactive where no state was asked for.
std::optional<ExpandedNames> expand_all_unit_names(Session& session, ClientConnection& manager,
                                                   const std::vector<std::string>& typed);
// One name as typed, made whole; mentions it where something was escaped. Empty: refused aloud,
// `complaint` first.
[[nodiscard]] std::string mangle_or_complain(const Session& session, std::string_view typed,
                                             std::string_view suffix = ".service",
                                             std::string_view complaint = "Failed to mangle name");

} // namespace sctl
