#include "install/messages.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/text.hpp"

namespace sctl {
namespace {

std::string failure_text(const InstallChange& change, std::string_view verb) {
    const auto& path = change.path;
    auto failed = [&](const auto&... what) { return cat("Failed to ", verb, " unit, ", what...); };
    switch (change.error) {
        case EEXIST:
            if (change.source.empty()) return failed("file \"", path, "\" already exists.");
            return failed("file \"", path, "\" already exists and is a symlink to \"",
                          change.source, "\".");
        case ERFKILL: return failed("unit ", path, " is masked.");
        case EADDRNOTAVAIL: return failed("unit ", path, " is transient or generated.");
        case EBADSLT: return failed("invalid specifier in \"", path, "\".");
        case EIDRM:
            return cat("Failed to ", verb, " ", change.source, ", destination unit ", path,
                       " is a non-template unit.");
        case EUCLEAN: return failed("\"", path, "\" is not a valid unit name.");
        case ELOOP: return failed("refusing to operate on linked unit file ", path, ".");
        case EXDEV:
            if (change.source.empty()) return failed("invalid unit reference \"", path, "\".");
            return failed("cannot alias ", change.source, " as ", path, ".");
        case ENOENT: return failed("unit ", path, " does not exist.");
        case EUNATCH: return failed("cannot resolve specifiers in \"", path, "\".");
        default: return failed("file \"", path, "\": ", strerror(change.error));
    }
}

InstallMessage message(const InstallChange& change, std::string_view verb, std::string_view arrow) {
    const auto& path = change.path;
    switch (change.kind) {
        case InstallChange::Kind::Symlink:
            return {false, cat("Created symlink ", path, " ", arrow, " ", change.source, ".")};
        case InstallChange::Kind::Unlink: return {false, cat("Removed \"", path, "\".")};
        case InstallChange::Kind::Masked:
            return {false, cat("Unit ", path, " is masked, ignoring.")};
        case InstallChange::Kind::MaskedByGenerator:
            return {false,
                    cat("Unit ", path, " is masked via a generator and cannot be unmasked.")};
        case InstallChange::Kind::Dangling:
            return {false,
                    cat("Unit ", path, " is an alias to a unit that is not present, ignoring.")};
        case InstallChange::Kind::DestinationNotPresent:
            return {false, cat("Unit ", change.source,
                               " is added as a dependency to a non-existent unit ", path, ".")};
        case InstallChange::Kind::AuxiliaryFailed:
            return {false, cat("Failed to enable auxiliary unit ", path, ", ignoring.")};
        case InstallChange::Kind::Failed: return {true, failure_text(change, verb)};
    }
    return {};
}

Error bus_error(const InstallChange& change) {
    const auto& path = change.path;
    auto error = [&](std::string_view name, std::string text) {
        return Error{change.error, std::move(text), cat("org.freedesktop.systemd1.", name)};
    };
    switch (change.error) {
        case EEXIST:
            if (change.source.empty())
                return error("UnitExists", cat("File ", path, " already exists."));
            return error("UnitExists", cat("File ", path, " already exists and is a symlink to ",
                                           change.source, "."));
        case ERFKILL: return error("UnitMasked", cat("Unit file ", path, " is masked."));
        case EADDRNOTAVAIL:
            return error("UnitGenerated", cat("Unit ", path, " is transient or generated."));
        case EBADSLT: return error("BadUnitSetting", cat("Invalid specifier in ", path, "."));
        case EIDRM:
            return error("BadUnitSetting",
                         cat("Destination unit ", path, " is a non-template unit."));
        case EUCLEAN:
            return error("BadUnitSetting", cat("\"", path, "\" is not a valid unit name."));
        case ELOOP:
            return error("UnitLinked",
                         cat("Refusing to operate on alias name or linked unit file: ", path));
        case EXDEV:
            if (change.source.empty())
                return error("BadUnitSetting", cat("Invalid unit reference ", path, "."));
            return error("BadUnitSetting", cat("Cannot alias ", change.source, " as ", path, "."));
        case ENOENT: return error("NoSuchUnit", cat("Unit file ", path, " does not exist."));
        case EUNATCH:
            return error("BadUnitSetting", cat("Cannot resolve specifiers in ", path, "."));
        default: return Error{change.error, cat("File ", path, ": ", strerror(change.error)), {}};
    }
}

bool is_failure(const InstallChange& change) {
    return change.kind == InstallChange::Kind::Failed;
}

} // namespace

std::vector<InstallMessage> install_messages(const InstallOutcome& outcome, std::string_view verb,
                                             std::string_view arrow) {
    std::vector<InstallMessage> messages;
    for (const auto& change : outcome.changes) messages.push_back(message(change, verb, arrow));
    if (outcome.error != 0 && std::ranges::none_of(outcome.changes, is_failure))
        messages.push_back({true, cat("Failed to ", verb, ": ", strerror(outcome.error), ".")});
    return messages;
}

int install_exit_status(const InstallOutcome& outcome) {
    return outcome.error == 0 ? 0 : 1;
}

std::optional<Error> install_bus_error(const InstallOutcome& outcome) {
    auto failed = std::ranges::find_if(outcome.changes, is_failure);
    bool any_done = !std::ranges::all_of(outcome.changes, is_failure);
    if (failed != outcome.changes.end() && (outcome.error != 0 || !any_done))
        return bus_error(*failed);
    if (outcome.error != 0) return Error{outcome.error, strerror(outcome.error), {}};
    return std::nullopt;
}

std::string_view no_install_info_text() {
    return "The unit files have no installation config (WantedBy=, RequiredBy=, Also=,\n"
           "Alias= settings in the [Install] section, and DefaultInstance= for template\n"
           "units). This means they are not meant to be enabled using systemctl.\n"
           " \n"
           "Possible reasons for having this kind of units are:\n"
           "• A unit may be statically enabled by being symlinked from another unit's\n"
           "  .wants/ or .requires/ directory.\n"
           "• A unit's purpose may be to act as a helper for some other unit which has\n"
           "  a requirement dependency on it.\n"
           "• A unit may be started when needed via activation (socket, path, timer,\n"
           "  D-Bus, udev, scripted systemctl call, ...).\n"
           "• In case of template units, the unit is meant to be enabled with some\n"
           "  instance name specified.";
}

} // namespace sctl
