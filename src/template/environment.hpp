// The room's door: templates by name or text, rendered with variables.
//
//     DirectoryLoader loader("/jinja");
//     Environment environment(&loader, {});
//     Rendering done = environment.render(text, "/templates/etc/a.conf", variables);
//     if (!done.ok) complain(done.error.text());
//
// What a template dies of is not thrown from here. Loaded templates are kept as long as the
// Environment.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "template/parser.hpp"
#include "template/value.hpp"

namespace sctl::jinja {

struct Template;
class Runtime;

struct LoadedSource {
    std::string source;
    std::string filename;
};

// Finds templates by name for `include`, `extends` and `import`.
class Loader {
  public:
    virtual ~Loader() = default;
    // Nothing where there is no such template.
    [[nodiscard]] virtual std::optional<LoadedSource> load(std::string_view name) = 0;
};

// Files below a directory. A name may not go up from there.
class DirectoryLoader : public Loader {
  public:
    explicit DirectoryLoader(std::string directory) : directory_(std::move(directory)) {}
    [[nodiscard]] std::optional<LoadedSource> load(std::string_view name) override;

  private:
    std::string directory_;
};

class MapLoader : public Loader {
  public:
    std::map<std::string, std::string, std::less<>> sources;
    [[nodiscard]] std::optional<LoadedSource> load(std::string_view name) override;
};

struct TemplateFailure {
    std::string type;           // Python's or Jinja2's name of the exception: "UndefinedError"
    std::string message;        // its words
    Vector<TemplateLine> lines; // where it was, the innermost first; then what included that
    std::string source;         // of the innermost
    // "FILE:LINE: UndefinedError: 'x' is undefined" and the lines around, the wrong one marked.
    [[nodiscard]] String text() const;
};

struct Rendering {
    bool ok = false;
    String output;
    TemplateFailure error;
};

class Environment {
  public:
    // `loader` may be null; it outlives this. `globals`: what all templates see besides variables,
    // the language's own functions included (default_globals()).
    explicit Environment(Loader* loader, const ParserOptions& options = {});
    ~Environment();
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

    // `name` is what messages call it, `variables` is a dict.
    [[nodiscard]] Rendering render(std::string_view source, std::string_view name,
                                   const Value& variables);
    [[nodiscard]] Rendering render_named(std::string_view name, const Value& variables);

    // What a template reads and nobody gives, also where a rendering does not come: a failure for
    // each name, but for those that it asks for with `is defined` or `default`. What ends the
    // search is a failure, too: a template that is none, memory, time.
    [[nodiscard]] Vector<TemplateFailure> unknown_names(std::string_view source,
                                                        std::string_view name,
                                                        const Value& variables);

    [[nodiscard]] Value globals() const { return globals_; }
    // These throw PythonError.
    [[nodiscard]] Ref<Template> get_template(std::string_view name);
    [[nodiscard]] Ref<Template> compile(std::string_view source, std::string_view name,
                                        std::string_view filename);

  private:
    [[nodiscard]] Rendering render_template(std::string_view name, const std::string_view* source,
                                            const Value& variables);
    [[nodiscard]] String source_of(const TemplateLine& line, std::string_view given) const;

    Loader* loader_;
    ParserOptions options_;
    Value globals_;
    std::map<String, Ref<Template>, std::less<>> templates_;
    std::unique_ptr<Runtime> runtime_; // values may come back to it, so it stays
};

} // namespace sctl::jinja
