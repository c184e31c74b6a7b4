// Environments of processes: lists of NAME=VALUE, the files that EnvironmentFile= names, and the
// variables that command lines refer to (systemd.exec(5), systemd.service(5) "Command Lines").
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace sctl {

// Letters, digits and "_", no digit first.
[[nodiscard]] bool environment_name_is_valid(std::string_view name);
// Any UTF-8, line breaks included.
[[nodiscard]] bool environment_value_is_valid(std::string_view value);
[[nodiscard]] bool environment_assignment_is_valid(std::string_view assignment);

// A list in which each name stands once; its order is that of the first assignments.
class Environment {
  public:
    Environment() = default;
    explicit Environment(const std::vector<std::string>& assignments) { merge(assignments); }

    // Of the assignments() of another: nothing is compared again.
    [[nodiscard]] static Environment of_distinct(std::vector<std::string> assignments) {
        Environment environment;
        environment.list_ = std::move(assignments);
        return environment;
    }

    // Takes the place of an earlier assignment to the same name. What has no "=" is left out.
    void set(std::string_view assignment);
    void set(std::string_view name, std::string_view value);
    // Each in turn, later ones win.
    void merge(const std::vector<std::string>& assignments);
    // "NAME" takes the variable out whatever its value, "NAME=VALUE" only with this value.
    void unset(std::string_view name_or_assignment);

    [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const;
    [[nodiscard]] const std::vector<std::string>& assignments() const noexcept { return list_; }
    [[nodiscard]] bool empty() const noexcept { return list_.empty(); }

  private:
    void put(std::string_view name, std::string&& assignment);

    std::vector<std::string> list_;
};

// The assignments of an environment file's text; of those to one name the last one's value counts.
// Comments, continued lines, quotes and escapes as in systemd.exec(5), EnvironmentFile=. EINVAL for
// text that is not UTF-8, EBADMSG for a zero byte. Names are not checked: the caller leaves out,
// and tells of, those for which environment_assignment_is_valid is false.
[[nodiscard]] Result<std::vector<std::string>> parse_environment_file(std::string_view text);

// "${NAME}" becomes the variable's value or nothing, "$$" a "$"; all else stays as it is.
[[nodiscard]] std::string replace_variables(std::string_view text, const Environment& environment);
// The same for each word; and a word "$NAME" becomes the words of the value, none for no value.
[[nodiscard]] std::vector<std::string> replace_variables(const std::vector<std::string>& words,
                                                         const Environment& environment);

} // namespace sctl
