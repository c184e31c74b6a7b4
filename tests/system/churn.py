"""A peer that starts many units which end at once, a bounded number of them at a time, as a program: churn.py SOCKET FIRST COUNT NAME.

NAME has a %d for the number. Its work done, it writes how many ended with which result.
"""
import json
import subprocess
import sys

from dbus_peer import Peer

AT_ONCE = 50


def churn(peer, first, count, name):
    """Starts them; gives the results of their jobs, with how often each came."""
    peer.call("Subscribe")
    results, under_way, number = {}, 0, first
    while number < first + count or under_way:
        if number < first + count and under_way < AT_ONCE:
            peer.call("StartUnit", "ss", name % number, "replace")
            number, under_way = number + 1, under_way + 1
            continue
        if not peer.signals:
            peer.signals.append(peer.receive())
        ended = [message for message in peer.signals if message.member == "JobRemoved" and message.values[2].startswith(name.split("%")[0])]
        peer.signals.clear()
        for message in ended:
            results[message.values[3]] = results.get(message.values[3], 0) + 1
            under_way -= 1
    return results


def churn_within(pid, first, count, name, seconds=60.0):
    """The same, for a peer in the pid namespace of the manager `pid`."""
    done = subprocess.run(["nsenter", "--target=%d" % pid, "--pid", "--", sys.executable, __file__, "/proc/%d/root/run/systemd/private" % pid,
                           str(first), str(count), name], stdout=subprocess.PIPE, timeout=seconds, check=True, text=True)
    return json.loads(done.stdout)


if __name__ == "__main__":
    print(json.dumps(churn(Peer(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])))
