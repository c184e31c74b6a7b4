// Reads YAML documents that come on the standard input, for tests/fuzz/compare_yaml.py: so that a
// thousand of them need one process.
//
// A document is a line with its length, and its bytes. What comes back is a line with a length, and
// "value" or "error TYPE", a newline, and the value's repr() or the message. With a file's name as
// the argument that is read instead, and nothing printed.
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

#include "base/text.hpp"
#include "template/print.hpp"
#include "template/python_error.hpp"
#include "template/yaml/yaml.hpp"

using namespace sctl::jinja;

int main(int argc, char** argv) {
    if (argc > 1) {
        std::stringstream text;
        text << std::ifstream(argv[1]).rdbuf();
        auto value = read_yaml(text.str(), argv[1]);
        if (!value) fprintf(stderr, "%s\n", value.error().text.c_str());
        _Exit(value ? 0 : 1);
    }
    size_t length = 0;
    while (scanf("%zu", &length) == 1) {
        (void)getchar();
        std::string text(length, '\0'), answer;
        text.resize(fread(text.data(), 1, length, stdin));
        start_clock();
        try {
            answer = sctl::cat("value\n", to_repr(load_yaml(text, "file.yml")));
        } catch (const PythonError& error) {
            answer = sctl::cat("error ", error.type, "\n", error.message);
        }
        printf("%zu\n%s\n", answer.size(), answer.c_str());
        fflush(stdout);
    }
}
