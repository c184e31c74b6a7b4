// Methods that find the users of DynamicUser=, whom nobody else can name.
#include "base/text.hpp"
#include "bus/methods/method.hpp"

namespace sctl {
namespace {

using interface_name::manager;

bool user_name_may_be(std::string_view name) {
    return !name.empty() && name.find_first_of(":/\n") == name.npos && is_valid_utf8(name) &&
           name != "." && name != "..";
}

Result<void> find_dynamic_user_by_name(MethodCall& call) {
    std::string_view name;
    if (auto read = call.in.read(name); !read) return read;
    if (!user_name_may_be(name))
        return error_named(bus_error::invalid_args, cat("User name invalid: ", name));
    if (auto uid = call.manager.dynamic_users().find(name)) {
        call.out.uint32(*uid);
        return {};
    }
    return error_named(bus_error::no_such_dynamic_user,
                       cat("Dynamic user ", name, " does not exist."));
}

Result<void> find_dynamic_user_by_number(MethodCall& call) {
    uint32_t number = 0;
    if (auto read = call.in.read(number); !read) return read;
    if (number == UINT32_MAX || number == UINT16_MAX)
        return error_named(bus_error::invalid_args, cat("User ID invalid: ", number));
    if (auto name = call.manager.dynamic_users().name_of(number)) {
        call.out.string(*name);
        return {};
    }
    return error_named(bus_error::no_such_dynamic_user,
                       cat("Dynamic user ID ", number, " does not exist."));
}

Result<void> get_dynamic_users(MethodCall& call) {
    call.out.open_array("(us)");
    for (const auto& [uid, name] : call.manager.dynamic_users().all())
        call.out.open_struct().uint32(uid).string(name).close_struct();
    call.out.close_array();
    return {};
}

constexpr Method dynamic_user_rows[] = {
    {manager, "LookupDynamicUserByName", "s", "u", Access::Anyone, find_dynamic_user_by_name,
     "name uid"},
    {manager, "LookupDynamicUserByUID", "u", "s", Access::Anyone, find_dynamic_user_by_number,
     "uid name"},
    {manager, "GetDynamicUsers", "", "a(us)", Access::Anyone, get_dynamic_users, "users"},
};

} // namespace

std::span<const Method> dynamic_user_methods() {
    return dynamic_user_rows;
}

} // namespace sctl
