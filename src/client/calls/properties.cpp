#include "client/calls/properties.hpp"

namespace sctl {

Properties::Properties(Message reply) : reply_(std::move(reply)) {
    Reader in(reply_);
    (void)in.enter_array().has_value();
    while (!in.at_end()) {
        (void)in.enter_dict_entry().has_value();
        auto name = in.string();
        (void)in.enter_variant().has_value();
        if (name && in.status()) {
            values_.emplace(*name, in);
            names_.push_back(*name);
        }
        (void)in.exit_variant().has_value();
        (void)in.exit_dict_entry().has_value();
    }
    status_ = in.status();
}

std::optional<Reader> Properties::value(std::string_view name, std::string_view type) const {
    auto found = values_.find(name);
    if (found == values_.end() || found->second.next_type() != type) return std::nullopt;
    return found->second;
}

std::string Properties::text(std::string_view name) const {
    auto found = values_.find(name);
    if (found == values_.end()) return {};
    Reader in = found->second;
    auto text = in.any_text();
    return text ? std::string(*text) : std::string();
}

bool Properties::boolean(std::string_view name, bool fallback) const {
    auto in = value(name, "b");
    return in ? in->boolean().value_or(fallback) : fallback;
}

uint64_t Properties::number(std::string_view name, uint64_t fallback) const {
    auto found = values_.find(name);
    if (found == values_.end()) return fallback;
    Reader in = found->second;
    auto type = in.next_type();
    if (type.starts_with('(')) {
        (void)in.enter_struct().has_value();
        type = in.next_type();
    }
    switch (type.empty() ? '\0' : type.front()) {
        case 't': return in.uint64().value_or(fallback);
        case 'x': return static_cast<uint64_t>(in.int64().value_or(static_cast<int64_t>(fallback)));
        case 'u': return in.uint32().value_or(static_cast<uint32_t>(fallback));
        case 'i': return static_cast<uint64_t>(in.int32().value_or(static_cast<int32_t>(fallback)));
        default: return fallback;
    }
}

std::vector<std::string> Properties::texts(std::string_view name) const {
    auto in = value(name, "as");
    return in ? in->strings().value_or({}) : std::vector<std::string>{};
}

} // namespace sctl
