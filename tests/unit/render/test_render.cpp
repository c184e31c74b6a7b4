// sctl-render's parts: its command line, its variables, and trees of templates.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "base/files.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "render/hooks.hpp"
#include "render/output_file.hpp"
#include "render/prepare.hpp"
#include "render/render.hpp"
#include "render/render_request.hpp"
#include "render/render_tree.hpp"
#include "render/variables.hpp"
#include "template/print.hpp"
#include "temporary_directory.hpp"
#include "used_up_memory.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("render");

namespace {

std::string said;

// Collects what is logged.
class Listening {
  public:
    Listening() {
        said.clear();
        before_ = set_log_sink([](LogLevel, std::string_view text) { said += cat(text, "\n"); });
    }
    ~Listening() { set_log_sink(before_); }
    Listening(const Listening&) = delete;
    Listening& operator=(const Listening&) = delete;

  private:
    LogSink before_;
};

// A "template" that is wrong begins with "!".
Result<std::string> fake_render(std::string_view text, const std::string& path) {
    if (text.starts_with('!')) return Error{EINVAL, cat(path, ":1: wrong"), {}};
    return cat("<", text, ">");
}

mode_t mode_of(const std::string& path) {
    struct stat info {};
    return lstat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

std::string text_of_file(const std::string& path) {
    auto text = read_file(path);
    return text ? *text : text.error().text;
}

std::string problem_with(std::vector<std::string> words) {
    Listening listening;
    auto request = read_render_request(std::move(words), "sctl-render");
    return request.task == RenderRequest::Task::Wrong ? said : "";
}

struct Tree {
    TemporaryDirectory place;
    std::string from = place.path() + "/t", to = place.path() + "/o";
    Tree() {
        mkdir(from.c_str(), 0755);
        mkdir(to.c_str(), 0755);
    }
    bool render(bool checks_only = false) {
        Listening listening;
        return render_tree({from, to, checks_only}, fake_render);
    }
};

struct Ended {
    int status; // negative: by this signal
    std::string said;
};

// Runs a whole program, which changes what signals do, as a process of its own.
Ended run_apart(int (*program)(int, char**), std::vector<const char*> words) {
    int ends[2];
    REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
    pid_t pid = fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
        dup2(ends[1], STDERR_FILENO);
        dup2(ends[1], 3);
        set_log_sink([](LogLevel, std::string_view text) {
            (void)!write(STDERR_FILENO, cat(text, "\n").data(), text.size() + 1);
        });
        auto count = static_cast<int>(words.size());
        words.push_back(nullptr);
        _exit(program(count, const_cast<char**>(words.data())));
    }
    close(ends[1]);
    Ended ended{};
    char buffer[512];
    for (ssize_t got = 0; (got = read(ends[0], buffer, sizeof buffer)) > 0;)
        ended.said.append(buffer, static_cast<size_t>(got));
    close(ends[0]);
    int status = 0;
    waitpid(pid, &status, 0);
    ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    return ended;
}

constexpr const char* no_memory = "MemoryError: the template uses too much memory";

} // namespace

TEST_CASE("the command line of sctl-render") {
    auto request = read_render_request(
        {"-V", "a.yml", "--variables=b.yml", "-t", "in", "-o", "out", "-j", "lib"}, "sctl-render");
    CHECK(request.task == RenderRequest::Task::Render);
    CHECK(request.variables == std::vector<std::string>{"a.yml", "b.yml"});
    CHECK(request.templates == "in");
    CHECK(request.output == "out");
    CHECK(request.jinja == "lib");
    CHECK(read_render_request({"-"}, "sctl-render").file == "-");
    CHECK(problem_with({"a"}) == "");
    CHECK(problem_with({"--check", "-t", "in"}) == "");
    CHECK(problem_with({}) == "Name a template, or a directory with -t.\n");
    CHECK(problem_with({"a", "b"}) == "More than one template was named.\n");
    CHECK(problem_with({"-t", "in"}) == "Say with -o where the files go.\n");
    CHECK(problem_with({"-t", "in", "-o", "out", "a"}) == "Both a template and -t were given.\n");
    CHECK(problem_with({"-o", "out", "a"}) == "One template goes to the standard output.\n");
    CHECK(problem_with({"-V", "-", "-"}) == "The standard input can be read only once.\n");
    CHECK(problem_with({"-o", "", "a"}) == "An empty path was given.\n");
}

TEST_CASE("variables come from files, later ones first, and the environment counts most") {
    TemporaryDirectory place;
    auto first = place.write("/a.yml", "a: 1\nb: yes\nc: x\n"),
         second = place.write("/b.yml", "b: 2");
    auto empty = place.write("/c.yml", "# nothing\n");
    const char* environment[] = {"c=1", "=d", "e=f=g", "h=\xff", "i", nullptr};
    CHECK(jinja::to_repr(*read_variables({first, second, empty}, environment)) ==
          "{'a': 1, 'b': 2, 'c': '1', 'e': 'f=g'}");
    CHECK(jinja::to_repr(*read_variables({first}, nullptr)) == "{'a': 1, 'b': True, 'c': 'x'}");
}

TEST_CASE("variables that cannot be used say where they are") {
    TemporaryDirectory place;
    auto error_of_file = [&](const char* text) {
        return read_variables({place.write("/a.yml", text)}, nullptr)
            .error()
            .text.substr(place.path().size());
    };
    CHECK(error_of_file("- 1") == "/a.yml: the variables are no mapping but list");
    CHECK(error_of_file("1: x") == "/a.yml: the name of a variable is no text: 1");
    CHECK(error_of_file("a: 'x").starts_with("/a.yml:1: while scanning a quoted scalar"));
    CHECK(read_variables({place.path() + "/none"}, nullptr).error().code == ENOENT);
    CHECK(read_variables({place.path()}, nullptr).error().code == EISDIR);
}

TEST_CASE("variables for which there is no memory are an error") {
    const char* environment[] = {"c=1", nullptr};
    UsedUpMemory used_up;
    auto variables = read_variables({}, environment);
    REQUIRE(!variables);
    CHECK(variables.error().text == cat("variables: ", no_memory));
}

TEST_CASE("a hook for which there is no memory has failed") {
    TemporaryDirectory place;
    auto module = place.write("/a.py", "");
    Hooks hooks(infinity);
    UsedUpMemory used_up;
    auto loaded = hooks.load(place.path());
    REQUIRE(!loaded);
    CHECK(loaded.error().code == EXIT_FAILURE);
    CHECK(loaded.error().text == cat(module, ": ", no_memory));
    jinja::Value variables;
    auto called = hooks.call(HookStage::Before, variables);
    REQUIRE(!called);
    CHECK(called.error().text == cat(module, ": ", no_memory));
}

TEST_CASE("a program for which there is no memory says so and ends with 1") {
    UsedUpMemory used_up;
    Ended ended = run_apart(run_render, {"sctl-render", "--no-environment", "-"});
    CHECK(ended.status == 1);
    CHECK(ended.said == cat("variables: ", no_memory, "\n"));
    ended = run_apart(run_prepare, {"sctl-prepare", "/none", "/none", "/none", "/none", "/none",
                                    "0", "0", "usual"});
    CHECK(ended.status == 1);
    CHECK(ended.said == cat(no_memory, "\n"));
}

TEST_CASE("a tree is rendered with the modes of its templates") {
    Tree tree;
    tree.place.write("/t/a", "1", 0640);
    tree.place.write("/t/d/e/b.sh", "2", 0755);
    tree.place.write("/t/.hidden", "", 0600);
    chmod((tree.from + "/d").c_str(), 0750);
    chmod((tree.from + "/d/e").c_str(), 01777);
    mkdir((tree.from + "/empty").c_str(), 0711);
    CHECK(tree.render());
    CHECK(said == "");
    CHECK(text_of_file(tree.to + "/a") == "<1>");
    CHECK(text_of_file(tree.to + "/d/e/b.sh") == "<2>");
    CHECK(text_of_file(tree.to + "/.hidden") == "<>");
    CHECK(mode_of(tree.to + "/a") == 0640);
    CHECK(mode_of(tree.to + "/.hidden") == 0600);
    CHECK(mode_of(tree.to + "/d") == 0750);
    CHECK(mode_of(tree.to + "/d/e") == 01777);
    CHECK(mode_of(tree.to + "/d/e/b.sh") == 0755);
    CHECK(mode_of(tree.to + "/empty") == 0711);
}

TEST_CASE("what exists is left alone") {
    Tree tree;
    tree.place.write("/t/d/a", "new");
    tree.place.write("/t/d/b", "new");
    tree.place.write("/t/d/wrong", "!");
    tree.place.write("/o/d/a", "old", 0600);
    tree.place.write("/o/d/wrong", "old");
    tree.place.link("/o/d/b", "nowhere");
    chmod((tree.to + "/d").c_str(), 0700);
    std::string to = tree.to;
    tree.from += "/";
    tree.to += "//";
    CHECK(tree.render());
    tree.to = to;
    CHECK(said == cat(tree.to, "/d/a: exists, left as it is\n", tree.to,
                      "/d/b: exists, left as it is\n", tree.to,
                      "/d/wrong: exists, left as it is\n"));
    CHECK(text_of_file(tree.to + "/d/a") == "old");
    CHECK(mode_of(tree.to + "/d/a") == 0600);
    CHECK(mode_of(tree.to + "/d") == 0700);
}

TEST_CASE("the first error ends the work, a check finds all") {
    Tree tree;
    tree.place.write("/t/a", "1");
    tree.place.write("/t/b", "!");
    tree.place.write("/t/c", "!");
    CHECK_FALSE(tree.render());
    CHECK(said == cat(tree.from, "/b:1: wrong\n"));
    CHECK(text_of_file(tree.to + "/a") == "<1>");
    CHECK_FALSE(tree.render(true));
    CHECK(said == cat(tree.from, "/b:1: wrong\n", tree.from, "/c:1: wrong\n"));
}

TEST_CASE("a check writes nothing") {
    Tree tree;
    tree.place.write("/t/d/a", "1");
    CHECK(tree.render(true));
    CHECK(mode_of(tree.to + "/d") == 0);
}

TEST_CASE("links to files are rendered, links to directories are not followed") {
    Tree tree;
    auto target = tree.place.write("/target", "1", 0604);
    tree.place.link("/t/file", target);
    tree.place.link("/t/directory", tree.place.path());
    CHECK(tree.render());
    CHECK(text_of_file(tree.to + "/file") == "<1>");
    CHECK(mode_of(tree.to + "/file") == 0604);
    CHECK(mode_of(tree.to + "/directory") == 0);
    tree.place.link("/t/nowhere", "none");
    CHECK_FALSE(tree.render());
    CHECK(said.find("nowhere: No such file or directory") != std::string::npos);
}

TEST_CASE("a FIFO among templates is an error, and nobody waits for it") {
    Tree tree;
    mkfifo((tree.from + "/pipe").c_str(), 0600);
    CHECK_FALSE(tree.render());
    CHECK(said == cat(tree.from, "/pipe: not a regular file\n"));
}

TEST_CASE("where nothing can be written nothing is left") {
    Tree tree;
    tree.place.write("/t/a", "1");
    rmdir(tree.to.c_str());
    CHECK_FALSE(tree.render());
    CHECK(said == cat(tree.to, "/a: No such file or directory\n"));
    Tree other;
    rmdir(other.from.c_str());
    CHECK_FALSE(other.render());
    CHECK(said == cat(other.from, ": No such file or directory\n"));
    tree.place.write("/o", "a file");
    CHECK_FALSE(tree.render());
    CHECK(said == cat(tree.to, "/a: Not a directory\n"));
}

TEST_CASE("a name as long as a name may be") {
    Tree tree;
    std::string name(255, 'n');
    tree.place.write("/t/" + name, "1");
    CHECK(tree.render());
    CHECK(text_of_file(tree.to + "/" + name) == "<1>");
}

TEST_SUITE_END();
