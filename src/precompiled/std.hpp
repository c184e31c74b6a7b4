// The standard headers that many files include, compiled once: a third less to do for a build
// without optimization. No file may rely on it: each includes what it uses, and a build with
// -Db_pch=false shows what is missing.
#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>
