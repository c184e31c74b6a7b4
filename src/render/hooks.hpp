// Hooks: what an image does before its templates are rendered and after. In their directory each
// NAME.py is a module of Python with functions `prehook`, `hook` and `posthook`, any other file
// that can be executed is a program, called with "pre", "hook" or "post" as its argument, the
// variables as JSON on its standard input, and an answer in JSON on its output: an object with
// variables that it sets. All are called in the order of their names.
//
// Python runs once for all modules, as python3 of the image; values that JSON cannot say reach it
// as those that come nearest (a date is text), and stay what they are where it does not change
// them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "render/hook_process.hpp"
#include "template/value.hpp"

namespace sctl {

enum class HookStage : unsigned char { Before, After, Last };

class Hooks {
  public:
    // Each call may take so long.
    explicit Hooks(Span at_most) : at_most_(at_most) {}

    // Finds them; modules are loaded. A directory that is not there has none.
    [[nodiscard]] Result<void> load(const std::string& directory);
    // Changes the variables, and our environment. The Error's code is the exit status that says it.
    [[nodiscard]] Result<void> call(HookStage stage, jinja::Value& variables);
    // Variables of the environment that hooks have set or removed.
    [[nodiscard]] const std::vector<std::string>& changed_environment() const noexcept {
        return changed_;
    }

  private:
    struct Hook {
        std::string path;
        bool is_python = false;
    };
    Result<jinja::Value> ask_python(const Hook& hook, const jinja::Value& request);
    Result<void> call_python(const Hook& hook, HookStage stage, jinja::Value& variables);
    Result<void> call_program(const Hook& hook, HookStage stage, jinja::Value& variables);
    void take_environment(jinja::Dict& answer);

    Span at_most_;
    std::vector<Hook> hooks_;
    HookProcess python_;
    std::vector<std::string> changed_;
};

} // namespace sctl
