// A line of tmpfiles.d(5) as an Item. What must be known of the machine comes in by LineContext, so
// that this is a function of values. What is wrong with a line is said in systemd's words.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.hpp"
#include "base/log.hpp"
#include "tmpfiles/item.hpp"
#include "unit/facts.hpp"

namespace sctl {

struct LineContext {
    Root root;
    const Facts& facts;
    bool boot = false;                                   // --boot: lines with "!" count
    std::vector<std::string> prefixes = {};              // --prefix=: only these, if there are any
    std::vector<std::string> excluded_prefixes = {};     // --exclude-prefix=
    AclNames names;                                      // of users and groups; ESRCH
    std::function<bool(const std::string& path)> exists; // of the source of a copy
    // ENOENT and ENXIO: no such credential was handed to us.
    std::function<Result<std::string>(const std::string& name)> credential;
};

struct LineMessage {
    LogLevel level;
    std::string text;
    bool located = true; // to be logged with the file and the line's number in front
};

struct ParsedLine {
    std::optional<Item> item; // none: the line does not count, or has failed
    bool failed = false;  // of no use, and yet no syntax error (a source that does not exist, ...)
    bool invalid = false; // a syntax error: systemd-tmpfiles ends with EX_DATAERR
    bool unresolvable = false; // a specifier that this machine, not set up yet, has no value for
    std::vector<LineMessage> messages;
};

// `line` is not empty and no comment.
[[nodiscard]] ParsedLine parse_tmpfiles_line(std::string_view line, const LineContext& context);

// Whether --prefix= and --exclude-prefix= let a line for `path` count.
[[nodiscard]] bool is_included(std::string_view path, const LineContext& context);

} // namespace sctl
