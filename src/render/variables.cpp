#include "render/variables.hpp"

#include <cerrno>
#include <string_view>

#include "base/files.hpp"
#include "base/text.hpp"
#include "template/containers.hpp"
#include "template/print.hpp"
#include "template/thrown.hpp"
#include "template/yaml/yaml.hpp"

namespace sctl {
namespace {

constexpr size_t largest_variables = size_t{64} << 20;

Result<void> add_file(jinja::Dict& variables, const std::string& file) {
    auto text =
        file == "-" ? read_standard_input(largest_variables) : read_file(file, largest_variables);
    if (!text) return text.error();
    std::string_view name = file == "-" ? "<stdin>" : std::string_view(file);
    auto value = jinja::read_yaml(*text, name);
    if (!value) return value.error();
    if (value->is_none()) return {};
    if (!value->is(jinja::Kind::Dict))
        return Error{
            EINVAL, cat(name, ": the variables are no mapping but ", jinja::type_name(*value)), {}};
    jinja::Dict& found = value->dict();
    for (size_t i = 0; i < found.places(); i++) {
        if (!found.key(i).is_str())
            return Error{
                EINVAL,
                cat(name, ": the name of a variable is no text: ", jinja::to_repr(found.key(i))),
                {}};
        variables.put(found.key(i), found.value(i));
    }
    return {};
}

Result<jinja::Value> made_variables(const std::vector<std::string>& files,
                                    const char* const* environment) {
    jinja::Value variables = jinja::dict();
    for (const auto& file : files) {
        auto added = add_file(variables.dict(), file);
        if (!added) return added.error();
    }
    for (; environment && *environment; ++environment) {
        std::string_view entry = *environment;
        size_t equals = entry.find('=');
        if (equals == entry.npos || equals == 0 || !is_valid_utf8(entry)) continue;
        variables.dict().put(entry.substr(0, equals),
                             jinja::str(std::string(entry.substr(equals + 1))));
    }
    return variables;
}

} // namespace

Result<jinja::Value> read_variables(const std::vector<std::string>& files,
                                    const char* const* environment) {
    try {
        return made_variables(files, environment);
    } catch (...) {
        return jinja::thrown_error().during("variables");
    }
}

} // namespace sctl
