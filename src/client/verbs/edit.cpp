// edit: has the user's editor change drop-ins of units, or with --full their unit files. It works
// on copies beside the files, which take their places when it has ended.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/files.hpp"
#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/unit_names.hpp"
#include "client/files/unit_sources.hpp"
#include "client/text/output_style.hpp"
#include "client/verbs/verb_table.hpp"
#include "os/random.hpp"
#include "os/run_program.hpp"
#include "unit/syntax/extract_word.hpp"
#include "unit/values/signal_name.hpp"

namespace sctl {
namespace {

constexpr std::string_view begins =
    "### Anything between here and the comment below will become the new contents of the file";
constexpr std::string_view ends = "### Lines below this comment will be discarded";

std::string random_suffix() {
    std::array<char, 17> text{};
    (void)std::snprintf(text.data(), text.size(), "%016llx",
                        static_cast<unsigned long long>(random_number()));
    return text.data();
}

Result<std::string> text_of(const std::string& fragment) {
    auto text = read_file(fragment);
    const EmbeddedUnit* embedded = text ? nullptr : embedded_unit(fragment);
    return embedded ? Result<std::string>(std::string(embedded->text)) : text;
}

// One file, and the copy that is edited. The copy goes with the object, and so does a directory for
// drop-ins that was made in vain.
class Edit {
  public:
    Edit(std::string path, bool full) : path_(std::move(path)), full_(full) {
        copy_ = cat(directory_of(path_), "/.#", base_name(path_), random_suffix());
    }
    Edit(Edit&& other) noexcept
        : path_(std::move(other.path_)),
          copy_(std::exchange(other.copy_, {})),
          full_(other.full_) {}
    Edit& operator=(Edit&&) = delete;
    ~Edit() {
        if (copy_.empty()) return; // moved from
        (void)unlink(copy_.c_str());
        if (!full_) (void)rmdir(std::string(directory_of(path_)).c_str());
    }

    [[nodiscard]] const std::string& copy() const noexcept { return copy_; }

    // False, and said, where the copy cannot be made. A new file has no `sources`: the editor
    // makes the copy.
    bool prepare(const std::vector<std::string>& sources) {
        if (auto made = make_directories(std::string(directory_of(path_))); !made) {
            log_error("Failed to create directories for \"", path_,
                      "\": ", strerror(made.error().code));
            return false;
        }
        if (sources.empty()) return true;
        auto text = full_ ? text_of(sources.front()) : annotated(sources);
        auto written = text ? write_file_atomically(copy_, *text) : text.error();
        if (written) return true;
        log_error("Failed to create temporary file for \"", path_,
                  "\": ", strerror(written.error().code));
        return false;
    }

    // Puts what was edited into its place, unless nothing is left of it. False, and said, where
    // that fails; an edit that is given up is no failure.
    bool finish() {
        auto edited = read_file(copy_);
        if (!edited) {
            log_error("Failed to read temporary file \"", copy_,
                      "\": ", strerror(edited.error().code));
            return true;
        }
        auto text = contents_of(*edited);
        if (text.empty()) {
            log_warning("Editing \"", path_, "\" canceled: temporary file is empty.");
            return true;
        }
        auto written = write_file_atomically(copy_, text);
        if (written && rename(copy_.c_str(), path_.c_str()) < 0) written = errno_error("rename");
        if (!written) {
            log_error("Failed to rename \"", copy_, "\" to \"", path_,
                      "\": ", strerror(written.error().code));
        }
        return written.has_value();
    }

  private:
    // What is there, between marks, and below them as comments what the unit is made of.
    [[nodiscard]] Result<std::string> annotated(const std::vector<std::string>& sources) const {
        auto present = read_file(path_);
        if (!present && present.error().code != ENOENT) return present;
        std::string text = cat("### Editing ", path_, "\n", begins, "\n\n",
                               present ? *present : std::string(), "\n\n", ends);
        for (const auto& source : sources) {
            auto contents = source == path_ ? Result<std::string>(Error{}) : text_of(source);
            if (!contents) continue;
            text += cat("\n\n### ", source);
            for (auto line : split_lines(trim(*contents))) text += cat("\n# ", line);
        }
        return text;
    }
    static std::vector<std::string_view> split_lines(std::string_view text) {
        std::vector<std::string_view> lines;
        while (!text.empty()) {
            auto end = std::min(text.find('\n'), text.size());
            lines.push_back(text.substr(0, end));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        return lines;
    }
    // All of it where the lower mark has gone.
    static std::string_view contents_of(std::string_view text) {
        auto end = text.find(ends);
        if (end == text.npos) return trim(text);
        auto begin = text.find(begins);
        if (begin < end) return trim(text.substr(0, end).substr(begin + begins.size()));
        return trim(text.substr(0, end));
    }

    std::string path_, copy_;
    bool full_;
};

bool asks_to_overwrite(const std::string& path, const std::string& by) {
    std::string question =
        cat("\"", path, "\" already exists. Overwrite with \"", by, "\"? [(y)es, (n)o] ");
    std::array<char, 256> line{};
    while (print(question) && std::fgets(line.data(), line.size(), stdin)) {
        auto answer = trim(std::string_view(line.data()));
        if (answer == "y" || answer == "n") return answer == "y";
    }
    return false;
}

class EditRun {
  public:
    explicit EditRun(Session& session) : session_(session), files_(session) {}

    // False where the unit cannot be edited, which has been said.
    bool add(const std::string& name, const UnitSources& sources) {
        const auto& request = session_.request;
        if (sources.kind == UnitSources::Kind::Masked) {
            log_error("Cannot edit ", name, ": unit is masked.");
            return false;
        }
        auto fragment = sources.fragment;
        if (fragment.empty() && find_embedded_unit(name)) fragment = name;
        bool found = sources.kind == UnitSources::Kind::Found && !fragment.empty();
        if (!found && request.force == 0) {
            log_error("No files found for ", name, ".");
            log_info("Run 'systemctl edit", session_.scope_option(), " --force --full ", name,
                     "' to create a new unit.");
            return false;
        }
        if (!found) return prepare(name, {});
        // An alias leads to the file; what an instance gets is its own and not its template's.
        auto of_file = UnitName::parse(base_name(fragment));
        bool is_instance = of_file && of_file->is_template() && name != of_file->str();
        std::vector<std::string> all = {fragment};
        if (!request.full) std::ranges::copy(sources.drop_ins, std::back_inserter(all));
        return prepare(is_instance ? name : std::string(base_name(fragment)), all);
    }

    // The exit status, which is 0 too where the editor fails: then all stays as it was.
    int edit() {
        if (!run_editor()) return exit_ok;
        for (auto& each : edits_) {
            if (!each.finish()) return exit_failure;
        }
        bool reloads = !session_.request.no_reload && session_.manager_if_any();
        return reloads ? verb_daemon_reload(session_, {"daemon-reload"}) : exit_ok;
    }

  private:
    bool prepare(const std::string& name, const std::vector<std::string>& sources) {
        const auto& request = session_.request;
        const auto& place = files_.place();
        auto leaf = cat("/", name, request.full ? "" : ".d/override.conf");
        auto path = place.root.at(cat(place.paths.persistent_config, leaf));
        if (request.runtime) {
            auto stronger = std::move(path);
            path = place.root.at(cat(place.paths.runtime_config, leaf));
            if (access(stronger.c_str(), F_OK) == 0) {
                log_error("Refusing to create \"", path, "\" because it would be overridden by \"",
                          stronger, "\" anyway.");
                return false;
            }
        }
        bool overwrites = request.full && !sources.empty() && sources.front() != path &&
                          access(path.c_str(), F_OK) == 0;
        if (overwrites && !asks_to_overwrite(path, sources.front())) {
            log_warning(name, " skipped.");
            return false;
        }
        edits_.emplace_back(std::move(path), request.full);
        return edits_.back().prepare(sources);
    }

    // The user's, else one of those that are usual; true where it has ended well.
    bool run_editor() {
        std::vector<Words> candidates;
        for (const char* variable : {"SYSTEMD_EDITOR", "EDITOR", "VISUAL"}) {
            const char* value = std::getenv(variable);
            if (!value) continue;
            auto words = split_quoted(value, {.keep_escapes = true});
            if (words && !words->empty()) candidates.push_back(*std::move(words));
            break;
        }
        for (const char* editor : {"editor", "nano", "vim", "vi"}) candidates.push_back({editor});
        for (auto& words : candidates) {
            auto name = words.front();
            for (const auto& each : edits_) words.push_back(each.copy());
            auto status = run_program(words);
            if (status) return has_ended_well(*status);
            if (status.error().code == ENOENT) continue;
            log_error("Failed to execute '", name, "': ", strerror(status.error().code));
            return has_ended_well(exit_failure);
        }
        log_error(
            "Cannot edit units, no editor available. Please set either $SYSTEMD_EDITOR, $EDITOR or "
            "$VISUAL.");
        return has_ended_well(exit_failure);
    }
    static bool has_ended_well(int status) {
        if (status > 128)
            log_error("(editor) terminated by signal ", signal_name(status - 128), ".");
        else if (status != 0)
            log_error("(editor) failed with exit status ", status, ".");
        return status == 0;
    }

    Session& session_;
    UnitFiles files_;
    std::vector<Edit> edits_;
};

} // namespace

int verb_edit(Session& session, const Words& words) {
    if (!is_at_terminal()) {
        log_error("Cannot edit units if not on a tty.");
        return exit_failure;
    }
    auto* manager = session.manager_if_any();
    Words names;
    if (manager) {
        auto expanded = expand_unit_names(session, *manager, {words.begin() + 1, words.end()});
        if (!expanded) return exit_failure;
        names = std::move(expanded->names);
    } else {
        for (auto word = words.begin() + 1; word != words.end(); ++word) {
            names.push_back(mangle_or_complain(session, *word));
            if (names.back().empty()) return exit_failure;
        }
    }
    if (names.empty()) {
        log_error("No units matched the specified patterns.");
        return exit_failure;
    }
    EditRun run(session);
    for (const auto& name : names) {
        if (!run.add(name, find_sources(session, manager, name))) return exit_failure;
    }
    return run.edit();
}

} // namespace sctl
