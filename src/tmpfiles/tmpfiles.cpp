#include "tmpfiles/tmpfiles.hpp"

#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/resolve_path.hpp"
#include "base/text.hpp"
#include "base/version_text.hpp"
#include "os/credentials.hpp"
#include "os/machine.hpp"
#include "os/users.hpp"
#include "tmpfiles/apply.hpp"
#include "tmpfiles/item_list.hpp"
#include "tmpfiles/parse_line.hpp"
#include "tmpfiles/tmpfiles_request.hpp"
#include "unit/search/config_files.hpp"

namespace sctl {
namespace {

constexpr std::string_view tmpfiles_directories[] = {"/etc/tmpfiles.d", "/run/tmpfiles.d",
                                                     "/usr/local/lib/tmpfiles.d",
                                                     "/usr/lib/tmpfiles.d", "/lib/tmpfiles.d"};

// Reads configuration into one list, and says what is wrong with it.
class TmpfilesReader {
  public:
    TmpfilesReader(const TmpfilesRequest& request, const LineContext& context)
        : request_(request), context_(context) {}

    // What the command line asks for. An error where a file that was named cannot be used.
    Result<void> read();
    ItemList& items() noexcept { return items_; }
    [[nodiscard]] bool is_invalid() const noexcept { return invalid_; }

  private:
    Result<void> read_named();
    void read_directories();
    // The first line that failed; lines of bad syntax are only logged.
    Result<void> read_file(const std::string& path);
    bool add_line(const std::string& path, const ConfigLine& line);
    void tell_unresolvable(const std::string& where);

    const TmpfilesRequest& request_;
    const LineContext& context_;
    ItemList items_;
    bool invalid_ = false;
    bool said_unresolvable_ = false;
};

void TmpfilesReader::tell_unresolvable(const std::string& where) {
    // Below another root this is the usual thing: an image that is not set up.
    bool is_machine = context_.root.is_machine();
    auto level = said_unresolvable_ || !is_machine ? LogLevel::Debug : LogLevel::Notice;
    log(level, where, "Failed to resolve specifier: uninitialized /etc/ detected, skipping.");
    if (!said_unresolvable_)
        log(level, "All rules containing unresolvable specifiers will be skipped.");
    said_unresolvable_ = true;
}

bool TmpfilesReader::add_line(const std::string& path, const ConfigLine& line) {
    auto where = cat(path == "-" ? "<stdin>" : path, ":", line.number, ": ");
    auto parsed = parse_tmpfiles_line(line.text, context_);
    for (const auto& message : parsed.messages)
        log(message.level, message.located ? where : "", message.text);
    if (parsed.unresolvable) tell_unresolvable(where);
    if (parsed.invalid) invalid_ = true;
    if (parsed.item) {
        auto target = parsed.item->path;
        if (!items_.add(std::move(*parsed.item)))
            log_warning(where, "Duplicate line for path \"", target, "\", ignoring.");
    }
    return !parsed.failed || parsed.invalid;
}

Result<void> TmpfilesReader::read_file(const std::string& path) {
    auto lines = read_config_lines(path);
    if (!lines && lines.error().code == ENOENT)
        return errno_error(cat("Failed to open '", path, "'"), ENOENT);
    if (!lines) return errno_error(cat("Failed to read '", path, "'"), lines.error().code);
    bool all_well = true;
    for (const auto& line : *lines) all_well = add_line(path, line) && all_well;
    items_.fill_ages();
    return all_well ? Result<void>{} : Error{EIO, {}, {}};
}

Result<void> TmpfilesReader::read_named() {
    for (const auto& name : request_.files) {
        auto path = name == "-" ? Result<std::string>(name)
                                : find_config_file(request_.root, tmpfiles_directories, name);
        auto read = path ? read_file(*path)
                         : errno_error(cat("Failed to open '", name, "'"), path.error().code);
        if (!read) return read;
    }
    return {};
}

// A file that cannot be read is logged and left out; the others count.
void TmpfilesReader::read_directories() {
    auto files = request_.replace.empty()
                     ? config_files(request_.root, tmpfiles_directories)
                     : config_files_with(request_.root, tmpfiles_directories, request_.replace);
    for (const auto& file : files) {
        if (file == request_.replace) {
            auto read = read_named();
            if (!read && !read.error().text.empty()) log_error(read.error().text);
            continue;
        }
        auto resolved = resolve_path(request_.root, file);
        if (!resolved) continue;
        auto read = read_file(request_.root.at(file));
        bool is_missing = !read && read.error().code == ENOENT;
        if (!read && !is_missing && !read.error().text.empty()) log_error(read.error().text);
    }
}

Result<void> TmpfilesReader::read() {
    if (request_.replace.empty() && !request_.files.empty()) {
        auto read = read_named();
        if (!read) return read;
    } else {
        read_directories();
    }
    auto extra = credential_path("tmpfiles.extra");
    if (!extra) return {};
    auto read = read_file(*extra);
    return !read && read.error().code == ENOENT ? Result<void>{} : read;
}

// $TMPDIR and its like, where one is a directory.
std::string temporary_directory(const char* otherwise) {
    for (const char* name : {"TMPDIR", "TEMP", "TMP"}) {
        const char* value = getenv(name);
        struct stat info {};
        if (value && is_normalized_absolute(value) && stat(value, &info) == 0 &&
            S_ISDIR(info.st_mode))
            return simplify_path(value);
    }
    return otherwise;
}

LineContext context_for(const TmpfilesRequest& request, const Facts& facts) {
    const Root& root = request.root;
    LineContext context{root, facts, request.boot, request.prefixes, request.excluded_prefixes, {},
                        {},   {}};
    context.names.user = [root](std::string_view name) -> Result<uid_t> {
        if (auto number = parse_id(name)) return *number;
        auto user = find_user(root, name);
        if (!user) return user.error();
        return user->uid;
    };
    context.names.group = [root](std::string_view name) -> Result<gid_t> {
        if (auto number = parse_id(name)) return *number;
        auto group = find_group(root, name);
        if (!group) return group.error();
        return group->gid;
    };
    context.exists = [](const std::string& path) {
        struct stat info {};
        return lstat(path.c_str(), &info) == 0;
    };
    context.credential = read_credential;
    return context;
}

int apply(const TmpfilesRequest& request) {
    if (access("/proc/self/fd", F_OK) != 0) {
        log_error(
            "/proc/ is not mounted, but required for successful operation of systemd-tmpfiles. "
            "Please mount /proc/.");
        return EXIT_FAILURE;
    }
    umask(0); // modes are as lines have them
    auto facts = collect_facts(request.root);
    facts.directories.temporary = temporary_directory("/tmp");
    facts.directories.large_temporary = temporary_directory("/var/tmp");
    auto context = context_for(request, facts);
    TmpfilesReader reader(request, context);
    auto read = reader.read();
    if (!read) {
        if (!read.error().text.empty()) log_error(read.error().text);
        return EXIT_FAILURE;
    }
    auto& items = reader.items();
    items.link();
    int error = apply_items(request.root, items, request.operations, current_moment().realtime);
    if (error == ENOMEM || error == EMFILE || error == ENFILE) return EXIT_FAILURE;
    if (reader.is_invalid()) return EX_DATAERR;
    return error == 0 ? EXIT_SUCCESS : EX_CANTCREAT;
}

} // namespace

int run_tmpfiles_setup() {
    TmpfilesRequest request;
    bool boots = getppid() == 1;
    request.operations = {.create = true, .clean = false, .remove = boots};
    request.boot = boots;
    request.excluded_prefixes = {"/dev"}; // the engine's
    return apply(request);
}

int run_tmpfiles(int count, char** arguments) {
    auto request = read_tmpfiles_request({arguments + 1, arguments + count}, arguments[0]);
    switch (request.task) {
        case TmpfilesRequest::Task::Help: print(tmpfiles_help()); return EXIT_SUCCESS;
        case TmpfilesRequest::Task::Version: print(version_text()); return EXIT_SUCCESS;
        case TmpfilesRequest::Task::CatConfig:
            return print_config(request.root, tmpfiles_directories) ? EXIT_SUCCESS : EXIT_FAILURE;
        case TmpfilesRequest::Task::Apply: return apply(request);
        case TmpfilesRequest::Task::Wrong: break;
    }
    return EXIT_FAILURE;
}

} // namespace sctl
