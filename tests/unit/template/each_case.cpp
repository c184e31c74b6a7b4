// All unit tests are one program: what a template may use is counted from each test's beginning.
#include <doctest/doctest.h>

#include "template/value.hpp"

namespace {

struct EachCase final : doctest::IReporter {
    explicit EachCase(const doctest::ContextOptions&) {}

    void test_case_start(const doctest::TestCaseData&) override { sctl::jinja::start_clock(); }

    void report_query(const doctest::QueryData&) override {}
    void test_run_start() override {}
    void test_run_end(const doctest::TestRunStats&) override {}
    void test_case_reenter(const doctest::TestCaseData&) override {}
    void test_case_end(const doctest::CurrentTestCaseStats&) override {}
    void test_case_exception(const doctest::TestCaseException&) override {}
    void subcase_start(const doctest::SubcaseSignature&) override {}
    void subcase_end() override {}
    void log_assert(const doctest::AssertData&) override {}
    void log_message(const doctest::MessageData&) override {}
    void test_case_skipped(const doctest::TestCaseData&) override {}
};

DOCTEST_REGISTER_LISTENER("each-case", 1, EachCase);

} // namespace
