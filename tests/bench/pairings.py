#!/usr/bin/env python3
"""Compares either systemctl driving either manager, ours and Debian's systemd: status, show and list-units of many running services,
and list-unit-files of as many files beside `cat` of them. Usage: pairings.py build/systemctl [UNITS [ROUNDS]]; needs root and
systemd-nspawn. Prints medians in milliseconds, and the ratios to those of systemd's client with systemd's manager."""
import os
import statistics
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))

import harness  # noqa: E402
from machine import CLIENTS, Machine  # noqa: E402

# Prints the nanoseconds that each run of a command took. bash's clock costs no process.
TIMED = r"""
command=$1 rounds=$2
for ((i = 0; i < rounds; ++i)); do
    began=${EPOCHREALTIME/./}
    eval "$command" >/dev/null
    echo $((${EPOCHREALTIME/./} - began))
done
"""
COMMANDS = {"is-active": "%s is-active m0001.service", "status": "%s status 'm*.service'", "status -n0": "%s status -n0 'm*.service'", "show": "%s show 'm*.service'",
            "list-units": "%s list-units 'm*.service'", "list-unit-files": "%s list-unit-files 'm*.service'"}


def timed(machine, command, rounds):
    done = machine.run("/bin/bash", "-c", TIMED, "bash", command, str(rounds), seconds=600)
    assert done.status == 0, done
    return [int(line) / 1000 for line in done.out.split()]


def main():
    harness.use_binary(os.path.abspath(sys.argv[1]))
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    names = ["m%04d.service" % number for number in range(count)]
    units = {name: "[Unit]\nDescription=One of many\n[Service]\nExecStart=/bin/sleep 100000\n[Install]\nWantedBy=multi-user.target\n" for name in names}
    units["many.target"] = "[Unit]\nWants=%s\n" % " ".join(names)
    figures = {}
    for manager in ("debian", "ours"):
        with Machine(manager, units) as machine:
            started = machine.systemctl("ours", "start", "many.target", seconds=600)
            assert started.status == 0, started
            for client in CLIENTS:
                for what, command in COMMANDS.items():
                    figures[what, client, manager] = statistics.median(timed(machine, command % CLIENTS[client], rounds))
            figures["cat", "", manager] = statistics.median(timed(machine, "cat /etc/systemd/system/m*.service", rounds))
    for what in COMMANDS:
        base = figures[what, "debian", "debian"]
        cells = ["%s with %s %.1f (%.2f)" % (client, manager, figures[what, client, manager], figures[what, client, manager] / base)
                 for manager in ("debian", "ours") for client in ("debian", "ours")]
        print("%-16s %s" % (what, "   ".join(cells)))
    print("%-16s %.1f, and %.1f" % ("cat of the files", figures["cat", "", "debian"], figures["cat", "", "ours"]))


if __name__ == "__main__":
    main()
