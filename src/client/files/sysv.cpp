#include "client/files/sysv.hpp"

#include <glob.h>
#include <unistd.h>

#include <algorithm>

#include "base/log.hpp"
#include "base/text.hpp"
#include "client/files/unit_files.hpp"
#include "install/install.hpp"
#include "install/sysv_generator.hpp"
#include "os/run_program.hpp"
#include "unit/search/unit_index.hpp"
#include "unit/syntax/environment.hpp"

namespace sctl {
namespace {

using Words = std::vector<std::string>;

// The path is what systemd was built with on Debian, and what it prints.
constexpr const char* install_program = "/lib/systemd/systemd-sysv-install";
constexpr const char* update_program = "/usr/sbin/update-rc.d";

// Units that only a generator wrote are no reason to leave the script alone.
bool has_native_unit(const InstallPlace& place, const std::string& name) {
    SearchPath paths = place.paths;
    std::erase_if(paths.directories, [&](const std::string& directory) {
        return directory == paths.generator || directory == paths.generator_early ||
               directory == paths.generator_late;
    });
    auto index = UnitIndex::scan(
        place.root, paths, [](std::string_view) {}, place.embedded);
    auto parsed = UnitName::parse(name);
    if (!parsed) return true;
    auto found = index.find(*parsed);
    return !found || found->found();
}

// One script, and the program that the distribution has for it.
class SysvInstall {
  public:
    SysvInstall(const Session& session, std::string_view verb, std::string script)
        : session_(session), verb_(verb), script_(std::move(script)) {}

    // What is called in systemctl's words; empty where there is nothing to call.
    [[nodiscard]] static const char* program() {
        for (const char* path : {install_program, update_program}) {
            if (access(path, X_OK) == 0) return path;
        }
        return nullptr;
    }

    // Its exit status.
    [[nodiscard]] int run() const {
        if (program() == install_program) return run_install();
        if (verb_ == "is-enabled") return has_start_link() ? 0 : 1;
        for (std::string_view action : {std::string_view("defaults"), verb_}) {
            if (int status = call(chroot_prefix({update_program, script_, std::string(action)})))
                return status;
        }
        return 0;
    }

  private:
    [[nodiscard]] int run_install() const {
        Words words{install_program};
        if (!session_.request.root.empty()) words.push_back(cat("--root=", session_.request.root));
        words.emplace_back(verb_);
        words.push_back(script_);
        return call(words);
    }

    [[nodiscard]] Words chroot_prefix(Words words) const {
        if (session_.request.root.empty()) return words;
        Words prefixed{"/usr/sbin/chroot", session_.request.root};
        prefixed.insert(prefixed.end(), words.begin(), words.end());
        return prefixed;
    }

    [[nodiscard]] int call(const Words& words) const {
        if (!session_.request.quiet) log_info("Executing: ", join(words, " "));
        // update-rc.d would call us for the unit, which we are about to do ourselves.
        auto status = run_program(words, {.assignments = {"_SKIP_SYSTEMD_NATIVE=1"}});
        if (status) return *status;
        log_error("Failed to execute ", words.front(), ": ", status.error().text);
        return 1;
    }

    [[nodiscard]] bool has_start_link() const {
        auto pattern = cat(session_.request.root, "/etc/rc[S5].d/S??", script_);
        glob_t found{};
        bool any = glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0;
        globfree(&found);
        return any;
    }

    const Session& session_;
    std::string_view verb_;
    std::string script_;
};

// False where the verb goes on with the unit of that name.
struct Handed {
    bool taken = false, failed = false, enabled = false;
};

Handed hand_over(Session& session, const InstallPlace& place, std::string_view verb,
                 const std::string& name) {
    auto script = name.substr(0, name.size() - std::string_view(".service").size());
    auto path = place.root.at(cat(sysv_script_directory, "/", script));
    const char* program = SysvInstall::program();
    if (access(path.c_str(), F_OK) != 0 || !program) return {};
    bool native = has_native_unit(place, name);
    if (native && verb == "is-enabled") return {};
    if (!session.request.quiet) {
        if (native)
            log_info("Synchronizing state of ", name, " with SysV service script with ", program,
                     ".");
        else
            log_info(name, " is not a native service, redirecting to systemd-sysv-install.");
    }
    int status = SysvInstall(session, verb, script).run();
    Handed handed{
        .taken = !native, .failed = status != 0 && verb != "is-enabled", .enabled = status == 0};
    if (verb == "is-enabled" && !session.request.quiet)
        session.print(status == 0 ? "enabled\n" : "disabled\n");
    return handed;
}

} // namespace

SysvOutcome hand_to_sysv_install(Session& session, std::string_view verb, Words& names) {
    const auto& request = session.request;
    bool applies = verb == "enable" || verb == "disable" || verb == "is-enabled";
    auto skip = environment_variable("SYSTEMCTL_SKIP_SYSV").value_or("");
    if (!applies || request.user || request.global || skip == "1" || skip == "yes" ||
        skip == "true")
        return SysvOutcome::Nothing;
    auto outcome = SysvOutcome::Nothing;
    UnitFiles files(session);
    for (size_t i = 0; i < names.size();) {
        bool service = names[i].ends_with(".service") && names[i].front() != '/';
        Handed handed = service ? hand_over(session, files.place(), verb, names[i]) : Handed{};
        if (handed.failed) return SysvOutcome::Failed;
        if (!handed.taken) {
            ++i;
            continue;
        }
        names.erase(names.begin() + static_cast<ptrdiff_t>(i));
        bool is_enabled = verb == "is-enabled" && handed.enabled;
        if (outcome != SysvOutcome::Enabled)
            outcome = is_enabled ? SysvOutcome::Enabled : SysvOutcome::Done;
    }
    return outcome;
}

} // namespace sctl
