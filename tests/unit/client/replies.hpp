// Replies that the client's tests have a manager give: properties and lists of units.
#pragma once

#include <string>
#include <vector>

#include "fake_manager.hpp"

namespace sctl {

inline constexpr std::string_view unit_path = "/org/freedesktop/systemd1/unit/a_2eservice";
inline constexpr std::string_view job = "/org/freedesktop/systemd1/job/7";

struct ReplyProperty {
    std::string name, type;
    Write write;
};
inline ReplyProperty text(std::string name, std::string value) {
    return {std::move(name), "s", [=](Writer& out) { out.string(value); }};
}
inline ReplyProperty number(std::string name, uint64_t value) {
    return {std::move(name), "t", [=](Writer& out) { out.uint64(value); }};
}
inline ReplyProperty pid(std::string name, uint32_t value) {
    return {std::move(name), "u", [=](Writer& out) { out.uint32(value); }};
}
inline ReplyProperty integer(std::string name, int32_t value) {
    return {std::move(name), "i", [=](Writer& out) { out.int32(value); }};
}
inline ReplyProperty texts(std::string name, std::vector<std::string> values) {
    return {std::move(name), "as", [=](Writer& out) { out.strings(values); }};
}

// The answer to GetAll.
inline Write properties(const std::vector<ReplyProperty>& all) {
    return [=](Writer& out) {
        out.open_array("{sv}");
        for (const auto& property : all) {
            out.open_dict_entry().string(property.name).open_variant(property.type);
            property.write(out);
            out.close_variant().close_dict_entry();
        }
        out.close_array();
    };
}

struct ReplyUnit {
    std::string id, load, active, sub, description;
    uint32_t job_id = 0;
};
inline Write unit_list(const std::vector<ReplyUnit>& units) {
    return [=](Writer& out) {
        out.open_array("(ssssssouso)");
        for (const auto& unit : units) {
            out.open_struct().string(unit.id).string(unit.description).string(unit.load);
            out.string(unit.active)
                .string(unit.sub)
                .string("")
                .object_path("/u")
                .uint32(unit.job_id);
            out.string(unit.job_id ? "start" : "").object_path("/").close_struct();
        }
        out.close_array();
    };
}

} // namespace sctl
