#!/bin/sh
# How long many trivial services take to boot and to stop, and what memory we use: boot_many.sh PROGRAM [N]
# PROGRAM is a binary of the name systemctl. Needs root, for a PID namespace of its own.
set -eu
if [ "${BOOT_MANY_INSIDE:-}" != 1 ]; then
    export BOOT_MANY_INSIDE=1
    exec unshare --pid --fork --mount --mount-proc sh "$0" "$@"
fi
program=$1 count=${2:-1000}
directory=$(mktemp -d /dev/shm/boot-many.XXXXXX)
trap 'rm -rf "$directory"' EXIT
units=$directory/etc/systemd/system
mkdir -p "$units/multi-user.target.wants"
i=0
while [ "$i" -lt "$count" ]; do
    printf '[Service]\nExecStart=/bin/sleep infinity\n' >"$units/b$i.service"
    ln -s "../b$i.service" "$units/multi-user.target.wants/b$i.service"
    i=$((i + 1))
done

now() { date +%s%3N; }
began=$(now)
"$program" init --instance="$directory" >"$directory/out" 2>&1 &
manager=$!
until grep -q '^sctl: Startup finished' "$directory/out"; do
    [ "$(($(now) - began))" -lt 60000 ] || { echo "no boot within a minute" >&2; exit 1; }
    sleep 0.01
done
booted=$(now)
sleep 1
memory=0
for process in $manager $(pgrep -x sctl-capture); do
    private=$(awk '/^Private_/ { sum += $2 } END { print sum }' "/proc/$process/smaps_rollup")
    memory=$((memory + private))
done
ticks=$(awk '{ print $14 + $15 }' "/proc/$manager/stat")
stopping=$(now)
kill -TERM "$manager"
wait "$manager"
echo "$count services: boot $((booted - began)) ms, stop $(($(now) - stopping)) ms, memory $memory kB, manager's CPU $((ticks * 10)) ms"
