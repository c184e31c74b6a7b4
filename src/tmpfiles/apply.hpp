// Carries out what an ItemList asks for, in the order of tmpfiles.d(5), and tells each failure
// once, on the log.
#pragma once

#include "base/clock.hpp"
#include "base/files.hpp"
#include "tmpfiles/item_list.hpp"

namespace sctl {

struct Operations {
    bool create = false;
    bool clean = false;
    bool remove = false;
};

// What is to be removed or cleaned goes first, so that the new is built on clean ground. The list
// has been linked; `now` on the realtime clock. The errno value of the first failure, 0 without
// one.
[[nodiscard]] int apply_items(const Root& root, const ItemList& items, const Operations& operations,
                              Span now);

} // namespace sctl
