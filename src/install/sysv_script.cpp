#include "install/sysv_script.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

#include "base/files.hpp"
#include "base/text.hpp"
#include "unit/syntax/extract_word.hpp"
#include "unit/syntax/specifiers.hpp"
#include "unit/unit_name.hpp"

namespace sctl {
namespace {

struct Facility {
    std::string_view name, target; // no target: it is always there
};
constexpr Facility facilities[] = {
    {"local_fs", {}},
    {"network", "network-online.target"},
    {"named", "nss-lookup.target"},
    {"portmap", "rpcbind.target"},
    {"remote_fs", "remote-fs.target"},
    {"syslog", {}},
    {"time", "time-sync.target"},
};

// A Usage line with one of these, in whatever case, shows that the script can reload.
constexpr std::string_view reload_words[] = {"{reload|", "{reload}", "{reload\"",
                                             "|reload|", "|reload}", "|reload\""};

bool contains_ignoring_case(std::string_view text, std::string_view part) {
    auto same = [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); };
    return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

bool shows_reload(std::string_view line) {
    return std::ranges::any_of(reload_words,
                               [&](auto word) { return contains_ignoring_case(line, word); });
}

std::string_view without_sh(std::string_view name) {
    return name.ends_with(".sh") ? name.substr(0, name.size() - 3) : name;
}

void append_words(std::string& text, std::string_view more) {
    if (more.empty()) return;
    if (!text.empty()) text.push_back(' ');
    text.append(more);
}

class ScriptReader {
  public:
    ScriptReader(SysvScript& script, const SysvWarning& warn) : script_(script), warn_(warn) {}

    void read(std::string_view text) {
        while (!text.empty()) {
            auto end = text.find('\n');
            line_ = text.substr(0, end);
            text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
            ++number_;
            take_line();
        }
        const std::string& text_of_choice = !short_.empty() ? short_ : !old_.empty() ? old_ : long_;
        if (text_of_choice.empty()) return;
        script_.description = cat(script_.has_lsb_header ? "LSB: " : "SYSV: ", text_of_choice);
    }

  private:
    enum class State : uint8_t { Normal, OldDescription, Header, LongDescription, Usage };

    void warn(std::string_view text) const {
        warn_(cat("[", script_.path, ":", number_, "] ", text));
    }

    void take_line() {
        auto text = trim(line_);
        if (!text.starts_with('#')) return look_for_usage(text);
        if (state_ == State::Normal && text == "### BEGIN INIT INFO") {
            state_ = State::Header;
            script_.has_lsb_header = true;
            return;
        }
        bool in_header = state_ == State::Header || state_ == State::LongDescription;
        if (in_header && text == "### END INIT INFO") {
            state_ = State::Normal;
            return;
        }
        text = trim_start(text.substr(1));
        if (in_header) return take_header(text);
        if (state_ == State::Normal) return take_comment(text);
        if (state_ == State::OldDescription) return continue_old_description(text);
    }

    void look_for_usage(std::string_view text) {
        bool looks = state_ == State::Usage ||
                     (state_ == State::Normal && contains_ignoring_case(text, "usage"));
        if (!looks) return;
        state_ = State::Normal;
        if (shows_reload(text))
            script_.can_reload = true;
        else if (text.ends_with('\\'))
            state_ = State::Usage;
    }

    // What follows "KEY:" where the line begins so, in whatever case.
    static std::optional<std::string_view> value_of(std::string_view text, std::string_view key) {
        if (text.size() <= key.size() || text[key.size()] != ':') return std::nullopt;
        if (!equal_ignoring_case(text.substr(0, key.size()), key)) return std::nullopt;
        return trim(text.substr(key.size() + 1));
    }

    // Whether the line goes on; takes the backslash that says so.
    static bool continues(std::string_view& text) {
        bool more = text.ends_with('\\');
        if (more) text.remove_suffix(1);
        text = trim(text);
        return more;
    }

    void take_comment(std::string_view text) {
        if (auto description = value_of(text, "description")) {
            if (continues(*description)) state_ = State::OldDescription;
            old_ = *description;
        } else if (auto file = value_of(text, "pidfile")) {
            if (file->starts_with('/'))
                script_.pid_file = *file;
            else
                warn("PID file not absolute. Ignoring.");
        }
    }

    void continue_old_description(std::string_view text) {
        if (!continues(text)) state_ = State::Normal;
        append_words(old_, text);
    }

    void take_header(std::string_view text) {
        bool described = state_ == State::LongDescription;
        state_ = State::Header;
        if (auto provided = value_of(text, "Provides")) return provide(*provided);
        for (auto key : {"Required-Start", "Should-Start", "X-Start-After"}) {
            if (auto names = value_of(text, key)) return order(*names, false);
        }
        if (auto names = value_of(text, "X-Start-Before")) return order(*names, true);
        if (auto description = value_of(text, "Description")) {
            state_ = State::LongDescription;
            long_ = *description;
        } else if (auto description_too = value_of(text, "Short-Description")) {
            short_ = *description_too;
        } else if (described && (line_.starts_with("#\t") || line_.starts_with("#  "))) {
            state_ = State::LongDescription;
            append_words(long_, text);
        }
    }

    // The unit that a name in a list stands for; empty where it is no other than this script.
    [[nodiscard]] std::string unit_of(std::string_view name) const {
        bool is_facility = name.starts_with('$');
        std::string_view bare = is_facility ? name.substr(1) : name;
        const auto* known = std::ranges::find(facilities, bare, &Facility::name);
        if (known != std::end(facilities)) return std::string(known->target);
        if (is_facility) {
            if (unit_prefix_is_valid(bare)) return cat(bare, ".target");
            warn(cat("Could not build name for facility ", name));
            return {};
        }
        if (bare == without_sh(base_name(script_.path))) return {};
        auto unit = UnitName::mangle(without_sh(bare));
        return unit ? unit->str() : std::string();
    }

    template <class Use>
    void for_each_unit(std::string_view names, const Use& use) const {
        WordReader words(names);
        while (true) {
            auto word = words.next({.unquote = true, .relaxed = true});
            if (!word || !*word) return;
            auto unit = unit_of(**word);
            if (!unit.empty()) use(std::move(unit));
        }
    }

    // A target that a script provides is pulled in by it, never the other way round.
    void provide(std::string_view names) const {
        auto precede = [&](std::string_view target) {
            script_.before.emplace_back(target);
            script_.wants.emplace_back(target);
        };
        for_each_unit(names, [&](std::string unit) {
            if (unit.ends_with(".service")) {
                script_.aliases.push_back(std::move(unit));
            } else if (unit.ends_with(".target")) {
                precede(unit);
                if (unit == "network-online.target") precede("network.target");
            } else {
                warn(cat("Unknown unit type for unit '", unit, "'"));
            }
        });
    }

    void order(std::string_view names, bool before) const {
        for_each_unit(names, [&](std::string unit) {
            if (before) return script_.before.push_back(std::move(unit));
            // Nothing else starts it.
            if (unit == "network-online.target") script_.wants.push_back(unit);
            script_.after.push_back(std::move(unit));
        });
    }

    SysvScript& script_;
    const SysvWarning& warn_;
    State state_ = State::Normal;
    std::string_view line_;
    int number_ = 0;
    std::string short_, old_, long_;
};

} // namespace

std::string sysv_unit_name(std::string_view script) {
    auto name = UnitName::mangle(without_sh(script));
    bool fits = name && name->type() == UnitType::Service;
    return fits ? name->str() : std::string();
}

void read_sysv_script(std::string_view text, SysvScript& script, const SysvWarning& warn) {
    ScriptReader(script, warn).read(text);
}

std::string sysv_unit_text(const SysvScript& script) {
    auto path = escape_specifiers(script.path);
    std::string text =
        cat("# Made by systemctl of the script below, as systemd-sysv-generator would\n\n"
            "[Unit]\nDocumentation=man:systemd-sysv-generator(8)\nSourcePath=",
            path, "\n");
    if (!script.description.empty())
        text += cat("Description=", escape_specifiers(script.description), "\n");
    for (const auto& unit : script.before) text += cat("Before=", unit, "\n");
    for (const auto& unit : script.after) text += cat("After=", unit, "\n");
    for (const auto& unit : script.wants) text += cat("Wants=", unit, "\n");
    text +=
        cat("\n[Service]\nType=forking\nRestart=no\nTimeoutSec=5min\nIgnoreSIGPIPE=no\n"
            "KillMode=process\nGuessMainPID=no\nRemainAfterExit=",
            script.pid_file.empty() ? "yes" : "no", "\n");
    if (!script.pid_file.empty()) text += cat("PIDFile=", escape_specifiers(script.pid_file), "\n");
    // Not installed and not configured, by the LSB.
    if (script.has_lsb_header) text += "SuccessExitStatus=5 6\n";
    text += cat("ExecStart=", path, " start\nExecStop=", path, " stop\n");
    if (script.can_reload) text += cat("ExecReload=", path, " reload\n");
    return text;
}

} // namespace sctl
