#include "run/unit.hpp"

namespace sctl {

std::string_view Unit::sub_state() const {
    return machine ? machine->sub_state() : "dead";
}

const std::string& Unit::description() const {
    return loaded.unit.description.empty() ? loaded.id.str() : loaded.unit.description;
}

} // namespace sctl
