// DynamicUser=: users and groups that are in no file and exist as long as a service runs that uses
// them (systemd.exec(5)). Each has one number for both, of its own among all that are in use here,
// in the passwd files or in the group files. Two services that name the same user share it.
//
// Their names are known to us alone: a program that asks NSS sees the number.
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.hpp"
#include "base/result.hpp"
#include "graph/dependency.hpp"
#include "os/name_lookup.hpp"
#include "unit/config.hpp"

namespace sctl {

// Who the processes of a service with DynamicUser= are.
struct DynamicIdentity {
    uid_t uid = 0;
    gid_t gid = 0;
};

// The range of numbers that is set aside for them.
inline constexpr uid_t first_dynamic_uid = 61184, last_dynamic_uid = 65519;

class DynamicUsers {
  public:
    // The identity of `unit`, which keeps its user and group until release(). A user or group of
    // that name that is in a file, or known to `names`, is taken as it is. EILSEQ where there is
    // one of the two alone, EBUSY where no number is free.
    Result<DynamicIdentity> acquire(UnitId unit, const ExecConfig& config, const Root& root,
                                    const NameLookup* names);
    // The last unit to let go of a user ends it.
    void release(UnitId unit);

    [[nodiscard]] std::optional<uid_t> find(std::string_view name) const;
    [[nodiscard]] std::optional<std::string> name_of(uid_t uid) const;
    // Number and name of each, by name.
    [[nodiscard]] std::vector<std::pair<uid_t, std::string>> all() const;

  private:
    struct Entry {
        uid_t uid = 0;
        std::set<UnitId> units;
    };
    Result<uid_t> take(UnitId unit, const std::string& name, const ExecConfig& config,
                       const Root& root);
    [[nodiscard]] std::optional<uid_t> pick(std::string_view name, const ExecConfig& config,
                                            const Root& root) const;
    [[nodiscard]] bool is_free(uid_t uid, const Root& root) const;

    std::map<std::string, Entry, std::less<>> users_;
};

} // namespace sctl
