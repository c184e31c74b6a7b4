// Units that exist on paper only: named when first used, loaded and inactive unless a test says
// otherwise; and the log of what the graph said about them.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "graph/job_queue.hpp"
#include "graph/transaction.hpp"

inline constexpr auto start = sctl::JobType::Start;
inline constexpr auto stop = sctl::JobType::Stop;

class FakeUnits : public sctl::UnitStates {
  public:
    using Names = std::vector<std::string>;

    sctl::UnitId id(const std::string& name) {
        auto [at, is_new] = ids_.try_emplace(name, static_cast<uint32_t>(units_.size()));
        if (is_new) {
            names_.push_back(name);
            units_.emplace_back();
        }
        return sctl::UnitId{at->second};
    }
    // What the graph is told of the unit; the name is filled in.
    sctl::UnitSummary& operator[](const std::string& name) {
        return units_[static_cast<size_t>(id(name))];
    }
    void add(const std::string& from, sctl::Dependency kind, const std::string& to) {
        sctl::UnitId a = id(from), b = id(to);
        graph.add(a, kind, b);
    }
    void activate(const Names& names) {
        for (const auto& name : names) (*this)[name].active_state = sctl::ActiveState::Active;
    }

    uint32_t unit_count() const override { return static_cast<uint32_t>(units_.size()); }
    sctl::UnitSummary summary(sctl::UnitId unit) const override {
        auto summary = units_[static_cast<size_t>(unit)];
        summary.name = names_[static_cast<size_t>(unit)];
        return summary;
    }
    const sctl::Job* job(sctl::UnitId unit) const override { return queue.of_unit(unit); }

    sctl::Result<sctl::Transaction> build(sctl::JobType type, const std::string& name,
                                          sctl::JobMode mode = sctl::JobMode::Replace) {
        sctl::UnitId unit = id(name);
        return sctl::build_transaction(graph, *this, type, unit, mode);
    }
    // The jobs of a transaction, "a/start", sorted; or its error's text alone.
    Names jobs(sctl::JobType type, const std::string& name,
               sctl::JobMode mode = sctl::JobMode::Replace) {
        auto built = build(type, name, mode);
        if (!built) return {built.error().text};
        Names all;
        for (const auto& job : built->jobs)
            all.push_back(text(job.unit) + "/" + std::string(to_string(job.type)));
        std::sort(all.begin(), all.end());
        return all;
    }
    // Builds, which must succeed, and installs.
    sctl::JobQueue::Installed install(sctl::JobType type, const std::string& name,
                                      sctl::JobMode mode = sctl::JobMode::Replace) {
        return queue.install(build(type, name, mode).value(), *this);
    }
    // Takes all that may run: "a/start", in the order of taking.
    Names take() {
        Names all;
        while (auto job = queue.take_runnable())
            all.push_back(text(job->unit) + "/" + std::string(to_string(job->type)));
        return all;
    }
    // Ends the job of `name`: "a/start done", and those that end with it.
    Names finish(const std::string& name, sctl::JobResult result, std::string why = {}) {
        Names all;
        const sctl::Job* job = queue.of_unit(id(name));
        for (const auto& ended :
             queue.finish(job ? job->id : 0, result, *this, {sctl::no_unit, std::move(why)})) {
            all.push_back(text(ended.unit) + "/" + std::string(to_string(ended.type)) + " " +
                          std::string(to_string(ended.result)));
            last_ended.push_back(ended);
        }
        return all;
    }
    std::string text(sctl::UnitId unit) const { return names_[static_cast<size_t>(unit)]; }

    sctl::DependencyGraph graph;
    sctl::JobQueue queue{graph};
    std::vector<sctl::Job> last_ended; // by finish(), all of them

  private:
    std::map<std::string, uint32_t> ids_;
    std::deque<std::string> names_;
    std::vector<sctl::UnitSummary> units_;
};

// Collects the lines that are logged while it lives.
class CollectedLog {
  public:
    CollectedLog() : before_(sctl::set_log_sink(&CollectedLog::collect)) { lines().clear(); }
    CollectedLog(const CollectedLog&) = delete;
    CollectedLog& operator=(const CollectedLog&) = delete;
    ~CollectedLog() { sctl::set_log_sink(before_); }

    static std::vector<std::string>& lines() {
        static std::vector<std::string> all;
        return all;
    }

  private:
    static void collect(sctl::LogLevel, std::string_view text) { lines().emplace_back(text); }
    sctl::LogSink before_;
};
