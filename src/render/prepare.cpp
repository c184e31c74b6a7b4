#include "render/prepare.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "render/hooks.hpp"
#include "render/output_file.hpp"
#include "render/render.hpp"
#include "render/render_tree.hpp"
#include "render/variables.hpp"
#include "template/containers.hpp"
#include "template/environment.hpp"
#include "template/thrown.hpp"

namespace sctl {
namespace {

constexpr int result_descriptor = 3;
constexpr int least_arguments = 9;

bool exists_at(const std::string& path) {
    struct stat info {};
    return stat(path.c_str(), &info) == 0;
}

Span span_of(const char* milliseconds) {
    auto number = parse_number<int64_t>(milliseconds);
    return number ? Span(std::chrono::milliseconds(*number)) : infinity;
}

class Preparer {
  public:
    Preparer(char** arguments, int count)
        : variables_file_(arguments[1]),
          tree_{arguments[2], arguments[3], false},
          jinja_(arguments[4]),
          hooks_directory_(arguments[5]),
          words_(arguments + least_arguments, arguments + count),
          hooks_(span_of(arguments[6])),
          loader_(jinja_),
          environment_(&loader_) {}

    // The exit status; what has failed has been said.
    int run() {
        const char* skips = getenv("SKIP_ENTRYPOINT");
        bool is_skipped = skips && *skips != '\0';
        auto done = is_skipped ? Result<void>() : prepare_files();
        if (done) done = render_words();
        if (done) done = hand_over();
        if (done) return EXIT_SUCCESS;
        if (!done.error().text.empty()) log_error(done.error().text);
        int status = done.error().code;
        return status > 0 && status < 256 ? status : EXIT_FAILURE;
    }

  private:
    static Error failure(const Error& error) { return Error{EXIT_FAILURE, error.text, {}}; }

    Result<void> prepare_files() {
        if (exists_at(jinja_) && exists_at(tree_.templates) && lies_below(jinja_, tree_.templates))
            return Error{EXIT_FAILURE,
                         cat(jinja_, ": lies below the directory of templates, ", tree_.templates),
                         {}};
        std::vector<std::string> files;
        if (exists_at(variables_file_)) files.push_back(variables_file_);
        auto variables = read_variables(files, environ);
        if (!variables) return failure(variables.error());
        variables_ = std::move(*variables);
        if (auto loaded = hooks_.load(hooks_directory_); !loaded) return loaded;
        if (auto called = hooks_.call(HookStage::Before, variables_); !called) return called;
        TextRenderer render = [this](std::string_view text, const std::string& path) {
            return render_text(environment_, text, path, variables_);
        };
        if (exists_at(tree_.templates) && !render_tree(tree_, render))
            return Error{EXIT_FAILURE, {}, {}};
        if (auto called = hooks_.call(HookStage::After, variables_); !called) return called;
        return hooks_.call(HookStage::Last, variables_);
    }

    Result<void> render_words() {
        for (size_t i = 0; i < words_.size(); i++) {
            // What is no text for Jinja2 is none of its templates either.
            if (words_[i].find('{') == std::string::npos) continue;
            auto rendered = render_text(environment_, words_[i], cat("argument ", i), variables_);
            if (!rendered) return failure(rendered.error());
            if (rendered->find('\0') != std::string::npos)
                return Error{EXIT_FAILURE, cat("argument ", i, ": has a null in it"), {}};
            words_[i] = std::move(*rendered);
        }
        return {};
    }

    Result<void> hand_over() const {
        std::string records;
        for (const auto& name : hooks_.changed_environment()) {
            const char* value = getenv(name.c_str());
            records += value ? cat("=", name, "=", value) : cat("-", name);
            records += '\0';
        }
        for (const auto& word : words_) (records += cat("w", word)) += '\0';
        std::string_view rest = records;
        while (!rest.empty()) {
            ssize_t written = write(result_descriptor, rest.data(), rest.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return failure(errno_error("handing over the command"));
            rest.remove_prefix(static_cast<size_t>(written));
        }
        return {};
    }

    std::string variables_file_;
    RenderTree tree_;
    std::string jinja_, hooks_directory_;
    std::vector<std::string> words_;
    jinja::Value variables_ = jinja::dict();
    Hooks hooks_;
    jinja::DirectoryLoader loader_;
    jinja::Environment environment_;
};

} // namespace

int run_prepare(int count, char** arguments) {
    if (count < least_arguments || fcntl(result_descriptor, F_SETFD, FD_CLOEXEC) < 0) {
        log_error("sctl-prepare is run by an init.");
        return EXIT_FAILURE;
    }
    if (std::string_view(arguments[8]) == "quiet") set_log_level(LogLevel::Error);
    set_ending_grace(span_of(arguments[7]));
    signal(SIGPIPE, SIG_IGN); // of a hook that does not read
    end_on_signals();
    try {
        return Preparer(arguments, count).run();
    } catch (...) {
        log_error(jinja::thrown_error().text);
        return EXIT_FAILURE;
    }
}

} // namespace sctl
