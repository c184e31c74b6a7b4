#include <doctest/doctest.h>
#include <getopt.h>
#include <unistd.h>

#include <cstdio>
#include <random>

#include "base/text.hpp"
#include "options/option_table.hpp"

using namespace sctl;

TEST_SUITE_BEGIN("options");

namespace {

constexpr OptionName option_names[] = {
    {"all,a", OptionValue::None},      {"after", OptionValue::None},
    {"type,t", OptionValue::Required}, {"lines,n", OptionValue::Optional},
    {",P", OptionValue::Required},     {"legend", OptionValue::Required},
    {"no-legend", OptionValue::None},  {"no-pager", OptionValue::None},
    {"reverse,r", OptionValue::None},  {"boot,b", OptionValue::Optional},
};
constexpr option same_for_getopt[] = {
    {"all", no_argument, nullptr, 'a'},           {"after", no_argument, nullptr, 1001},
    {"type", required_argument, nullptr, 't'},    {"lines", optional_argument, nullptr, 'n'},
    {"legend", required_argument, nullptr, 1005}, {"no-legend", no_argument, nullptr, 1006},
    {"no-pager", no_argument, nullptr, 1007},     {"reverse", no_argument, nullptr, 'r'},
    {"boot", optional_argument, nullptr, 'b'},    {},
};
constexpr std::string_view letters_of_rows = "a.tnP...rb"; // others are 1000 + row

using Arguments = std::vector<std::string>;

void add(std::string& out, size_t row, const char* value) {
    out += cat(row, value ? cat("=", value) : "", " ");
}

constexpr OptionRules getopt_long_rules, until_first_word{.first_word_ends = true},
    letters_alone{.long_names = false},
    letters_until_first_word{.first_word_ends = true, .long_names = false};

// "0 2=service | word": rows and values, then what is no option; or the complaint.
std::string as_we_read(const Arguments& arguments, OptionRules rules) {
    OptionReader reader(option_names, arguments, "prog", rules);
    std::string out;
    while (true) {
        auto typed = reader.next();
        if (!typed) return out + typed.error().text;
        if (!*typed) break;
        add(out, (*typed)->row, (*typed)->value ? (*typed)->value->c_str() : nullptr);
    }
    return cat(out, "| ", join(reader.words(), " "));
}

// What getopt_long(3) prints on descriptor 2 while `call` runs.
template <class Call>
std::string stderr_of(Call call) {
    FILE* file = tmpfile();
    REQUIRE(file);
    int kept = dup(STDERR_FILENO);
    dup2(fileno(file), STDERR_FILENO);
    call();
    dup2(kept, STDERR_FILENO);
    close(kept);
    rewind(file);
    char text[1000] = {};
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    return std::string(trim_end({text, length}));
}

std::string as_getopt_reads(const Arguments& arguments, OptionRules rules) {
    std::vector<std::string> words{"prog"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    int count = static_cast<int>(words.size());
    std::string out;
    bool failed = false;
    optind = 0;
    opterr = 1;
    auto said = stderr_of([&] {
        auto letters = cat(rules.first_word_ends ? "+" : "", "at:n::P:rb::");
        auto next = [&] {
            return rules.long_names
                       ? getopt_long(count, argv.data(), letters.c_str(), same_for_getopt, nullptr)
                       : getopt(count, argv.data(), letters.c_str());
        };
        for (int found; !failed && (found = next()) != -1;) {
            if (found == '?') {
                failed = true;
            } else {
                size_t row = found > 1000 ? static_cast<size_t>(found) - 1000
                                          : letters_of_rows.find(static_cast<char>(found));
                add(out, row, optarg);
            }
        }
    });
    if (failed) return out + said;
    Arguments rest(argv.begin() + optind, argv.begin() + count);
    return cat(out, "| ", join(rest, " "));
}

} // namespace

TEST_CASE("options are read, and complained of, as getopt_long does it") {
    const Arguments lines[] = {
        {},
        {"a", "-a", "b"},
        {"-ar", "-tservice", "-t", "socket"},
        {"--type=service", "--type", "-a", "--type="},
        {"--al", "--rev", "--ty=x"},
        {"--a"},
        {"--no"},
        {"--no-p", "--le", "x"},
        {"--all=x"},
        {"--type"},
        {"-t"},
        {"-at"},
        {"-aZ"},
        {"-Z"},
        {"--zzz=1"},
        {"--zzz"},
        {"-n", "5"},
        {"-n5", "--lines=7", "--lines", "9"},
        {"-a", "--", "-r", "--all"},
        {"-", "-a", "-"},
        {"-P", "Id", "-PId"},
        {"-a-"},
        {"--="},
        {"--", "--"},
        {"---all"},
        {"---a"},
        {"w", "-a", "--type"},
    };
    for (const auto& line : lines) {
        CAPTURE(join(line, " "));
        for (auto rules :
             {getopt_long_rules, until_first_word, letters_alone, letters_until_first_word})
            CHECK(as_we_read(line, rules) == as_getopt_reads(line, rules));
    }
}

TEST_CASE("any command line is read as getopt_long does it") {
    const char* const parts[] = {
        "-a",       "-r",          "-t",      "-n",     "-P",     "-b",       "-at",       "-n5",
        "-rZa",     "--all",       "--after", "--af",   "--type", "--type=x", "--lines=3", "--line",
        "--legend", "--no-legend", "--no-",   "--boot", "--",     "-",        "unit",      "--x=y"};
    std::mt19937 random(1);
    for (int i = 0; i < 3000; ++i) {
        Arguments line;
        for (auto count = random() % 5; count > 0; --count)
            line.emplace_back(parts[random() % std::size(parts)]);
        CAPTURE(join(line, " "));
        for (auto rules :
             {getopt_long_rules, until_first_word, letters_alone, letters_until_first_word})
            REQUIRE(as_we_read(line, rules) == as_getopt_reads(line, rules));
    }
}

TEST_CASE("what is wrong is told in values, too") {
    using Kind = OptionProblem::Kind;
    auto problem_of = [](const Arguments& arguments, OptionRules rules = {}) {
        OptionReader reader(option_names, arguments, "prog", rules);
        while (reader.next().value_or(std::nullopt)) {
        }
        REQUIRE(reader.problem());
        return std::pair(reader.problem()->kind, reader.problem()->option);
    };
    CHECK(problem_of({"--nosuch=x"}) == std::pair(Kind::Unknown, std::string("--nosuch")));
    CHECK(problem_of({"-aZ"}) == std::pair(Kind::Unknown, std::string("-Z")));
    CHECK(problem_of({"--no"}) == std::pair(Kind::Ambiguous, std::string("--no")));
    CHECK(problem_of({"--al=x"}) == std::pair(Kind::UnwantedValue, std::string("--all")));
    CHECK(problem_of({"-a", "-t"}) == std::pair(Kind::MissingValue, std::string("-t")));
    CHECK(problem_of({"--typ"}, {.may_be_shortened = false}) ==
          std::pair(Kind::Unknown, std::string("--typ")));
}

TEST_CASE("a reader knows which words stood behind two dashes") {
    auto before_dashes = [](const Arguments& arguments) {
        OptionReader reader(option_names, arguments, "prog");
        while (reader.next().value_or(std::nullopt)) {
        }
        return reader.words_before_dashes();
    };
    CHECK(before_dashes({"a", "-a", "b", "--", "c", "--"}) == 2);
    CHECK(before_dashes({"--", "c"}) == 0);
    CHECK_FALSE(before_dashes({"a", "b"}));
}

TEST_CASE("rows are applied in order, and nothing is looked at after one that ends") {
    struct Request {
        std::string seen;
    };
    const OptionRow<Request> rows[] = {
        {"type,t", OptionValue::Required,
         [](Request& request, const std::string& value) -> Result<void> {
             if (value == "bad") return Error{EINVAL, "bad type", {}};
             request.seen += value;
             return {};
         }},
        {"help,h", OptionValue::None,
         [](Request& request, const std::string&) -> Result<void> {
             request.seen += "help";
             return {};
         },
         "Print this help", true},
        {"lines,n", OptionValue::Optional,
         [](Request& request, const std::string& value) -> Result<void> {
             request.seen += cat("n", value);
             return {};
         },
         nullptr, false, "ARG", [](const std::string& word) { return word == "5"; }},
    };
    auto read = [&](Arguments arguments) {
        Request request;
        auto words = read_options(std::span<const OptionRow<Request>>(rows), std::move(arguments),
                                  "prog", request);
        return cat(request.seen, " ", words ? join(*words, " ") : words.error().text);
    };
    CHECK(read({"-ta", "w", "-tb"}) == "ab w");
    CHECK(read({"-ta", "-tbad", "-h"}) == "a bad type");
    CHECK(read({"-ta", "-h", "--nosuch"}) == "ahelp ");
    CHECK(read({"-n", "5", "-n", "w", "-n7", "5", "--lines"}) == "n5nn7n w 5");
}

TEST_CASE("a line of help is wrapped at a terminal's 80 columns") {
    std::string words = "one two three four five six seven eight nine ten eleven twelve thirteen";
    CHECK(help_line("  -a --all", words, 30) ==
          "  -a --all                    one two three four five six seven eight nine ten\n"
          "                              eleven twelve thirteen\n");
    CHECK(help_line("  --a-name-that-is-long", "text", 10) ==
          "  --a-name-that-is-long\n          text\n");
}
TEST_SUITE_END();
