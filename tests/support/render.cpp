// Renders templates that come on the standard input, for tests/fuzz/compare_templates.py: so that a
// thousand of them need one process.
//
// A case is lines "TEMPLATE NAME LENGTH" followed by so many bytes, the first is the one to render,
// and a line "render". What comes back is "ok LENGTH" and the output, or "error TYPE LINE LENGTH"
// and the message. The variable `v` is what the template "variables" prints as a list or dict: it
// is an expression.
#include <cstdio>
#include <cstring>
#include <string>

#include "template/containers.hpp"
#include "template/environment.hpp"
#include "template/memory.hpp"
#include "template/module.hpp"
#include "template/objects.hpp"
#include "test_variables.hpp"

using namespace sctl::jinja;

namespace {

bool read_line(std::string& line) {
    line.clear();
    for (int c = 0; (c = getchar()) != EOF && c != '\n';) line += static_cast<char>(c);
    return !line.empty();
}

std::string read_bytes(size_t count) {
    std::string bytes(count, '\0');
    bytes.resize(fread(bytes.data(), 1, count, stdin));
    return bytes;
}

void answer(const Rendering& done) {
    if (done.ok) {
        printf("ok %zu\n", done.output.size());
        fwrite(done.output.data(), 1, done.output.size(), stdout);
    } else {
        int line = done.error.lines.empty() ? 0 : done.error.lines[0].line;
        printf("error %s %d %zu\n", done.error.type.c_str(), line, done.error.message.size());
        fwrite(done.error.message.data(), 1, done.error.message.size(), stdout);
    }
    putchar('\n');
    fflush(stdout);
}

} // namespace

int main() {
    std::string line, first, variables;
    MapLoader loader;
    while (read_line(line)) {
        char name[256];
        size_t length = 0;
        if (sscanf(line.c_str(), "TEMPLATE %255s %zu", name, &length) == 2) {
            std::string text = read_bytes(length);
            if (strcmp(name, "variables") == 0)
                variables = std::move(text);
            else {
                if (first.empty()) first = name;
                loader.sources[name] = std::move(text);
            }
            continue;
        }
        ParserOptions options;
        options.loop_controls = true;
        {
            Value given = test_variables(variables);
            Environment environment(&loader, options);
            answer(environment.render_named(first, given));
        }
        loader.sources.clear();
        first.clear();
        variables.clear();
        give_back_all(); // else a case is told that others have used too much
    }
}
