// Readers of settings that are not acted on and whose values are more than a word or a list:
// filters (exec_filters.cpp) and disk images (exec_images.cpp). Only exec_absent.cpp includes this.
#pragma once

#include "unit/settings/written_rows.hpp"

namespace sctl {

void read_system_call_filter(Setting& setting);
[[nodiscard]] PropertyValue system_call_filter(const LoadedUnit& unit);
void read_system_call_log(Setting& setting);
[[nodiscard]] PropertyValue system_call_log(const LoadedUnit& unit);
void read_system_call_architectures(Setting& setting);
void read_file_systems(Setting& setting);

void read_root_image_options(Setting& setting);
void read_root_hash(Setting& setting);
void read_root_hash_signature(Setting& setting);
void read_mount_images(Setting& setting);
void read_extension_images(Setting& setting);

} // namespace sctl
