#!/usr/bin/env python3
"""Promise 22: looking never acts. Read-only commands start no process and write nothing, whatever state
they find.

    looking.py [--self-test]

Every command of `restage help` must stand in one of the two tables below, and every option that makes one
harmless with it: a new command that does not is a failure. Each is traced: the only execve is its own, no
call makes, opens for writing, changes, moves, removes or locks anything, and afterwards the tree is as it
was, to the inode and the nanosecond.
"""
import argparse
import os
import random
import re
import shutil
import stat
import subprocess
import sys
import tempfile

import timebox
from result import report

RESTAGE = os.environ["RESTAGE"]
LIMIT = 60

LOOKS = {
    "status": ["status", "status --json", "status -q", "status a", "--job other status"],
    "why": ["why a", "why a b", "why b --json"],
    "logs": ["logs", "logs --all", "logs --plain a", "logs a", "logs --failed", "logs --level ERROR", "logs nosuch",
             "logs a --run last"],
    "diff": ["diff", "diff --json", "diff last~1 last", "diff job:looking job:other"],
    "graph": ["graph", "graph --files", "graph --programs", "graph --format mermaid", "graph --json", "graph --files --json"],
    "top": ["top --once", "top --json", "--job other top"],
    "export": ["export", "export --format csv", "export --format openlineage", "export --format ro-crate",
               "export --format junit", "export --format prometheus"],
    "verify": ["verify", "verify --json", "verify a", "verify --strict"],
    "jobs": ["jobs", "jobs --json", "jobs --names"],
    "runs": ["runs", "runs --json", "runs --all", "runs --names"],
    "metrics": ["metrics", "metrics --json", "metrics --runs", "metrics --csv", "metrics nosuch"],
    "list": ["list", "list --json", "list --names"],
    "show": ["show a", "show b --json"],
    "check": ["check", "check --json"],
    "completions": ["completions bash", "completions zsh", "completions fish"],
    "help": ["help", "help run", "--help", "--version", "run --help", "nosuch", "status --nosuch"],
}
# With these options they look; without them they act.
ACTS = {
    "run": ["run -n", "run -n --json", "run -n -B", "run -n b", "-p v=2 run -n", "-q run -n"],
    "clean": ["clean -n", "clean -n a", "clean -n --orphans"],
    "cache": ["--cache out/cache cache stats", "--cache out/cache cache verify -n"],
    "report": ["report -o -", "report --run last -o -"],
    "serve": [],
    "replay": [],
    "audit": [],
    "accept": [],
    "init": [],
}

PIPELINE = """[pipeline]
name = looking
[params]
v = 1
[stage:a]
command = echo {{params.v}} | cat {{input.i}} - >{{output.o}}
input.i = in.txt
output.o = a.txt
version.cat = cat --version
[stage:b]
command = cp {{input.i}} {{output.o}}; test ! -e fail
input.i = {{a.o}}
output.o = b.txt
[stage:c]
command = touch {{output.o}}
number = 7
output.o = c.txt
"""

# Calls that only look, among those that strace shows for the classes below.
CLASSES = "%process,%file,%desc"
WRITES = re.compile(r"^\d*\s*(?P<call>\w+)\((?P<args>.*)$")
CHANGES = {
    "mkdir", "mkdirat", "rmdir", "rename", "renameat", "renameat2", "unlink", "unlinkat", "link", "linkat",
    "symlink", "symlinkat", "mknod", "mknodat", "chmod", "fchmod", "fchmodat", "fchmodat2", "chown",
    "fchown", "lchown", "fchownat", "utime", "utimes", "utimensat", "futimesat", "truncate", "ftruncate",
    "fallocate", "setxattr", "lsetxattr", "fsetxattr", "removexattr", "flock", "creat", "fork", "vfork",
    "mount", "copy_file_range", "sendfile", "splice", "fsync", "fdatasync", "sync_file_range",
}


def acts(trace):
    """Lines of a trace that show more than looking."""
    found, execs = [], 0
    for line in trace.splitlines():
        match = WRITES.match(line)
        if not match:
            continue
        call, args = match["call"], match["args"]
        if call.startswith("execve"):
            execs += 1
            bad = execs > 1
        elif call in ("clone", "clone3"):
            bad = "CLONE_THREAD" not in args
        elif call in ("open", "openat", "openat2"):
            bad = re.search(r"O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)", args) and '"/dev/null"' not in args
        elif call in ("write", "pwrite64", "writev", "pwritev", "pwritev2"):
            bad = not re.match(r"[12]<|\d+<anon_inode:\[eventfd\]>", args)
        elif call == "fcntl":
            bad = re.search(r"F_(OFD_)?SETLKW?\b", args)
        elif call == "mmap":
            bad = "MAP_SHARED" in args and "PROT_WRITE" in args
        else:
            bad = call in CHANGES
        if bad:
            found.append(line)
    return found


def snapshot(directory):
    lines = []
    for top, names, files in os.walk(directory):
        for name in [".", *names, *files]:
            path = os.path.join(top, name)
            st = os.lstat(path)
            lines.append((path, st.st_ino, st.st_mode, st.st_size, st.st_mtime_ns, st.st_ctime_ns))
    return sorted(lines)


def restage(directory, *args):
    subprocess.run([RESTAGE, "-C", directory, *args], stdin=subprocess.DEVNULL, timeout=LIMIT, check=False,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def edit(directory, name, text, mode="w"):
    path = os.path.join(directory, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, mode, encoding="utf-8") as file:
        file.write(text)


def state_never_ran(_):
    pass


def state_fresh(directory):
    restage(directory, "run")


def state_unindexed(directory):
    restage(directory, "run")
    shutil.rmtree(os.path.join(directory, "out/looking/.restage"))


def state_changed(directory):
    restage(directory, "run")
    edit(directory, "in.txt", "2\n")
    edit(directory, "out/looking/02_b/b.txt", "edited\n")


def state_renumbered(directory):
    restage(directory, "run")
    edit(directory, "pipeline.ini", PIPELINE.replace("number = 7", "number = 8"))


def state_failed(directory):
    edit(directory, "fail", "")
    restage(directory, "run")


def state_damaged(directory):
    restage(directory, "run")
    job = os.path.join(directory, "out/looking")
    edit(job, "01_a/manifest.json", '{"schema": "restage.manifest/1", "stage"')
    edit(job, "02_b/manifest.json", "")
    edit(job, "02_b/.work/b.txt", "half")
    edit(job, ".restage/index", "garbage")
    edit(job, ".restage/open", "")
    edit(job, ".restage/lock", "pid 1 on nowhere since ever\n")
    os.remove(os.path.join(job, "07_c/stage.log"))
    os.symlink("/nowhere", os.path.join(job, "07_c/stage.log"))
    edit(job, "graph.dot", "digraph {")
    os.symlink("loop", os.path.join(job, "loop"))


def state_mistaken(directory):
    restage(directory, "run")
    edit(directory, "pipeline.ini", "[stage:d]\nnosuch = 1\ncommand = {{nosuch}}\n", "a")


def state_unreadable(directory):
    restage(directory, "run")
    for name in ("01_a/manifest.json", "01_a/a.txt", ".restage/index"):
        path = os.path.join(directory, "out/looking", name)
        os.remove(path)
        os.mkdir(path)  # permissions do not keep root out


STATES = {name[6:]: function for name, function in list(globals().items()) if name.startswith("state_")}


def commands_of_help():
    text = subprocess.run([RESTAGE, "help"], capture_output=True, text=True, check=True).stdout
    part = text.split("\ncommands", 1)[1].split("\noptions", 1)[0]
    return re.findall(r"^  ([a-z]+)", part, re.MULTILINE)


def try_command(directory, words):
    """None, or what it did."""
    trace = tempfile.mktemp(prefix="restage-looking.trace.")
    env = {name: value for name, value in os.environ.items() if not name.startswith("RESTAGE")}
    before = snapshot(directory)
    try:
        code = subprocess.run(
            ["strace", "-f", "-qq", "-y", "-s", "0", "-o", trace, "-e", "trace=" + CLASSES, "-e", "signal=none",
             RESTAGE, "-C", directory, *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=LIMIT,
            env=env, check=False).returncode
        with open(trace, encoding="utf-8", errors="replace") as file:
            text = file.read()
    except subprocess.TimeoutExpired:
        return "it does not end"
    finally:
        if os.path.exists(trace):
            os.remove(trace)
    if "execve(" not in text:
        return "it was not traced"
    if code < 0:
        return f"it died of signal {-code}"
    found = acts(text)
    if found:
        return found[0]
    return None if snapshot(directory) == before else "the tree is not as it was"


def self_test():
    lines = {
        '1 execve("/x/restage", 0x1, 0x2) = 0\n1 execve("/bin/sh", 0x1, 0x2) = 0': 1,
        '1 openat(AT_FDCWD</>, "a", O_RDONLY|O_CLOEXEC) = 3</a>': 0,
        '1 openat(AT_FDCWD</>, "a", O_WRONLY|O_CREAT, 0666) = 3</a>': 1,
        '1 openat(AT_FDCWD</>, "/dev/null", O_RDWR) = 3</dev/null>': 0,
        '1 write(1</dev/null>, ""..., 9) = 9\n2 write(4<anon_inode:[eventfd]>, ""..., 8) = 8': 0,
        '1 write(3</a>, ""..., 9) = 9': 1,
        "1 clone3({flags=CLONE_VM|CLONE_THREAD, stack=0x1}) = 2": 0,
        "1 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD) = 2": 1,
        "1 vfork() = 2": 1,
        '1 unlink("a") = -1 ENOENT': 1,
        "1 fcntl(3</a>, F_OFD_GETLK, {l_type=F_WRLCK}) = 0\n1 fcntl(3</a>, F_SETFL, O_RDONLY) = 0": 0,
        "1 fcntl(3</a>, F_OFD_SETLK, {l_type=F_WRLCK}) = 0": 1,
        "12 utimensat(3</a>, NULL, NULL, 0) = 0": 1,
    }
    for text, count in lines.items():
        assert len(acts(text)) == count, text
    # What acts is seen to act.
    directory = tempfile.mkdtemp(prefix="restage-looking.")
    edit(directory, "pipeline.ini", PIPELINE)
    edit(directory, "in.txt", "1\n")
    assert try_command(directory, ["run"])
    assert try_command(directory, ["run"]), "a no-op takes the lock"
    assert try_command(directory, ["clean"])
    shutil.rmtree(directory)
    print("looking.py finds what acts")
    return 0


def damage(directory, pick):
    """Something of a job becomes what no run leaves."""
    job = os.path.join(directory, "out/looking")
    # What was damaged before may be a FIFO, or a link to what never ends: we must not read it.
    found = [path for top, _, files in os.walk(job) for path in (os.path.join(top, name) for name in files)
             if stat.S_ISREG(os.lstat(path).st_mode)]
    path = pick.choice(found)
    with open(path, "rb") as file:
        text = bytearray(file.read())
    how = pick.choice(("flip", "flip", "cut", "twice", "empty", "gone", "fifo", "link", "loop", "directory", "other"))
    if how == "flip" and text:
        for _ in range(pick.choice((1, 1, 20))):
            text[pick.randrange(len(text))] ^= 1 << pick.randrange(8)
    elif how == "cut":
        del text[pick.randint(0, len(text)):]
    elif how == "twice":
        text = text * 2
    elif how == "empty":
        text.clear()
    elif how == "other":
        with open(pick.choice(found), "rb") as file:
            text = file.read()
    os.unlink(path)
    if how == "fifo":
        os.mkfifo(path)
    elif how in ("link", "loop"):
        os.symlink("/dev/zero" if how == "link" else path, path)
    elif how == "directory":
        os.mkdir(path)
    elif how != "gone":
        with open(path, "wb") as file:
            file.write(text)
    return f"{os.path.relpath(path, job)}: {how}"


def damaged(pick):
    """A state as none of the above: several things of one of them are damaged."""
    def make(directory):
        state = pick.choice(sorted(set(STATES) - {"never_ran", "unreadable", "damaged"}))
        STATES[state](directory)
        done = []
        while len(done) < pick.choice((1, 2, 3)) or not done:
            try:
                done.append(damage(directory, pick))
            except OSError:  # what was damaged before
                continue
        return f"{state} with {', '.join(done)}"
    return make


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--damaged", type=int, default=0, help="so many states by chance too")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    seed = args.seed or random.SystemRandom().getrandbits(31)
    print(f"seed {seed}")
    pick, box = random.Random(seed), timebox.Box()
    cases, failures, states = 0, 0, 0
    for command in commands_of_help():
        cases += 1
        if command not in LOOKS and command not in ACTS:
            failures += 1
            print(f"FAILED '{command}' is not classified: does it look or act? See the tables in looking.py")
    for name, make in [*STATES.items(), *[("by chance", damaged(pick))] * args.damaged]:
        if box.is_over():
            break
        states += 1
        directory = tempfile.mkdtemp(prefix="restage-looking.")
        edit(directory, "pipeline.ini", PIPELINE)
        edit(directory, "in.txt", "1\n")
        name = make(directory) or name
        for words in [words for table in (LOOKS, ACTS) for lines in table.values() for words in lines]:
            cases += 1
            wrong = try_command(directory, words.split())
            if wrong:
                failures += 1
                print(f"FAILED {words} (state {name}): {wrong}", flush=True)
        shutil.rmtree(directory)
    return report(cases, failures, f"read-only commands traced in {states} states")


if __name__ == "__main__":
    sys.exit(self_test() if "--self-test" in sys.argv else main())
