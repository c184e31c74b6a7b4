// The account files of a root on disk: read, locked against others who change them, and replaced
// all together.
#pragma once

#include "base/files.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "sysusers/account_files.hpp"

namespace sctl {

// Files that are not there have no text.
[[nodiscard]] Result<AccountTexts> read_account_files(const Root& root);

// /etc/.pwd.lock, as lckpwdf(3) takes it; waits until it is free. Held as long as the descriptor.
[[nodiscard]] Result<UniqueFd> lock_accounts(const Root& root);

// Writes the texts that there are: first all of them beside the files, then a copy of each old file
// under its name with a dash, then all in place. A file keeps its owner and mode; a new one can be
// read by all users if it is passwd or group, by root alone otherwise.
[[nodiscard]] Result<void> write_account_files(const Root& root, const AccountTexts& texts);

} // namespace sctl
