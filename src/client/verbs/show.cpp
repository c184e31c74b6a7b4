// show: the properties of units, jobs or the manager, as NAME=VALUE lines.
#include <algorithm>
#include <set>

#include "base/log.hpp"
#include "client/calls/ask_ahead.hpp"
#include "client/calls/dependencies.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/manager_calls.hpp"
#include "client/calls/properties.hpp"
#include "client/calls/unit_names.hpp"
#include "client/text/format_property.hpp"
#include "client/verbs/verb_table.hpp"

namespace sctl {

namespace {

// The properties of the object, those before it set apart by an empty line.
bool show_object(Session& session, ClientConnection& manager, const std::string& path,
                 bool& first) {
    auto reply = get_all_properties(manager, path);
    if (!reply) {
        log_error("Failed to get properties: ", words_of(reply.error()));
        return false;
    }
    if (!first) session.print('\n');
    first = false;

    const auto& request = session.request;
    PropertyStyle style{.empty = request.show_empty,
                        .value_only = request.value_only,
                        .timestamp = request.timestamp_style.value_or(TimestampStyle::Pretty)};
    std::string text;
    Reader in(*reply);
    (void)in.enter_array().has_value();
    while (!in.at_end()) {
        (void)in.enter_dict_entry().has_value();
        auto name = in.string();
        bool wanted =
            name && (!request.has_properties ||
                     std::ranges::find(request.properties, *name) != request.properties.end());
        if (wanted) {
            auto type = in.enter_variant();
            if (type) (void)append_property(text, style, *name, *type, in).has_value();
            (void)in.exit_variant().has_value();
        } else {
            (void)in.skip().has_value();
        }
        (void)in.exit_dict_entry().has_value();
    }
    if (auto status = in.status(); !status) {
        log_error("Failed to parse bus message: ", status.error().text);
        return false;
    }
    session.print(text);
    return true;
}

} // namespace

int verb_show(Session& session, const Words& words) {
    auto* manager = session.manager();
    if (!manager) return exit_failure;
    bool first = true;
    if (words.size() == 1) {
        return show_object(session, *manager, std::string(manager_path), first) ? exit_ok
                                                                                : exit_failure;
    }
    Words names;
    for (auto word = words.begin() + 1; word != words.end(); ++word) {
        auto job = parse_number<uint32_t>(*word);
        if (!job)
            names.push_back(*word);
        else if (!show_object(session, *manager, cat(manager_path, "/job/", *job), first))
            return exit_failure;
    }
    auto expanded = expand_unit_names(session, *manager, names);
    if (!expanded || !add_dependencies(session.request, *manager, expanded->names))
        return exit_failure;
    AskAhead ahead(*manager, expanded->names, false);
    for (size_t i = 0; i < expanded->names.size(); ++i) {
        ahead.reach(i);
        auto path = unit_object_path(expanded->names[i]);
        if (!show_object(session, *manager, path, first)) return exit_failure;
    }
    return exit_ok;
}

} // namespace sctl
