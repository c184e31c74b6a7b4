#include "manager/generators.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <set>

#include "base/log.hpp"
#include "base/text.hpp"
#include "install/sysv_generator.hpp"
#include "os/remove_tree.hpp"
#include "unit/search/directory_listing.hpp"
#include "unit/values/signal_name.hpp"

namespace sctl {
namespace {

struct GeneratorDirectory {
    std::string_view path;
    bool shipped; // with the system, not put there by the administrator
};
constexpr GeneratorDirectory generator_directories[] = {
    {"/run/systemd/system-generators", false},           {"/etc/systemd/system-generators", false},
    {"/usr/local/lib/systemd/system-generators", false}, {"/lib/systemd/system-generators", true},
    {"/usr/lib/systemd/system-generators", true},
};
constexpr std::string_view sysv_generator = "systemd-sysv-generator";

// Against a generator that forks faster than it is killed.
constexpr int generator_kill_turns = 1000;

bool is_mask(const struct stat& info) {
    return S_ISREG(info.st_mode) ? info.st_size == 0 : S_ISCHR(info.st_mode);
}

bool is_program(const struct stat& info) {
    return S_ISREG(info.st_mode) && (info.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH));
}

} // namespace

std::vector<Generator> find_generators(const Root& root,
                                       const std::function<bool(std::string_view)>& is_left_out) {
    std::vector<Generator> found;
    std::set<std::string, std::less<>> decided; // found, masked or left out
    for (const auto& directory : generator_directories) {
        auto items = list_directory(root.at(directory.path));
        if (!items) continue;
        for (const auto& item : *items) {
            struct stat info {};
            auto path = cat(root.at(directory.path), "/", item.name);
            bool counts = !is_hidden_or_backup(item.name) && !decided.contains(item.name) &&
                          stat(path.c_str(), &info) == 0 && (is_mask(info) || is_program(info));
            if (!counts) continue;
            decided.insert(item.name);
            if (is_mask(info) || (directory.shipped && is_left_out(item.name))) continue;
            found.push_back({item.name, path});
        }
    }
    // A script below an instance's directory could not be run from there.
    bool wants_ours =
        root.is_machine() && !decided.contains(sysv_generator) && !is_left_out(sysv_generator);
    if (wants_ours && access(std::string(sysv_script_directory).c_str(), F_OK) == 0) {
        found.push_back({std::string(sysv_generator), {}});
    }
    std::ranges::sort(found, {}, &Generator::name);
    return found;
}

std::string former_directory(std::string_view generator_directory) {
    return cat(generator_directory, ".former");
}

Generators::Generators(EventLoop& loop, ServiceOutput& output, Processes& processes, Root root)
    : loop_(loop), output_(output), processes_(processes), root_(std::move(root)) {
    SearchPath paths = system_search_path();
    directories_ = {root_.at(paths.generator), root_.at(paths.generator_early),
                    root_.at(paths.generator_late)};
}

void Generators::flush() {
    for (const auto& directory : directories_) {
        for (const auto& path : {directory, former_directory(directory)}) {
            if (auto removed = remove_tree(path); !removed) log_warning(removed.error().text);
        }
    }
}

bool Generators::start(const std::vector<Generator>& generators,
                       const std::vector<std::string>& environment, std::function<void()> done) {
    for (const auto& directory : directories_) {
        auto former = former_directory(directory);
        ignore_error(remove_tree(former)); // what stays there makes the rename fail
        // An overlay does not rename what comes from a lower layer.
        if (rename(directory.c_str(), former.c_str()) < 0) ignore_error(remove_tree(directory));
        if (generators.empty()) continue;
        if (auto made = make_directories(directory); !made) {
            log_warning("Generators cannot run: ", made.error().text);
            finish();
            return false;
        }
    }
    limit_ = loop_.arm(monotonic_now() + generator_time_limit, [this] { kill_all(); });
    for (const auto& generator : generators) launch(generator, environment);
    if (running_.empty()) {
        finish();
        return false;
    }
    done_ = std::move(done);
    return true;
}

void Generators::launch(const Generator& generator, const std::vector<std::string>& environment) {
    auto fail = [&](const Error& error) {
        log_error("Failed to start generator ", generator.name, ": ", error.text);
    };
    if (owner_ == no_owner) owner_ = processes_.add_owner("system-generators");
    Placement placement = processes_.place(owner_);
    ExecPlan plan;
    plan.executables = {generator.path.empty() ? "/proc/self/exe" : generator.path};
    plan.arguments = {generator.path.empty() ? "sctl-sysv-generator" : generator.path};
    plan.arguments.insert(plan.arguments.end(), directories_.begin(), directories_.end());
    plan.environment = environment;
    plan.pid_variables = {"SYSTEMD_EXEC_PID"};
    plan.tag = placement.tag;
    plan.cgroup = placement.cgroup.get();
    auto stream = output_.open_stream("init.scope", generator.name, {});
    if (!stream) return fail(stream.error());
    plan.standard_output.kind = StdioPlan::Kind::Descriptor;
    plan.standard_output.fd = stream->write_end.get();
    plan.standard_error.kind = StdioPlan::Kind::Stdout;
    auto spawned = processes_.spawn(std::move(plan));
    if (!spawned) return fail(spawned.error());
    output_.set_stream_pid(stream->id, spawned->pid);
    processes_.note_process(spawned->pid, owner_);
    running_[spawned->pid] = {generator.name, std::move(spawned->status),
                              std::move(spawned->report)};
}

bool Generators::process_exited(const ProcessExit& exit) {
    auto found = running_.find(exit.pid);
    if (found == running_.end()) return false;
    say_how_it_ended(found->second, exit);
    running_.erase(found);
    if (running_.empty()) {
        limit_.cancel();
        loop_.defer([this] { finish(); });
    }
    return true;
}

void Generators::say_how_it_ended(Running& generator, const ProcessExit& exit) {
    if (exit.code == CLD_EXITED && exit.status == 0) return;
    if (generator.status) (void)read_spawn_report(generator.status.get(), generator.report);
    if (const auto& failure = generator.report.failure) {
        log_error("Generator ", generator.name, " could not be executed, at step ",
                  to_string(failure->step), ": ", strerror(failure->code));
    } else if (exit.code == CLD_EXITED) {
        log_error("Generator ", generator.name, " failed with exit status ", exit.status, ".");
    } else {
        log_error("Generator ", generator.name, " was ended by signal ", signal_name(exit.status),
                  ".");
    }
}

void Generators::kill_all() {
    // A generator stuck in the kernel survives SIGKILL; do not wait for it.
    limit_ = loop_.arm(monotonic_now() + 1s, [this] {
        running_.clear();
        finish();
    });
    for (const auto& [pid, generator] : running_) {
        log_warning("Generator ", generator.name, " has not ended within ",
                    generator_time_limit / 1s, " s, killing it.");
    }
    SignalRequest request;
    request.owner = owner_;
    request.signal = SIGKILL;
    continue_killing(std::move(request), generator_kill_turns);
}

void Generators::continue_killing(SignalRequest request, int turns_left) {
    if (!running() || processes_.signal_all(request) || turns_left == 0) return;
    loop_.defer([this, request = std::move(request), turns_left]() mutable {
        continue_killing(std::move(request), turns_left - 1);
    });
}

// The directories that nothing was written to go again, as in systemd.
void Generators::finish() {
    limit_.cancel();
    for (const auto& directory : directories_) {
        rmdir(directory.c_str());
        auto removed = remove_tree(former_directory(directory));
        if (!removed) log_warning(removed.error().text);
    }
    if (auto done = std::exchange(done_, {})) done();
}

} // namespace sctl
