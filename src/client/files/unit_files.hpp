// The unit files that a run of systemctl works on: those below --root=, of --instance=, of a user
// or of the machine. Nothing is read before it is asked for.
#pragma once

#include <optional>

#include "client/calls/session.hpp"
#include "install/install.hpp"
#include "unit/facts.hpp"

namespace sctl {

class UnitFiles {
  public:
    explicit UnitFiles(const Session& session);
    UnitFiles(const UnitFiles&) = delete; // `place` refers to `facts`
    UnitFiles& operator=(const UnitFiles&) = delete;

    [[nodiscard]] const InstallPlace& place() const noexcept { return place_; }

  private:
    Facts facts_;
    InstallPlace place_;
};

// Whether verbs on unit files are to do their work themselves: with --root= or --global, in a
// chroot or an image that is being made, and where no manager answers.
[[nodiscard]] bool works_on_files(Session& session);
// The directory of --root= is there, or it has been said that it is not: `complaint` comes first
// then.
[[nodiscard]] bool root_is_there(const Session& session, std::string_view complaint = {});

// Whether a unit file in this state (UnitFileState) is shown with its preset.
[[nodiscard]] bool shows_preset(std::string_view file_state);

} // namespace sctl
