#include "manager/idle_services.hpp"

namespace sctl {
namespace {

constexpr Span idle_patience = 5s;

} // namespace

void IdleServices::wait(UnitId id) {
    waiting_.push_back(id);
    if (waiting_.size() > 1) return;
    timer_.arm(add_saturating(monotonic_now(), idle_patience));
}

void IdleServices::check() {
    if (!waiting_.empty() && queue_.empty()) let_go();
}

void IdleServices::let_go() {
    timer_.cancel();
    for (; !waiting_.empty(); waiting_.erase(waiting_.begin())) reached_(waiting_.front());
}

} // namespace sctl
