// A unit's `status` while it is written: whom to ask, the unit's properties without what a terminal
// would obey, and the text so far.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "client/calls/properties.hpp"
#include "client/calls/session.hpp"
#include "client/text/glyphs.hpp"
#include "client/text/output_style.hpp"

namespace sctl {

inline constexpr std::string_view status_indent = "             ";
inline constexpr uint64_t unset_number = UINT64_MAX;

class StatusPage {
  public:
    StatusPage(const Session& session, ClientConnection& manager, const Properties& unit)
        : request(session.request),
          manager(manager),
          unit(unit),
          colors(wants_colors()),
          id(escape_unprintable(unit.text("Id"))),
          active(unit.text("ActiveState")) {}

    const ClientRequest& request;
    ClientConnection& manager;
    const Properties& unit;
    const bool colors;
    const std::string id, active; // the unit's name and ActiveState

    template <class... Parts>
    void print(const Parts&... parts) {
        out_ += cat(parts...);
    }
    std::string take() { return std::move(out_); }

    [[nodiscard]] std::string colored(std::string_view color, std::string_view text) const {
        return colors && !color.empty() ? cat(color, text, color_off) : std::string(text);
    }
    [[nodiscard]] std::string text_of(std::string_view property) const;
    [[nodiscard]] std::vector<std::string> texts_of(std::string_view property) const;
    // "Thu 2026-01-01 00:00:00 UTC; 5min ago"
    [[nodiscard]] std::string moment(std::string_view property) const;
    // Of a moment.
    [[nodiscard]] bool is_set(std::string_view property) const;

  private:
    std::string out_;
};

} // namespace sctl
