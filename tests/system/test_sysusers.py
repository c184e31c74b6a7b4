"""systemd-sysusers: what ours makes of sysusers.d(5) is what systemd's own makes of it: account files, words and exit statuses."""
from harness import deadline, tagged
from provisioning import TREE, compare, debian_files, tools_box

CONF = "/etc/sysusers.d/c.conf"
APPLY = "PROGRAM --root=%s" % TREE
SHADOW = "umask 077; echo 'root:*:19000:0:99999:7:::' >etc/shadow; echo 'www-data:x:19000:0:99999:7:::' >>etc/shadow; printf 'root:*::\\nadm:*::\\n' >etc/gshadow; chown 0:33 etc/shadow; chmod 640 etc/shadow"
# Days since 1970 are the same for both unless midnight comes between.
LINES = """u x|u|q x|u x 1 2 3 4 5|u x - "a:b"|u x - "a b" /home/x /bin/zsh|u x - - rel|u x - - /a/../b|u x - - /a:b|u x - - - nosh|u x - - /a//b/ /bin//sh|u - 5|u -x|u 1x|u x.y
u aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa|u aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa|u x 33|u x 65535|u x 4294967295|u x 077|u x 500|u x 500:adm|u x 500:4|u x 500:77|u x -:adm|u x -:none|u x -:4|u x 500:-
u x 500:a.b|u x a|u x /etc/passwd|u x /none|u x /file|g x /file|g x /none|g x|g x 4|g x 500|g x a|g x - - -|g x - "text"|g x - - /home|g x - - - /bin/sh|g|g -|m|m x|m - x|m x y|m x y z
m www-data adm|m daemon adm|m root adm|m x adm|m x a.b|m x y - - -|m x y "text"|r|r - 5|r x 5|r - 5-3|r - a|r - 5-9 text|r -|r - -|ug x|"u" 'x'|u "x|u x%b|u x%%|u %m|u x - "%o %%" /%v|u x%q|u daemon|g daemon
u root 0 "Super" /root|u x 0|g x 0|g root 5|u adm|u x 1|g users 100|u sync 4:65534|u nobody 65534:65534|u x\\ty|u x - "a\\tb"|# comment|u x - - - - -|u x - - - - - -|m x x|u _x-1
u www-data 99 "Other" /other|u x - "ümlaut"|u x - ""|u x "" - -""".replace("\n", "|").split("|")


def case(*lines, setup=None, command=APPLY, files=None):
    return {"files": {CONF: "".join(line + "\n" for line in lines), **(files or {})}, "setup": "touch file; chown 123:456 file; " + (setup or ":"), "command": command}


FILES = {
    "order of numbers": case("u a", "g b", "u c 990", "g d 995", "u e", "m f g", "m e b", "u h 400:b", "u i -:b"),
    "ranges": case("r - 500-505", "r - 300", "u a", "g b", "u c", "u d", "u e", "u f", "u g", "u h", "u i", "u j", "g k"),
    "ranges that overlap": case("r - 500-505", "r - 503-507", "u a", "u b", "u c", "u d"),
    "a number that is taken": case("u a 300", "u b 300", "g c 300", "g d 300", "u e 1", "g f 33"),
    "a group of another's name": case("g a 500", "u b 501:500", "u a 502", "u c -:a"),
    "conflicts": case("u a 1000", "u a 1001", "u a 1000", "g a 5", "g a 6", "u b - text", "u b - other"),
    "shadow files": case("u a", "g b", "m www-data b", "m a adm", "m www-data adm", "m root adm", setup=SHADOW),
    "a shadow entry from before": case("u a", "u b", setup=SHADOW + "; echo 'a:$6$x:100:1:2:3:4:5:' >>etc/shadow"),
    "NIS": case("u a", "m a adm", setup="echo '+::::::' >>etc/passwd; echo '+:::' >>etc/group"),
    "nothing to do": case("u www-data", "g adm", "m www-data adm", setup=SHADOW),
    "no account files": case("u a", "g b", "m a b", setup="rm etc/passwd etc/group"),
    "bash for root": case("u root 0", setup="rm etc/passwd; mkdir bin; cp /bin/true bin/bash"),
    "a group's members are sorted": case("m zed adm", "m amy adm", "m bob adm"),
    "dry run": case("u a", "m a adm", command=APPLY + " --dry-run"),
    "inline": case("u a", command=APPLY + " --inline 'u b - \"b b\"' 'g c' 'm b c'"),
    "inline and wrong": case("u a", command=APPLY + " --inline 'u b' 'x c' 'u d'"),
    "a file by name": case("u a", files={"/usr/lib/sysusers.d/m.conf": "u b\n"}, command=APPLY + " m.conf"),
    "a bad file by name": case("u a", files={"/usr/lib/sysusers.d/m.conf": "u b\nx\nu c\n"}, command=APPLY + " m.conf c.conf"),
    "no such file": case("u a", command=APPLY + " m.conf"),
    "standard input": case("u a", command="(sleep 0.1; echo 'u b') | " + APPLY + " -"),
    "replaced": case("u a", files={"/usr/lib/sysusers.d/m.conf": "u b\n"}, command="echo 'u d' | " + APPLY + " --replace=/usr/lib/sysusers.d/m.conf -"),
    "masked": case("u a", files={"/usr/lib/sysusers.d/m.conf": "u b\n", "/usr/lib/sysusers.d/c.conf": "u d\n"}, setup="ln -s /dev/null etc/sysusers.d/m.conf"),
    "bad lines do not spoil others": case("u a", "u b.c", "u d - a:b", "g e"),
    "credentials": case("u a", files={"/creds/sysusers.extra": "u b\n", "/creds/passwd.shell.a": "/bin/x", "/creds/passwd.hashed-password.a": "$6$abc"},
                        command="CREDENTIALS_DIRECTORY=%s/creds %s" % (TREE, APPLY)),
    "cat-config": case("u a", command=APPLY + " --cat-config"),
}


@tagged("slow", "debian")
@deadline(300)
def test_each_kind_of_line_makes_what_systemds_own_makes():
    with tools_box() as box:
        compare(box, "systemd-sysusers", {line: case(line) for line in LINES})


@tagged("slow", "debian")
@deadline(120)
def test_files_of_debians_packages_make_what_systemds_own_makes():
    files = debian_files("sysusers.d")
    cases = {name: {"files": {name: text}, "command": APPLY} for name, text in files.items()}
    cases["all"] = {"files": files, "command": APPLY, "setup": SHADOW}
    cases["all, from nothing"] = {"files": files, "command": APPLY, "setup": "rm etc/passwd etc/group"}
    with tools_box() as box:
        compare(box, "systemd-sysusers", cases)


@tagged("slow", "debian")
@deadline(300)
def test_files_of_several_lines_make_what_systemds_own_makes():
    with tools_box() as box:
        compare(box, "systemd-sysusers", FILES)
