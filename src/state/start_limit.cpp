#include "state/start_limit.hpp"

#include <limits>

namespace sctl {

bool StartLimit::allow(Span now) noexcept {
    if (interval_ <= Span{} || burst_ == 0) {
        hit_ = false;
        return true;
    }
    if (begin_ == Span{} || now - begin_ > interval_) {
        begin_ = now;
        count_ = 0;
    }
    if (count_ < std::numeric_limits<unsigned>::max()) ++count_;
    hit_ = count_ > burst_;
    return !hit_;
}

void StartLimit::reset() noexcept {
    begin_ = {};
    count_ = 0;
    hit_ = false;
}

} // namespace sctl
