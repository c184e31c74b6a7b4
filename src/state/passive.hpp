// The life of a target, and of every other unit that only is or is not: a start makes it active, a
// stop inactive, at once and always.
#pragma once

#include "state/unit_machine.hpp"

namespace sctl {

class PassiveMachine final : public UnitMachine {
  public:
    // How SubState calls it while it is active; of static storage.
    explicit PassiveMachine(std::string_view active_word) : active_word_(active_word) {}

    void step(const LoadedUnit& unit, const StepContext& context, const UnitEvent& event,
              std::vector<UnitAction>& actions, Cause& cause) override;
    [[nodiscard]] std::string_view sub_state() const override { return word(is_active_); }
    [[nodiscard]] Phase phase() const override { return is_active_ ? Phase::Up : Phase::Down; }

  private:
    [[nodiscard]] std::string_view word(bool active) const {
        return active ? active_word_ : "dead";
    }

    std::string_view active_word_;
    bool is_active_ = false;
};

} // namespace sctl
