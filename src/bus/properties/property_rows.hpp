// What the rows of the property table are made of; only bus/propert*.cpp include it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bus/properties/property.hpp"
#include "state/unit_action.hpp"
#include "unit/syntax/exec_command.hpp"
#include "wire/message.hpp"

namespace sctl {

inline void put(Writer& out, bool value) {
    out.boolean(value);
}
inline void put(Writer& out, int32_t value) {
    out.int32(value);
}
inline void put(Writer& out, uint32_t value) {
    out.uint32(value);
}
inline void put(Writer& out, int64_t value) {
    out.int64(value);
}
inline void put(Writer& out, uint64_t value) {
    out.uint64(value);
}
inline void put(Writer& out, uint16_t value) {
    out.uint16(value);
}
inline void put(Writer& out, uint8_t value) {
    out.byte(value);
}
inline void put(Writer& out, double value) {
    out.float64(value);
}
inline void put(Writer& out, Span value) {
    out.uint64(to_usec(value));
}
inline void put(Writer& out, std::string_view value) {
    out.string(value);
}
inline void put(Writer& out, const std::string& value) {
    out.string(value);
}
inline void put(Writer& out, const char* value) {
    out.string(value);
}
inline void put(Writer& out, const std::vector<std::string>& value) {
    out.strings(value);
}

// The value that `Get` makes of the object, of its unit or of its manager.
template <auto Get>
void of_object(const BusObject& object, Writer& out) {
    put(out, Get(object));
}
template <auto Get>
void of_unit(const BusObject& object, Writer& out) {
    put(out, Get(static_cast<const Unit&>(*object.unit)));
}
template <auto Get>
void of_manager(const BusObject& object, Writer& out) {
    put(out, Get(object.manager));
}
// Always the same.
template <auto Value>
void always(const BusObject&, Writer& out) {
    put(out, Value);
}
// "[not set]", "infinity": what systemd shows for a number that it does not know.
inline constexpr auto not_set = always<UINT64_MAX>;

// Shown with the settings of all that start processes, and one of services alone (service.cpp).
[[nodiscard]] bool is_non_blocking(const BusObject& object);

// Commands, each with its last run: the unit's list of this number. With `ex` all flags are told.
inline constexpr std::string_view commands_type = "a(sasbttttuii)";
inline constexpr std::string_view commands_ex_type = "a(sasasttttuii)";
void write_commands(const BusObject& object, const std::vector<ExecCommand>& commands,
                    CommandList list, bool ex, Writer& out);
// ControlPID, UID, GID: of the unit's processes; the last two are known while it runs.
void control_pid(const BusObject& object, Writer& out);
void ran_as_uid(const BusObject& object, Writer& out);
void ran_as_gid(const BusObject& object, Writer& out);

// The unit that this one triggers: Unit= of timers and paths.
[[nodiscard]] std::string triggered_name(const BusObject& object);

// Two properties: NAME and NAME"Monotonic".
[[nodiscard]] constexpr Property moment(std::string_view name, Changes changes,
                                        Moment (*get)(const BusObject&)) {
    return {.name = name, .signature = "t", .changes = changes, .moment = get};
}

// order.cpp: names with a blank between.
extern const std::string_view unit_order;
extern const std::string_view service_order;
extern const std::string_view socket_order;
extern const std::string_view resource_order;
extern const std::string_view exec_order;
extern const std::string_view kill_order;

} // namespace sctl
