// list-jobs: the jobs that are queued.
#include <algorithm>

#include "base/log.hpp"
#include "client/calls/exit_code.hpp"
#include "client/calls/manager_calls.hpp"
#include "client/text/glyphs.hpp"
#include "client/text/print_table.hpp"
#include "client/verbs/verb_table.hpp"

namespace sctl {

namespace {

struct JobInfo {
    uint32_t id = 0;
    std::string unit, type, state;
};

Result<std::vector<JobInfo>> read_jobs(const Message& reply) {
    std::vector<JobInfo> jobs;
    Reader in(reply);
    (void)in.enter_array().has_value();
    while (!in.at_end()) {
        JobInfo job;
        std::string path, unit_path;
        (void)in.enter_struct().has_value();
        (void)in.read(job.id, job.unit, job.type, job.state, path, unit_path).has_value();
        (void)in.exit_struct().has_value();
        jobs.push_back(std::move(job));
    }
    if (auto status = in.status(); !status) return status.error();
    return jobs;
}

// The jobs that wait for this one (GetJobAfter), or that it waits for.
void add_related(Table& table, ClientConnection& manager, const JobInfo& job,
                 std::string_view method, std::string_view words) {
    auto reply = call_manager_with_number(manager, method, job.id);
    auto related = reply ? read_jobs(*reply) : Result<std::vector<JobInfo>>(reply.error());
    if (!related) return;
    for (const auto& other : *related) {
        table.add({{std::string(glyph(Glyph::Corner)), ""},
                   {cat("\t", words, " ", other.id, " (", other.unit, "/", other.type, ")"), ""},
                   {"-", color_grey()},
                   {"-", color_grey()}});
    }
}

} // namespace

int verb_list_jobs(Session& session, const Words& words) {
    const auto& request = session.request;
    auto* manager = session.manager();
    if (!manager) return exit_failure;
    auto reply = call_manager(*manager, "ListJobs");
    auto jobs = reply ? read_jobs(*reply) : Result<std::vector<JobInfo>>(reply.error());
    if (!jobs) {
        log_error("Failed to list jobs: ", words_of(jobs.error()));
        return exit_failure;
    }
    bool left_out = false;
    if (words.size() > 1) {
        left_out = std::erase_if(*jobs, [&](const JobInfo& job) {
                       return std::none_of(words.begin() + 1, words.end(),
                                           [&](const std::string& pattern) {
                                               return matches_glob(pattern, job.unit);
                                           });
                   }) > 0;
    }
    if (jobs->empty()) {
        if (request.legend) {
            auto text = cat("No jobs ", left_out ? "listed" : "running", ".");
            session.print(in_color(color_green, text), "\n");
        }
        return exit_ok;
    }
    Table table({"JOB", "UNIT", "TYPE", "STATE"});
    for (const auto& job : *jobs) {
        auto color = job.state == "running" ? color_bold : "";
        table.add({{cat(job.id)}, {job.unit, color}, {job.type}, {job.state, color}});
        if (request.after) add_related(table, *manager, job, "GetJobAfter", "blocking job");
        if (request.before) add_related(table, *manager, job, "GetJobBefore", "waiting for job");
    }
    // systemctl 252 knows no JSON for jobs.
    print_table_as_text(session, table);
    if (request.legend)
        session.print("\n", in_color(color_bold, cat(jobs->size(), " jobs listed")), ".\n");
    return exit_ok;
}

} // namespace sctl
