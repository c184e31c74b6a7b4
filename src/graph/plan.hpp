// A transaction in the making: jobs, several for a unit at first, and the links that say which job
// brought which along. transaction.cpp lists the steps that turn it into a Transaction; nothing but
// this room uses it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "graph/dependency.hpp"
#include "graph/job.hpp"
#include "graph/transaction.hpp"

namespace sctl {

class Plan {
  public:
    static constexpr uint32_t none = UINT32_MAX;

    struct Item {
        UnitId unit;
        JobType type;
        bool ignore_order = false;
        bool matters = false; // to the anchor, by links that all matter
        bool alive = true;
        uint32_t next = none;      // the unit's next job
        uint32_t brings = none;    // first link to a job that this one brought along
        uint32_t wanted_by = none; // first link from a job that brought this one along
        uint32_t users = 0;        // how many of the latter are alive
    };

    Plan(const DependencyGraph& graph, const UnitStates& view);

    // Adds the job asked for, the anchor, and all that it brings along, unless `requirements` is
    // off.
    Result<void> add_anchor(JobType type, UnitId unit, bool requirements, bool ignore_order);
    // Isolate: stops all that the plan has no job for.
    void stop_the_others();
    // Triggering: stops what triggers the anchor's unit.
    void stop_triggers();

    void mark_what_matters();
    // Drops what does not matter and would stop a running unit or change a queued job.
    void minimize_impact();
    void drop_redundant();
    void collect_garbage();
    // Drops jobs that do not matter until no ordering cycle is left (order.cpp).
    Result<void> break_cycles(bool keep_garbage);
    // Leaves one job for each unit.
    Result<void> merge_jobs(bool keep_garbage);
    Result<void> check_destructive(JobMode mode) const;
    [[nodiscard]] Transaction result(JobMode mode) const;

  private:
    struct Link {
        uint32_t subject; // the job that brought `object` along
        uint32_t object;
        bool matters;
        bool conflicts;
        bool alive = true;
        uint32_t next_of_subject = none;
        uint32_t next_of_object = none;
    };
    // What becomes of a failure to add a job that a dependency asks for.
    enum class OnError : uint8_t { Fail, IgnoreQuietly, Warn };
    struct Request {
        JobType type;
        UnitId unit;
        bool matters;
        bool conflicts;
        OnError on_error;
    };
    // A job whose requests are being added; the deepest is last.
    struct Frame {
        uint32_t item;
        std::vector<Request> requests;
        size_t next = 0;
    };
    // Backwards: each unit comes after the next one, the last is where the cycle was entered.
    using Cycle = std::vector<UnitId>;

    [[nodiscard]] std::string describe(const Item& item) const; // "a.service/start"
    [[nodiscard]] std::string_view name(UnitId unit) const { return view_.summary(unit).name; }
    [[nodiscard]] uint32_t head(UnitId unit) const { return heads_[place_of(unit)]; }
    [[nodiscard]] bool is_queued(const Item& item) const;

    // pull_in.cpp
    Result<void> pull_in(const Request& request, uint32_t by, bool requirements, bool ignore_order);
    Result<uint32_t> add_job(const Request& request, uint32_t by, bool ignore_order, bool& is_new);
    [[nodiscard]] bool shall_stop_on_isolate(UnitId unit) const;
    void report_ignored(const Request& request, const Error& error) const;
    [[nodiscard]] std::vector<Request> requests_of(const Item& item) const;
    void request_start(UnitId unit, std::vector<Request>& requests) const;
    void request_stop(UnitId unit, JobType type, std::vector<Request>& requests) const;

    // plan.cpp
    void link(uint32_t subject, uint32_t object, bool matters, bool conflicts);
    void unlist(uint32_t item);
    // With `cascade`, also the jobs that do not work without it.
    void remove(uint32_t item, bool cascade);
    void remove_unit(UnitId unit);
    [[nodiscard]] bool is_conflicted(const Item& item) const;
    [[nodiscard]] bool is_unit_redundant(uint32_t first) const;
    // One that can be dropped of two jobs that contradict each other; `none` if both matter.
    [[nodiscard]] uint32_t droppable_conflict(uint32_t first) const;
    // The jobs of a unit that contradict each other, or `none`.
    [[nodiscard]] uint32_t find_contradiction(uint32_t first, JobType& so_far) const;
    void merge_unit(uint32_t first);

    // order.cpp
    [[nodiscard]] Cycle find_cycle() const; // empty: there is none
    Result<void> break_cycle(const Cycle& cycle);
    // The job that takes part in the order for `unit`: the plan's, else the one that is queued.
    [[nodiscard]] std::optional<Transaction::Entry> job_for_order(UnitId unit) const;
    [[nodiscard]] bool matters(UnitId unit) const;

    const DependencyGraph& graph_;
    const UnitStates& view_;
    std::vector<Item> items_;
    std::vector<Link> links_;
    std::vector<uint32_t> heads_; // by place: its unit's job added last
    uint32_t anchor_ = none;
    std::vector<UnitId> dropped_;
};

} // namespace sctl
