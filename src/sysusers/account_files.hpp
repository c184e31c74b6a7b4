// The texts of passwd, shadow, group and gshadow, and what they become: entries that are there stay
// byte for byte, new ones come after them and before NIS's lines ("+", "-").
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "sysusers/plan.hpp"

namespace sctl {

[[nodiscard]] ExistingAccounts read_accounts(std::string_view passwd, std::string_view group);

struct AccountTexts {
    std::optional<std::string> passwd, shadow, group, gshadow; // none: there is no such file
};

// What is known of a new user besides its line.
struct NewUserFacts {
    std::string shell;    // where the line names none
    std::string password; // encrypted; empty: none can be entered
};
struct AccountDefaults {
    std::function<NewUserFacts(const NewUser&)> of;
    long today = 0; // days since 1970
};

// The new texts of those files that change.
[[nodiscard]] AccountTexts updated_accounts(const AccountTexts& now, const AccountPlan& plan,
                                            const AccountDefaults& defaults);

} // namespace sctl
