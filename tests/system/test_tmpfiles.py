"""systemd-tmpfiles: what ours makes of tmpfiles.d(5) is what systemd's own makes of it: trees, words and exit statuses."""
from harness import deadline, tagged
from provisioning import TREE, compare, debian_files, tools_box

CONF = "/etc/tmpfiles.d/c.conf"
CREATE = "PROGRAM --root=%s --create" % TREE
LOCAL = "PROGRAM --create --remove --boot --prefix=%s" % TREE


def case(*lines, setup=None, command=CREATE, times=(), files=None):
    return {"files": {CONF: "".join(line + "\n" for line in lines), **(files or {})}, "setup": setup, "command": command, "times": times}


# Lines that are wrong in one way each, or have something odd.
LINES = """d x|f|"d /x|Y /x|d++ /x|d /x 9999|d /x - nope|d /x - - nope|d /x - - - 1y5|d /x - - - q:1d|d /x - - - - foo|f /x/%q|w /x/y|c /x/y
c /x/y - - - - a:b|c /x/y - - - - 1:3|b /x/y 0600 - - - 8:5000000|a /x - - - - u:nobodyx:r|a+ /x|a /x - - - - user:www-data:rwx,q|h /x - - - - +Q|h /x - - - - +
h /x - - - - =|t /x - - - - user.a|t /x - - - - "user.a=|t /x - - - - user.a= =b|d /var/run/x|d /var/running|f~ /x - - - - !!|f~ /x - - - - aGkhAA==
f~ /x - - - - aGk|f~ /x - - - - a Gkh|L~ /x|L~ /x - - - - YQ==|C~ /x|C /x - - - - rel|f^ /x|f^ /x - - - - a/b|f^ /x - - - - ok|d /x/../y|d /../y|f /x/y - - - - a\\q
f /x/y - - - - a\\x41\\n\\tb|f /x - - - - \\x20%%a b  c|f "/x y" - - - - "a"|f /x\\x20y|f '/x"' 0640|d /x - 4294967295|d /x - 65535|d /x - 1234 2345|d /x - :33 :www-data
d /x :0700|d /x ~0777|d /x ~:0770|d /x 01777 daemon adm|v /x 0711|q /x|Q /x - daemon|p /x 0600 www-data|p+ /x|F /x - - - - text|f+ /x - - - - text|L /x/y|L /x - - - - /nowhere
L /x - www-data - - ../a b|C /x - - - - /etc/passwd|C /x 0600 www-data adm - /etc/passwd|C /x - - - - /none|m /etc/passwd 0600|z /etc/passwd ~4777|z /etc/pass* 0600 www-data
Z /etc 0750 www-data adm|Z /etc ~0750|x /x|X /x - - - 1d|r /etc/passwd|R /etc|e /etc 0700 www-data|e /etc/passwd 0600|w /etc/passwd - - - - X|w+ /etc/group - - - - X\\n|w /etc/n - - - - X
w- /etc/tmpfiles.d - - - - X|d! /x|d- /etc/passwd/x|d= /etc/passwd/x|f= /etc|d /etc/passwd|f /etc/passwd/x|f /etc|p /etc/passwd|c /etc/passwd - - - - 1:3|c+ /etc/passwd - - - - 1:3|L /etc/passwd - - - - x
L+ /etc - - - - x|p+ /etc|f /x/%a/%b/%H/%l/%o%v%w%W/%u/%U/%g/%G|f /x - - - - 100%|f /x - - - - %_ %%%%|f /x/%m|f /x - - - - %m|t /etc/passwd - - - - user.a=%u "user.b=x y"
a /etc/passwd - - - - u:www-data:rw|a /etc/passwd - - - - u::rwx,g::r,o::-,u:33:r-x,m::r|a+ /etc/passwd - - - - g:adm:rwx|a /etc - - - - d:u:www-data:rx|A /etc - - - - d:g:adm:rx,g:adm:r|A+ /etc - - - - u:daemon:rwx,default:user:daemon:rwx
a /etc/passwd - - - - m:r|a /etc/passwd - - - - user::rwx,group::r-x,mask::r-x,other::r-x|a /etc/passwd - - - - u:99:|h /etc/passwd - - - - +d|H /etc - - - - d|h /etc - - - - +DA|h /etc/passwd - - - - -d|r /none/*|R /none
d /x - - - 10d|d /x - - - ~am:1h5min|d /x - - - x|f /x 0644 - - 1d text|d "" 0755|"" /x|d /|d //x///y/./z|D /etc|D! /etc|r /etc/*|r /etc/[pg]*|r /etc/\\\\*|R /etc/.*|t /etc/passwd - - - - user.a=x\\x20y|d /
f /x - - - -     spaced  text  |f\t/x\t-\t-\t-\t-\ttab|#d /x|d=~ /x|f^~ /x|f~+ /x - - - - YWJj|+f /x|f /x 0644 root root - - -|f /x 7777|f /x 0|f /x 8|d /x -1|d /x 00755 root:root""".replace("\n", "|").split("|")


def line_cases():
    # Only what the manual describes differently from what systemd 252 does is left out: see docs/compat.md.
    return {line: case(line, command=CREATE + " --remove") for line in LINES}


DUPLICATES = {
    "the first wins": case("f /x/a 0600 - - - 1", "f /x/a 0644 - - - 2", "d /x/a", "f /x/a 0600 - - - 1", "f+ /x/a 0640 - - - 3"),
    "several writes": case("w /a - - - - 1", "w /a - - - - 2", "w+ /a - - - - 3", "w+ /a - - - - 4", "w+ /b - - - - 1", "w /b - - - - 2", "w+ /e - - - - 1", "w+ /e - - - - 2", "f+ /c - - - - 1", "f /c - - - - 1",
                           "L+ /d - - - - 1", "L+ /d - - - - 2", setup="touch a b e"),
    "adjustments come after": case("z /x/a 0600", "t /x/a - - - - user.a=b", "a /x/a - - - - u:www-data:r", "f /x/a 0644 - - - text", "h /x/a - - - - d"),
    "parents come first": case("f /x/y/z", "d /x/y 0700 www-data", "d /x 0711 daemon"),
    "children are removed first": case("r /x/y", "R /x/y/z", "D /x", setup="mkdir -p x/y/z/a; touch x/f", command=CREATE + " --remove"),
    "removed and made again": case("D /x 0700", "f /x/a", "r /x/b", "R /x/c", setup="mkdir -p x/c/d; echo 1 >x/a; touch x/b x/e x/c/d/e", command=CREATE + " --remove"),
    "only removed": case("D /x 0700", "f /x/a", setup="mkdir -p x/c/d; echo 1 >x/a", command="PROGRAM --root=%s --remove" % TREE),
    "boot": case("d! /x", "d /y", "f! /y/a", command=CREATE + " --boot"),
    "prefixes": case("d /x/y", "d /xy", "d /x", "d /z", command=CREATE + " --prefix=/x --exclude-prefix /x/y --prefix=/z/"),
    "excluded": case("d /run/y", "d /runy", "d /dev/x", command=CREATE + " -E"),
    "existing keep their own": case("f /a :0600 :www-data :adm", "d /b :0700 :www-data", "f /c :0600 :www-data :adm", "p /d :0600 :www-data", setup="touch a; mkdir b"),
    "copies merge only into what is empty": case("C /a - - - - /from", "C /b 0700 www-data - - /from", "C /c - - - - /from", "C /d - - - - /from/l", "C /e - www-data - - /from/f",
                                                 "C /g - - - - /from/f", "C /h :0600 - - - /from/f",
                                                 setup="mkdir -p from/d/e a b c; echo 1 >from/f; chmod 2751 from/d; ln -s f from/l; ln from/f from/d/hard; mkfifo -m 640 from/p; "
                                                       "chown 33:4 from/d/e from/f; echo 1 >c/x; mkdir g; touch h; touch -d 2001-01-01 from/f from/d; mknod from/n c 1 3",
                                                 times=("b/f", "b/d", "a/d/hard", "e")),
    "factory": case("C /etc/new", "L /etc/link", "C /etc/none", files={"/usr/share/factory/etc/new": "text"}),
    "modes and links": case("z /l 0600 www-data", "Z /d ~2770 www-data adm", "z /d/*/x 4755 www-data", "z /gone 0600", "z /dangling 0600 www-data",
                            setup="touch f; ln -s f l; mkdir -p d/e; touch d/a d/e/x; chmod 0 d/a; chmod 755 d/e/x; ln -s ../f d/l; mkfifo d/p; ln -s none dangling"),
    "dangling links on the way": case("f /l/a", "d /l/d", "d= /l/e", "f /m", "f+ /n", "d /o", setup="ln -s none l; ln -s x m; ln -s x n; ln -s x o"),
    "links within": case("f /l/a", "d /abs/b", "w /w - - - - text", "e /abs 0700", "L /new/x - - - - y", setup="mkdir real; ln -s real l; ln -s /real abs; echo 12345 >f; ln -s f w"),
    "wrong types give way": case("d= /a/b/c", "f= /d - - - - 1", "L= /e - - - - t", "p= /f", "c= /g - - - - 1:3", "d= /h", "C= /i/j - - - - /etc/passwd",
                                 setup="mkfifo a; mkdir -p d/x; touch e f g; ln -s etc h; touch i"),
    "force": case("L+ /a - www-data - - t", "p+ /b 0600 www-data", "c+ /d - - - - 1:3", "f+ /e - - - - 2", "L+ /g - - - - t", "b+ /h 0600 - - - 7:1",
                  setup="mkdir -p a/b b; touch d; echo 123 >e; ln -s u g; ln -s u h"),
    "masks": case("d /x", "d /y", files={"/etc/tmpfiles.d/m.conf": "d /etcm\n", "/usr/lib/tmpfiles.d/m.conf": "d /usrm\n", "/usr/lib/tmpfiles.d/n.conf": "d /n\n",
                                         "/run/tmpfiles.d/o.conf": "d /runo\n", "/usr/lib/tmpfiles.d/o.conf": "d /usro\n", "/usr/local/lib/tmpfiles.d/p.conf": "d /p\n",
                                         "/usr/lib/tmpfiles.d/p.conf": "d /q\n", "/usr/lib/tmpfiles.d/x.conf~": "d /r\n", "/usr/lib/tmpfiles.d/.y.conf": "d /s\n",
                                         "/lib/tmpfiles.d/z.conf": "d /z\n", "/usr/lib/tmpfiles.d/dir.conf/x": ""},
                  setup="ln -s /dev/null etc/tmpfiles.d/n.conf; ln -s /nowhere etc/tmpfiles.d/gone.conf"),
    "a file by name": case("d /x", files={"/usr/lib/tmpfiles.d/m.conf": "d /m\n"}, command=CREATE + " m.conf"),
    "a file by path": case("d /x", files={"/m.conf": "d /m\nd\n"}, command=CREATE + " %s/m.conf" % TREE),
    "no such file": case("d /x", command=CREATE + " m.conf"),
    "standard input": case("d /x", command="printf 'd /y\\nf\\n' | " + CREATE + " -"),
    "replaced": case("d /x", files={"/usr/lib/tmpfiles.d/m.conf": "d /m\n"}, command="echo 'd /y' | " + CREATE + " --replace=/usr/lib/tmpfiles.d/m.conf -"),
    "replaced and hidden": case("d /x", files={"/etc/tmpfiles.d/m.conf": "d /m\n"}, command="echo 'd /y' | " + CREATE + " --replace=/usr/lib/tmpfiles.d/m.conf -"),
    "replaced and new": case("d /x", command="echo 'd /y' | " + CREATE + " --replace=/usr/lib/tmpfiles.d/m.conf -"),
    "cat-config": case("d /x", files={"/usr/lib/tmpfiles.d/m.conf": "# m\nd /m\n"}, command="PROGRAM --root=%s --cat-config" % TREE),
    "no operation": case("d /x", command="PROGRAM --root=%s" % TREE),
    "bad option": case("d /x", command="PROGRAM --creat --foo"),
    "bad replace": case("d /x", command=CREATE + " --replace=x.conf"),
    "bad replace name": case("d /x", command=CREATE + " --replace=/x"),
    "credentials": case("f^ /a - - - - one", "f^ /b - - - - none", "f^~ /c - - - - two", files={"/creds/one": "1\n2\0", "/creds/two": "aGk=\n", "/creds/tmpfiles.extra": "f /d\nbad\n"},
                        command="CREDENTIALS_DIRECTORY=%s/creds " % TREE + CREATE),
    "not a directory": case("d /x", "f /x/a", setup="touch x"),
    "patterns": case("z /d/* 0600", "z /d/.* 0640", "z /d/[a-b]? 0700", "z /d/\\\\* 0711", setup="mkdir d; touch d/a d/.h d/ab d/b1 'd/*'; mkdir d/.x"),
}

# Without --root, below /tree: links and specifiers as on a running machine.
ON_THE_MACHINE = {
    "specifiers": case("f /tree/%a-%b-%g-%G-%H-%l-%m-%o-%u-%U-%v-%w-%W - - - - %h %C %L %S %t %T %V", command=LOCAL + " %s/c" % TREE,
                       files={"/c": "f /tree/x/%a-%b-%g-%G-%H-%l-%m-%o-%u-%U-%v-%w-%W - - - - %h %C %L %S %t %T %V\n"}),
    "another temporary directory": case(command="TMPDIR=/var/tmp/../tmp TEMP=/usr TMP=/etc " + LOCAL + " %s/c" % TREE, files={"/c": "f /tree/x - - - - %T %V\n"}),
    "unresolvable": case(command="mount --bind /dev/null /etc/machine-id; %s %s/c; s=$?; umount /etc/machine-id; exit $s" % (LOCAL, TREE),
                         files={"/c": "f /tree/a - - - - %m\nf /tree/%m\nd /tree/b\n"}),
    "removal stops at mounts": case(command="mount -t tmpfs x /tree/mount; touch /tree/mount/a; %s %s/c" % (LOCAL, TREE), files={"/c": "R /tree/d\nR /tree/mount\n"},
                                    setup="mkdir -p mount d/e; ln -s /etc d/l"),
    "what is mounted below stays": case(command="mount --bind /tree/kept /tree/d/b; mount --bind /tree/kept/f /tree/g/f; %s %s/c" % (LOCAL, TREE), files={"/c": "R /tree/d\nR /tree/g\n"},
                                        setup="mkdir -p kept d/b d/c g; touch d/c/x kept/f g/f g/h"),
}

UNSAFE = {
    "a link in somebody's directory": case("f /home/l/a", "d /home/l/d", "w /home/w - - - - gone", "z /home/l/passwd 0777", "t /home/l/passwd - - - - user.a=b", "e /home/l 0777",
                                           "L /home/l/x - - - - y", "p /home/l/p", "C /home/l/c - - - - /etc/group", "f= /home/l/q", "a /home/l/passwd - - - - u:www-data:rwx",
                                           setup="mkdir home; ln -s ../etc home/l; chown -h 33 home home/l"),
    "root's file in somebody's directory": case("z /home/f 0666", "Z /home/d 0777 www-data", "f /home/f - - - - x", "f /home/d/new", "d /home/d/dir", "d= /home/d/x/y",
                                                setup="mkdir -p home/d; echo 1 >home/f; chown 33 home"),
    "from one user's to another's": case("d /home/d/new", "f /home/d/d/f", setup="mkdir -p home/d/d; chown 33 home; chown 1 home/d; chown 1 home/d/d"),
    "within one user's": case("d /home/d/new", "f /home/l/f", "f /home/own", setup="mkdir -p home/d/e; ln -s d/e home/l; chown -hR 33 home"),
    "root's link is followed": case("d /home/new", "f /home/x/f", setup="mkdir -p real/x; ln -s /real home; chown 33 real real/x"),
}

OLD = "touch -d 2001-01-01 "
CLEAN = "PROGRAM --root=%s --clean" % TREE


def age_case(*lines, setup):
    # A birth and a change time cannot be set back, so the ages go by the others.
    return case(*lines, setup="mkdir -p d/sub/deep d/empty x; touch d/new d/old d/sub/old d/sub/new d/sticky d/sub/deep/old; mkfifo d/fifo; "
                "ln -s x d/link; chmod +t d/sticky; " + setup + "; " + OLD + "d/old d/sub/old d/sticky d/sub/deep/old d/fifo; touch -h -d 2001-01-01 d/link; "
                + OLD + "d/sub/deep d/sub d/empty d", command=CLEAN, times=("d", "d/sub", "d/sub/deep"))


AGES = {
    "by modification": age_case("d /d - - - mM:1d", setup=":"),
    "by access": age_case("d /d - - - aA:1d", setup=":"),
    "by change, nothing is old": age_case("d /d - - - 1d", setup=":"),
    "at once": age_case("d /d - - - 0", setup=":"),
    "first level kept": age_case("d /d - - - ~mM:1d", setup=":"),
    "first level kept at once": age_case("e /d - - - ~0", setup=":"),
    "e with a pattern": age_case("e /* - - - mM:1d", setup=":"),
    "x spares a tree": age_case("d /d - - - mM:1d", "x /d/sub", setup=":"),
    "X spares a directory only": age_case("d /d - - - mM:1d", "X /d/sub", "X /d/emp*", setup=":"),
    "a line of its own spares": age_case("d /d - - - mM:1d", "d /d/sub", "f /d/old", setup=":"),
    "a pattern spares": age_case("d /d - - - mM:1d", "z /d/o* 0600", setup=":"),
    "no directory": age_case("d /none - - - 0", "d /d/old - - - 0", "e /d/link - - - 0", setup=":"),
    "far future": age_case("d /d - - - 9000y", setup=":"),
}


@tagged("slow", "debian")
@deadline(300)
def test_each_kind_of_line_does_as_with_systemds_own():
    with tools_box() as box:
        compare(box, "systemd-tmpfiles", line_cases())


@tagged("slow", "debian")
@deadline(300)
def test_files_of_several_lines_do_as_with_systemds_own():
    with tools_box() as box:
        compare(box, "systemd-tmpfiles", {**DUPLICATES, **ON_THE_MACHINE})


# Somebody's leftovers, as many of the lines meet them.
LEFTOVERS = ("mkdir -p tmp/.X11-unix tmp/systemd-private-1-x/tmp run/log/journal var/log/journal var/lib/systemd/coredump run/mysqld run/postgresql run/screen; touch tmp/.X0-lock tmp/old "
             "run/nologin forcefsck etc/passwd.lock tmp/systemd-private-1-x/tmp/f; chown 33:33 run/mysqld; chmod 700 run/postgresql; ln -s /run var/run; touch var/log/wtmp run/log/journal/x")


@tagged("slow", "debian")
@deadline(120)
def test_files_of_debians_packages_do_as_with_systemds_own():
    """With the users that the packages' sysusers.d files make and without, one file at a time and all together."""
    files = debian_files("tmpfiles.d")
    users = debian_files("sysusers.d")
    boot = "PROGRAM --root=%s --create --remove --boot" % TREE
    with_users = "/usr/bin/systemd-sysusers --root=%s >/dev/null 2>&1; %s" % (TREE, boot)
    cases = {name: {"files": {name: text}, "setup": LEFTOVERS, "command": boot} for name, text in files.items()}
    cases["all"] = {"files": files, "setup": LEFTOVERS, "command": boot}
    cases["all, with users"] = {"files": {**files, **users}, "setup": LEFTOVERS, "command": with_users}
    cases["clean"] = {"files": {**files, **users}, "setup": LEFTOVERS, "command": with_users + " && PROGRAM --root=%s --clean" % TREE}
    with tools_box() as box:
        compare(box, "systemd-tmpfiles", cases)


@tagged("slow", "debian")
@deadline(120)
def test_ages_are_counted_as_by_systemds_own():
    with tools_box() as box:
        compare(box, "systemd-tmpfiles", AGES)


@tagged("slow", "debian")
@deadline(120)
def test_nothing_that_another_user_planted_is_followed():
    with tools_box() as box:
        compare(box, "systemd-tmpfiles", UNSAFE)
