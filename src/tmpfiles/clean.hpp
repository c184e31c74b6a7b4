// Cleaning by age, `systemd-tmpfiles --clean`: what is older than a line's age is removed from its
// directory (tmpfiles.d(5), "Age").
#pragma once

#include <string>

#include "tmpfiles/item_list.hpp"

namespace sctl {

// `now` on the realtime clock. What has a line of its own, is mounted, locked (flock(2)), a living
// socket, a device or a file with the sticky bit stays. Says what it could not do; a failure there
// is none of the whole.
void clean_directory(const ItemList& items, const Item& item, const std::string& path, Span now);

} // namespace sctl
