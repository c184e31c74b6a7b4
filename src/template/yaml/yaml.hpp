// Variables in YAML 1.1, read as PyYAML's SafeLoader reads them: what plain words mean (yes, 0777,
// 1:30, 2001-12-14), merge keys, sets, ordered maps, binaries, anchors; and its errors, with the
// place. libyaml tells what stands in the text, and its are the words where that is no YAML.
//
// An anchored list or dict is one Value for all its aliases, and may hold itself. A text of many
// small aliases therefore stays small; merge keys are copied, and their sum has a bound. So has the
// depth of nesting.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "template/value.hpp"

namespace sctl::jinja {

// None where there is no document. `name` is what messages call the text. Throws PythonError: of
// the types ScannerError, ParserError, ComposerError and ConstructorError the message says where.
[[nodiscard]] Value load_yaml(std::string_view text, std::string_view name);

// The same for those who want no exceptions; the Error's text says what is wrong and where.
[[nodiscard]] Result<Value> read_yaml(std::string_view text, std::string_view name);

} // namespace sctl::jinja
