#include "template/environment.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/text.hpp"
#include "template/globals.hpp"
#include "template/objects.hpp"
#include "template/runtime.hpp"
#include "template/thrown.hpp"

namespace sctl::jinja {
namespace {

constexpr size_t lines_around = 2;
constexpr size_t largest_source = size_t{16} << 20;

std::optional<String> read_regular_file(const String& path) {
    int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) return std::nullopt;
    struct stat status {};
    std::optional<String> text;
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode)) {
        text.emplace();
        char buffer[16384];
        for (ssize_t got = 0;
             (got = read(file, buffer, sizeof buffer)) > 0 && text->size() < largest_source;)
            text->append(buffer, static_cast<size_t>(got));
    }
    close(file);
    return text;
}

// Environment::handle_exception's view of what is no PythonError.
PythonError out_of_memory() {
    return PythonError{"MemoryError", "out of memory"};
}

} // namespace

std::optional<LoadedSource> DirectoryLoader::load(std::string_view name) {
    String path{std::string_view(directory_)};
    for (std::string_view part : split(name, "/")) {
        if (part == "..") return std::nullopt;
        if (part == ".") continue;
        path += joined("/", part);
    }
    auto text = read_regular_file(path);
    if (!text) return std::nullopt;
    return LoadedSource{std::string(*text), std::string(path)};
}

std::optional<LoadedSource> MapLoader::load(std::string_view name) {
    auto found = sources.find(name);
    if (found == sources.end()) return std::nullopt;
    return LoadedSource{found->second, {}};
}

Error thrown_error() {
    try {
        throw;
    } catch (const PythonError& error) {
        return Error{EINVAL, std::string(joined(error.type, ": ", error.message)), {}};
    } catch (const std::bad_alloc&) {
        return Error{ENOMEM, "out of memory", {}};
    }
}

String TemplateFailure::text() const {
    String out;
    if (!lines.empty()) {
        const TemplateLine& where = lines[0];
        out += joined(where.filename.empty() ? where.name : where.filename,
                      where.filename.empty() && where.name.empty() ? "" : ":", where.line, ": ");
    }
    out += joined(type, ": ", message);
    String plain = with_plain_newlines(source);
    Vector<std::string_view> all;
    for (size_t at = 0; at <= plain.size();) {
        size_t end = std::min(plain.find('\n', at), plain.size());
        all.push_back(std::string_view(plain).substr(at, end - at));
        at = end + 1;
    }
    if (lines.empty() || lines[0].line < 1 || static_cast<size_t>(lines[0].line) > all.size())
        return out;
    auto wrong = static_cast<size_t>(lines[0].line - 1);
    size_t first = wrong > lines_around ? wrong - lines_around : 0;
    size_t last = std::min(wrong + lines_around, all.size() - 1);
    String width = joined(last + 1);
    for (size_t i = first; i <= last; i++) {
        String number = joined(i + 1);
        out += joined("\n", i == wrong ? "> " : "  ", String(width.size() - number.size(), ' '),
                      number, " | ", all[i]);
    }
    for (size_t i = 1; i < lines.size(); i++) {
        std::string_view file = lines[i].filename.empty() ? lines[i].name : lines[i].filename;
        out += joined("\n  from ", file, file.empty() ? "line " : ":", lines[i].line);
    }
    return out;
}

Environment::Environment(Loader* loader, const ParserOptions& options)
    : loader_(loader),
      options_(options),
      globals_(default_globals()),
      runtime_(std::make_unique<Runtime>(*this)) {}

Environment::~Environment() = default;

Ref<Template> Environment::compile(std::string_view source, std::string_view name,
                                   std::string_view filename) {
    Ref<Template> made(new Template);
    made->name = name;
    made->filename = filename;
    made->source = source;
    try {
        made->code = resolve(parse(source, options_), *runtime_);
    } catch (const SyntaxError& error) {
        PythonError thrown{error.assertion ? "TemplateAssertionError" : "TemplateSyntaxError",
                           error.message};
        thrown.lines.push_back({made->name, made->filename, error.line});
        throw thrown;
    } catch (PythonError& error) {
        if (error.lines.empty()) error.lines.push_back({{}, {}, 1});
        error.lines[0].name = made->name;
        error.lines[0].filename = made->filename;
        throw;
    }
    return made;
}

Ref<Template> Environment::get_template(std::string_view name) {
    auto known = templates_.find(name);
    if (known != templates_.end()) return known->second;
    if (!loader_) type_error("no loader for this environment specified");
    auto loaded = loader_->load(name);
    if (!loaded) raise("TemplateNotFound", String(name));
    Ref<Template> made = compile(loaded->source, name, loaded->filename);
    templates_.emplace(String(name), made);
    return made;
}

String Environment::source_of(const TemplateLine& line, std::string_view given) const {
    auto known = templates_.find(line.name);
    if (known != templates_.end()) return known->second->source;
    if (loader_)
        if (auto loaded = loader_->load(line.name)) return String(loaded->source);
    return String(given);
}

Rendering Environment::render_template(std::string_view name, const std::string_view* source,
                                       const Value& variables) {
    Rendering done;
    PythonError failure;
    start_clock();
    try {
        try {
            Ref<Template> made = source ? compile(*source, name, {}) : get_template(name);
            done.output = runtime_->render(made, variables);
            done.ok = true;
            return done;
        } catch (PythonError& error) {
            failure = std::move(error);
        }
    } catch (const std::bad_alloc&) {
        failure = out_of_memory();
    }
    done.error.type = std::move(failure.type);
    done.error.message = std::move(failure.message);
    done.error.lines = std::move(failure.lines);
    if (!done.error.lines.empty()) {
        const TemplateLine& where = done.error.lines[0];
        bool own = source && where.name == name;
        done.error.source =
            own ? String(*source) : source_of(where, source ? *source : std::string_view());
    }
    return done;
}

Rendering Environment::render(std::string_view source, std::string_view name,
                              const Value& variables) {
    return render_template(name, &source, variables);
}

Rendering Environment::render_named(std::string_view name, const Value& variables) {
    return render_template(name, nullptr, variables);
}

} // namespace sctl::jinja
