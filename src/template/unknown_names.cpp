// Names that a template looks for among the variables, wherever it does: what
// jinja2.meta.find_undeclared_variables() says, less those whose absence the template expects.
#include <map>
#include <set>

#include "template/containers.hpp"
#include "template/environment.hpp"
#include "template/node.hpp"
#include "template/objects.hpp"
#include "template/print.hpp"
#include "template/resolver.hpp"

namespace sctl::jinja {
namespace {

struct Uses {
    std::map<String, int, std::less<>> lines; // where each is first read
    std::set<String, std::less<>> known;      // set somewhere, or asked for

    void add(const Node& node) {
        Depth depth;
        bool is_question =
            node.type == NodeType::Test
                ? node.name == "defined" || node.name == "undefined"
                : node.type == NodeType::Filter && (node.name == "default" || node.name == "d");
        if (is_question && node.left && node.left->type == NodeType::Name)
            known.insert(node.left->name);
        if (node.type == NodeType::Name && node.access == Access::Load)
            lines.try_emplace(node.name, node.line);
        else if (!node.name.empty() && node.type != NodeType::Filter && node.type != NodeType::Test)
            known.insert(node.name); // a target, a macro, an import
        for (const auto& name : node.names) known.insert(name.second);
        for (const Node* child : children_of(node)) add(*child);
    }
};

void add_failure(Vector<TemplateFailure>& found, const PythonError& error,
                 std::string_view source) {
    TemplateFailure& failure = found.emplace_back();
    failure.type = error.type;
    failure.message = error.message;
    failure.lines = error.lines;
    failure.source = source;
}

} // namespace

Vector<TemplateFailure> Environment::unknown_names(std::string_view source, std::string_view name,
                                                   const Value& variables) {
    Vector<TemplateFailure> found;
    try {
        Ref<Template> made = compile(source, name, {});
        // A parent may set what blocks here read.
        if (made->code->has_extends) return found;
        Uses uses;
        for (const Node* node : made->code->tree->body) uses.add(*node);
        for (const Value& wanted : made->code->wanted) {
            const String& text = wanted.text();
            auto line = uses.lines.find(text);
            if (line == uses.lines.end() || uses.known.contains(text) ||
                variables.dict().get(wanted) || globals_.dict().get(wanted))
                continue;
            uses.known.insert(text);
            add_failure(found,
                        {"UndefinedError",
                         joined(str_repr(text), " is undefined"),
                         {{String(name), {}, line->second}}},
                        source);
        }
    } catch (const PythonError& error) {
        add_failure(found, error, source);
        if (error.lines.empty()) found.back().lines.push_back({String(name), {}, 1});
    }
    return found;
}

} // namespace sctl::jinja
