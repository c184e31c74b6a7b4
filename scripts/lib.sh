# What the scripts share: messages, the cache directory, packages, builds. Sourced from the top of the checkout.

# Progress goes to stderr: stdout is for results.
note() { echo "$(basename "$0"): $*" >&2; }
die() { note "$*"; exit 1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Prints the directory for what is worth keeping between runs, and makes it.
cache_directory() {
    directory=${XDG_CACHE_HOME:-$HOME/.cache}/sctl
    mkdir -p "$directory"
    echo "$directory"
}

missing_packages() {
    for package in "$@"; do
        state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=
        [ "$state" = installed ] || echo "$package"
    done
}

# Installs those of the named Debian packages that are missing, in one call of apt-get. Where that cannot work, says what is missing
# and fails.
install_packages() {
    command -v dpkg-query >/dev/null || die "this is not Debian: please install what matches these packages: $*"
    missing=$(missing_packages "$@" | tr '\n' ' ')
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
        note "neither root nor sudo; missing packages: $missing"
        return 1
    fi
    note "installing $missing"
    # Old lists name versions that the mirror no longer has.
    # shellcheck disable=SC2086  # one word per package
    as_root env DEBIAN_FRONTEND=noninteractive sh -c 'apt-get -qq update && apt-get -qq install -y --no-install-recommends "$@"' sh $missing >&2 ||
        { note "apt-get could not install: $missing"; return 1; }
}

# build DIRECTORY [OPTION...]: configures once with these options, then builds all, or $targets. At a terminal ninja shows how far it is; else
# this prints what it did only when it fails. Two at once take turns.
build() {
    build_directory=$1
    shift
    # ccache refuses precompiled headers, for the macros and times that they might hold. Ours hold none.
    PATH=/usr/lib/ccache:$PATH CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    export PATH CCACHE_SLOPPINESS
    log=$build_directory/build.log
    mkdir -p "$build_directory"
    if [ -f "$build_directory/build.ninja" ]; then
        note "building in $build_directory"
    else
        note "building in $build_directory, for the first time: five minutes on two cores"
    fi
    (
        flock 8
        [ -f "$build_directory/build.ninja" ] || meson setup "$build_directory" "$@" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
        # shellcheck disable=SC2086  # one word per target
        set -- ninja -j "$(nproc)" -C "$build_directory" ${targets:-}
        if [ -t 2 ]; then
            "$@" >&2
        else
            "$@" >"$log" 2>&1 || { tail -n 100 "$log" >&2; exit 1; }
        fi
    ) 8>"$build_directory/build.lock"
}

program_version() { sed -n "s/^  version: '\(.*\)',/\1/p" meson.build; }

# make_tree DIRECTORY PROGRAM: all that is installed, as it lies below the root.
make_tree() {
    mkdir -p "$1/usr/bin" "$1/usr/sbin" "$1/usr/lib/tmpfiles.d" "$1/usr/lib/sctl" "$1/usr/share/man/man1" "$1/usr/share/man/man8" \
        "$1/usr/share/bash-completion/completions" "$1/usr/share/doc/sctl" "$1/etc/dpkg/dpkg.cfg.d"
    cp "$2" "$1/usr/bin/systemctl"
    for link in journalctl sctl-render; do ln -s systemctl "$1/usr/bin/$link"; done
    for link in init halt poweroff reboot shutdown runlevel telinit; do ln -s ../bin/systemctl "$1/usr/sbin/$link"; done
    echo "d /run/systemd/system 0755 root root -" >"$1/usr/lib/tmpfiles.d/sctl.conf"
    cp packaging/diversions packaging/uninstall "$1/usr/lib/sctl"
    cp packaging/dpkg.cfg "$1/etc/dpkg/dpkg.cfg.d/sctl"
    for page in docs/*.1; do gzip -9n <"$page" >"$1/usr/share/man/man1/${page##*/}.gz"; done
    ln -s systemctl-init.1.gz "$1/usr/share/man/man1/init.1.gz"
    for link in halt poweroff reboot shutdown runlevel telinit; do ln -s ../man1/systemctl.1.gz "$1/usr/share/man/man8/$link.8.gz"; done
    cp packaging/completions/* "$1/usr/share/bash-completion/completions"
    cp README.md LICENSE docs/*.md "$1/usr/share/doc/sctl"
    find "$1" -type f -exec chmod 644 {} +
    chmod 755 "$1/usr/bin/systemctl" "$1/usr/lib/sctl"/*
}
