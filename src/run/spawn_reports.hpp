// Processes whose exec has not been told of, each with a pipe that will tell. Most have something
// to tell long before a turn of the loop is over that starts hundreds of services, as that of a
// boot is: they are looked through now and then, so that not all of these pipes are held at once.
#pragma once

#include <sys/types.h>

#include <vector>

#include "graph/dependency.hpp"

namespace sctl {

class RunHost;

class SpawnReports {
  public:
    explicit SpawnReports(RunHost& host) : host_(host) {}

    void await(UnitId unit, pid_t pid) { awaited_.push_back({unit, pid}); }
    // To be called before each start.
    void take_finished();

  private:
    struct Awaited {
        UnitId unit;
        pid_t pid;
    };

    RunHost& host_;
    std::vector<Awaited> awaited_;
    size_t many_ = 0; // so many are looked through for finished ones
};

} // namespace sctl
