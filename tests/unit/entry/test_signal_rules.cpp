#include <doctest/doctest.h>

#include <csignal>

#include "entry/init_arguments.hpp"
#include "entry/personality.hpp"
#include "entry/signal_rules.hpp"

using namespace sctl;

namespace {

using What = SignalDecision::What;

SignalDecision decide_alone(const InitPolicy& policy, int signal) {
    SignalSet none;
    return decide(policy, none, signal);
}

} // namespace

TEST_SUITE_BEGIN("entry");

TEST_CASE("a signal goes to the session of the command, and as what it is rewritten to") {
    InitPolicy policy = default_policy(true, false, false);
    auto plain = decide_alone(policy, SIGUSR1);
    CHECK(plain.what == What::Forward);
    CHECK(plain.target == SignalTarget::Group);
    CHECK(plain.signal == SIGUSR1);
    REQUIRE(parse_rewrite("TERM:SIGQUIT", policy));
    auto rewritten = decide_alone(policy, SIGTERM);
    CHECK(rewritten.signal == SIGQUIT);
    CHECK(rewritten.asks_to_stop);
    REQUIRE(parse_rewrite("hup:none", policy));
    CHECK(decide_alone(policy, SIGHUP).what == What::Drop);
}

TEST_CASE("where nobody hears signals, TERM and INT end the whole") {
    InitPolicy policy = yasinit_policy();
    CHECK(decide_alone(policy, SIGTERM).what == What::End);
    CHECK(decide_alone(policy, SIGINT).what == What::End);
    CHECK(decide_alone(policy, SIGUSR1).what == What::Nothing);
    policy.ignores_sigint = true;
    CHECK(decide_alone(policy, SIGINT).what == What::Nothing);
}

TEST_CASE("the first HUP and CONT after the terminal was given away are not for the command") {
    InitPolicy policy = dumb_init_policy();
    SignalSet hand_offs;
    hand_offs.add(SIGHUP);
    CHECK(decide(policy, hand_offs, SIGHUP).what == What::HandOff);
    CHECK(decide(policy, hand_offs, SIGHUP).what == What::Forward);
}

TEST_CASE("a trapped signal is not forwarded") {
    InitPolicy policy = drinit_policy();
    policy.trapped.add(SIGHUP);
    CHECK(decide_alone(policy, SIGHUP).what == What::Trap);
    CHECK(decide_alone(policy, SIGTERM).what == What::Forward);
    CHECK(decide_alone(policy, SIGURG).what == What::Nothing);
}

TEST_CASE("docker-container-init forwards six signals, and TERM alone to the group") {
    InitPolicy policy = docker_container_init_policy();
    for (int signal : {SIGALRM, SIGCONT, SIGWINCH, SIGRTMIN}) {
        CHECK(decide_alone(policy, signal).what == What::Nothing);
    }
    CHECK(decide_alone(policy, SIGTERM).target == SignalTarget::Child);
    policy.forward = Forward::Group;
    CHECK(decide_alone(policy, SIGTERM).target == SignalTarget::Group);
    CHECK(decide_alone(policy, SIGHUP).target == SignalTarget::Child);
}

TEST_CASE("tini leaves signals of its own faults and of the terminal to itself") {
    InitPolicy policy = tini_policy();
    for (int signal : {SIGSEGV, SIGTTIN, SIGTTOU, SIGCHLD, SIGKILL}) {
        CHECK(decide_alone(policy, signal).what == What::Nothing);
    }
    CHECK(decide_alone(policy, SIGWINCH).what == What::Forward);
    CHECK(decide_alone(policy, SIGRTMIN + 1).what == What::Forward);
}

TEST_CASE("stop signals of the terminal become STOP unless they are rewritten") {
    InitPolicy policy = dumb_init_policy();
    REQUIRE(parse_rewrite("TTIN:TERM", policy));
    stop_for_terminal_stops(policy);
    CHECK(decide_alone(policy, SIGTSTP).signal == SIGSTOP);
    CHECK(decide_alone(policy, SIGTSTP).suspends);
    CHECK(decide_alone(policy, SIGTTIN).signal == SIGTERM);
}

TEST_CASE("a set of signals is read from names, numbers and words") {
    SignalSet set;
    REQUIRE(parse_signal_set("TERM,SIGHUP 10", set));
    CHECK(set.contains(SIGTERM));
    CHECK(set.contains(SIGHUP));
    CHECK(set.contains(SIGUSR1));
    CHECK_FALSE(set.contains(SIGINT));
    REQUIRE(parse_signal_set("+rt", set));
    CHECK(set.contains(SIGRTMAX));
    SignalSet standard;
    REQUIRE(parse_signal_set("std", standard));
    CHECK(standard == SignalSet::standard());
    CHECK_FALSE(standard.contains(SIGCHLD));
    CHECK_FALSE(parse_signal_set("NOPE", set));
    CHECK_FALSE(parse_signal_set("99", set));
}

TEST_SUITE_END();
