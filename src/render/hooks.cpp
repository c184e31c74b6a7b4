#include "render/hooks.hpp"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/files.hpp"
#include "base/text.hpp"
#include "render/python_driver.hpp"
#include "template/containers.hpp"
#include "template/json_values.hpp"
#include "template/thrown.hpp"

namespace sctl {
namespace {

constexpr const char* python_functions[] = {"prehook", "hook", "posthook"};
constexpr const char* program_words[] = {"pre", "hook", "post"};

Error hook_failure(int status, const std::string& path, std::string_view why) {
    return Error{status, cat(path, ": ", why), {}};
}

Error thrown_failure(const std::string& path) {
    return hook_failure(EXIT_FAILURE, path, jinja::thrown_error().text);
}

jinja::Value text_value(std::string_view text) {
    return jinja::str(std::string(text));
}

// Null where the answer has no such object.
jinja::Value* member(jinja::Dict& answer, std::string_view name, jinja::Kind kind) {
    jinja::Value* found = answer.get(name);
    return found && found->is(kind) ? found : nullptr;
}

void set_all(jinja::Value& variables, jinja::Dict& from) {
    for (size_t i = 0; i < from.places(); i++)
        if (!from.key(i).is_missing()) variables.dict().put(from.key(i), from.value(i));
}

} // namespace

Result<void> Hooks::load(const std::string& directory) {
    DirectoryStream stream(opendir(directory.c_str()));
    if (!stream && errno == ENOENT) return {};
    if (!stream) return Error{EXIT_FAILURE, errno_error(directory).text, {}};
    std::vector<std::string> names;
    while (const dirent* entry = readdir(stream.get()))
        if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
    std::ranges::sort(names);
    for (const auto& name : names) {
        Hook hook{cat(directory, "/", name), name.ends_with(".py")};
        struct stat info {};
        if (stat(hook.path.c_str(), &info) < 0 || !S_ISREG(info.st_mode)) continue;
        if (hook.is_python || access(hook.path.c_str(), X_OK) == 0)
            hooks_.push_back(std::move(hook));
    }
    for (const Hook& hook : hooks_) {
        if (!hook.is_python) continue;
        try {
            jinja::Value request = jinja::dict();
            request.dict().put("call", jinja::Value());
            auto loaded = ask_python(hook, request);
            if (!loaded) return loaded.error();
        } catch (...) {
            return thrown_failure(hook.path);
        }
    }
    return {};
}

Result<void> Hooks::call(HookStage stage, jinja::Value& variables) {
    for (const Hook& hook : hooks_) {
        try {
            auto called = hook.is_python ? call_python(hook, stage, variables)
                                         : call_program(hook, stage, variables);
            if (!called) return called;
        } catch (...) {
            return thrown_failure(hook.path);
        }
    }
    return {};
}

Result<jinja::Value> Hooks::ask_python(const Hook& hook, const jinja::Value& request) {
    if (!python_.is_running()) {
        auto started = python_.start({"python3", "-u", "-c", python_driver},
                                     HookProcess::Answers::Descriptor3);
        if (!started)
            return hook_failure(
                EXIT_FAILURE, hook.path,
                cat("a hook in Python, for which there is no interpreter: ", started.error().text));
    }
    request.dict().put("path", text_value(hook.path));
    auto text = jinja::write_json(request);
    if (!text) return hook_failure(EXIT_FAILURE, hook.path, text.error().text);
    auto line = python_.ask(*text + "\n", std::string(base_name(hook.path)), at_most_);
    if (!line) {
        int status = line.error().code == EPIPE ? python_.status() : 0;
        return hook_failure(status != 0 ? status : EXIT_FAILURE, hook.path, line.error().text);
    }
    auto answer = jinja::read_json(*line);
    if (!answer || !answer->is(jinja::Kind::Dict))
        return hook_failure(EXIT_FAILURE, hook.path, "python3 has answered nonsense");
    take_environment(answer->dict());
    if (auto* error = member(answer->dict(), "error", jinja::Kind::Str))
        return hook_failure(EXIT_FAILURE, hook.path, error->text());
    if (auto* status = member(answer->dict(), "status", jinja::Kind::Int)) {
        int code = static_cast<int>(status->integer() & 255);
        if (code != 0) return hook_failure(code, hook.path, cat("has ended with status ", code));
    }
    return std::move(*answer);
}

Result<void> Hooks::call_python(const Hook& hook, HookStage stage, jinja::Value& variables) {
    jinja::Value request = jinja::dict();
    request.dict().put("call", text_value(python_functions[static_cast<size_t>(stage)]));
    request.dict().put("variables", variables);
    auto answer = ask_python(hook, request);
    if (!answer) return answer.error();
    if (auto* removed = member(answer->dict(), "removed", jinja::Kind::List))
        for (const jinja::Value& name : removed->items()) (void)variables.dict().remove(name);
    if (auto* set = member(answer->dict(), "set", jinja::Kind::Dict))
        set_all(variables, set->dict());
    return {};
}

void Hooks::take_environment(jinja::Dict& answer) {
    if (auto* set = member(answer, "environment", jinja::Kind::Dict)) {
        jinja::Dict& changes = set->dict();
        for (size_t i = 0; i < changes.places(); i++) {
            if (!changes.value(i).is_str()) continue;
            setenv(changes.key(i).text().c_str(), changes.value(i).text().c_str(), 1);
            changed_.emplace_back(changes.key(i).text());
        }
    }
    if (auto* unset = member(answer, "unset", jinja::Kind::List)) {
        for (const jinja::Value& name : unset->items()) {
            if (!name.is_str()) continue;
            unsetenv(name.text().c_str());
            changed_.emplace_back(name.text());
        }
    }
}

Result<void> Hooks::call_program(const Hook& hook, HookStage stage, jinja::Value& variables) {
    auto text = jinja::write_json(variables);
    if (!text) return hook_failure(EXIT_FAILURE, hook.path, text.error().text);
    HookProcess program;
    auto started = program.start({hook.path, program_words[static_cast<size_t>(stage)]},
                                 HookProcess::Answers::Output);
    if (!started) return Error{EXIT_FAILURE, started.error().text, {}};
    auto output = program.ask(*text, std::string(base_name(hook.path)), at_most_);
    if (!output) return hook_failure(EXIT_FAILURE, hook.path, output.error().text);
    if (program.status() != 0)
        return hook_failure(program.status(), hook.path,
                            cat("has ended with status ", program.status()));
    if (trim(*output).empty()) return {};
    auto answer = jinja::read_json(*output);
    if (!answer)
        return hook_failure(EXIT_FAILURE, hook.path,
                            cat("has not answered in JSON: ", answer.error().text));
    if (!answer->is(jinja::Kind::Dict))
        return hook_failure(EXIT_FAILURE, hook.path, "has answered no object of JSON");
    set_all(variables, answer->dict());
    return {};
}

} // namespace sctl
