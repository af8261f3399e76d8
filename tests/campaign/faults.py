#!/usr/bin/env python3
"""Promise 4: no error of the system is swallowed.

errors      strace lets a call of the runner fail, for each name of a call that a first run or a rebuild makes,
            each error, once or from then on. The run succeeds where the call was not needed, with the oracle's
            bytes; else it exits with 3 and names a file. Outputs are old or new; the next run heals.
warden      the same of the process that starts the commands; here the exit code alone is looked at, since what
            goes wrong is told by the runner in words of its own.
interrupts  EINTR, once, of calls that wait or move bytes: the run succeeds.
shares      a preloaded shim moves fewer bytes than asked for and interrupts, all the time: the run succeeds.
disk        a file system with room for so many bytes, or files: exit 3 or a failed stage that tells of it;
            with more room the next run heals. Needs the right to mount; skipped, with a message, without.

    faults.py errors|warden|interrupts|shares|disk [--cases N] [--seconds S] [--seed N]
"""
import errno
import glob
import json
import os
import re
import subprocess
import sys

import common
import result
from crash import Place, list_part, trace_part

ERRORS = ["EIO", "ENOSPC", "EDQUOT", "EMFILE", "ENOMEM", "EACCES", "EROFS", "ESTALE"]
# Ends of the process, and what libc answers with abort() or needs before main.
NEVER = {"exit_group", "exit", "execve", "futex", "rt_sigreturn", "arch_prctl", "set_tid_address",
         "set_robust_list", "rseq", "brk"}
WAITING = {"read", "write", "poll", "recvfrom", "recvmsg", "sendto", "sendmsg", "wait4", "close"}


def list_calls(place):
    """-> {name: (calls before main, all calls)} of the runner's main thread"""
    log = os.path.join(place.root, "calls")
    common.execute(["strace", "-qq", "-o", log, common.RESTAGE, "-k"], place.root)
    before, counts, in_main = {}, {}, False
    with open(log, encoding="utf-8", errors="replace") as file:
        for match in re.finditer(r"^(\w+)\((.*)", file.read(), re.M):
            in_main = in_main or match[0].startswith("fcntl(0, F_GETFD")
            counts[match[1]] = counts.get(match[1], 0) + 1
            if not in_main:
                before[match[1]] = counts[match[1]]
    return {name: (before.get(name, 0), count) for name, count in counts.items()
            if name not in NEVER and count > before.get(name, 0)}


def is_told(ended, what):
    """Exit 3, and a message that names a file or what was wanted; or a stage that failed, and says of what."""
    name, error = what.split(":")[0], what.split("error=")[1].split(":")[0]
    if name == "write" and what.endswith("+"):
        return ended.code == 3  # a message cannot be written either
    if ended.code == 1:
        return os.strerror(getattr(errno, error)) in ended.err or "cannot execute '" in ended.err
    return ended.code == 3 and re.search(r"(cannot .*'.*'|'.*': |out of memory|: cannot |was killed)", ended.err)


def attempt(place, what):
    """Runs with an injection, and then heals. -> (what is wrong, exit code)"""
    ended = common.execute(["strace", "-qq", "-o", "/dev/null", "-e", "trace=" + what.split(":")[0],
                            "-e", "inject=" + what, common.RESTAGE, "-k"], place.root)
    wrong, is_expected = place.check_whole(), ended.code == place.pipeline.exit_code(place.version)
    if is_told(ended, what):
        pass
    elif is_expected:
        for path, content in place.pipeline.expect(*place.history()).items():
            if common.read_tree(os.path.join(place.root, path)) != content:
                wrong.append(f"it said nothing, but {path} is not as it should be: {ended}")
    else:
        wrong.append(repr(ended))
    return wrong + place.check(), ended.code


def make_work(scratch):
    """-> [(place, phase, name, calls before main, all calls)]"""
    work = []
    for pipeline in (common.CHAIN, common.DIAMOND, common.FAILING):
        place = Place(scratch, pipeline)
        for phase in ("first", "rebuild"):
            place.prepare(phase)
            work += [(place, phase, name, *counts) for name, counts in sorted(list_calls(place).items())]
            place.check()
    return work


def errors(box, scratch):
    codes = {}
    work = make_work(scratch)
    while not box.is_over():
        place, phase, name, before, count = box.random.choice(work)
        error, ever = box.random.choice(ERRORS), box.random.choice(["", "+"])
        number = box.random.randint(before + 1, count)
        place.prepare(phase)
        wrong, code = attempt(place, f"{name}:error={error}:when={number}{ever}")
        codes[code] = codes.get(code, 0) + 1
        box.add(f"{place.pipeline.name}, {phase}, {name} {number}{ever} {error}", wrong)
    told = ", ".join(f"{count} ended with {code}" for code, count in sorted(codes.items(), key=str))
    return f"{len({item[2] for item in work})} kinds of calls × {len(ERRORS)} errors × once and for ever: {told}"


def has_failed_else(place):
    """Does a manifest tell of a failure that the pipeline's own would hide, since the exit code is the same?"""
    for path in glob.glob(os.path.join(place.root, "out", "*", "*", "manifest.json")):
        with open(path, encoding="utf-8") as file:
            manifest = json.load(file)
        if manifest["status"] == "failed" and manifest["stage"] != "bad":
            return True
    return False


def warden(box, scratch):
    shim, work, codes = os.environ["SHIM_HOLD"], [], {}
    for pipeline in (common.CHAIN, common.DIAMOND, common.FAILING):
        place = Place(scratch, pipeline)
        for phase in ("first", "rebuild"):
            place.prepare(phase)
            work += [(place, phase, *call) for call in list_part(place, shim, "warden") if call[0] not in NEVER]
            place.check()
    while not box.is_over():
        place, phase, name, number = box.random.choice(work)
        error, ever = box.random.choice(ERRORS), box.random.choice(["", "+"])
        place.prepare(phase)
        code = trace_part(place, shim, "warden", ["-o", "/dev/null", "-e", f"trace={name}", "-e",
                                                  f"inject={name}:error={error}:when={number}{ever}"])
        codes[code] = codes.get(code, 0) + 1
        wrong = place.check_whole()
        if code == place.pipeline.exit_code(place.version):
            for path, content in place.pipeline.expect(*place.history()).items():
                if common.read_tree(os.path.join(place.root, path)) != content and not has_failed_else(place):
                    wrong.append(f"it said nothing, but {path} is not as it should be")
        elif code not in (1, 3):
            wrong.append(f"it hung or ended with {code}")
        box.add(f"warden of {place.pipeline.name}, {phase}, {name} {number}{ever} {error}", wrong + place.check())
    told = ", ".join(f"{count} ended with {code}" for code, count in sorted(codes.items(), key=str))
    return f"{len({item[2] for item in work})} kinds of calls of the warden × {len(ERRORS)} errors: {told}"


def interrupts(box, scratch):
    work = [item for item in make_work(scratch) if item[2] in WAITING]
    while not box.is_over():
        place, phase, name, before, count = box.random.choice(work)
        number = box.random.randint(before + 1, count)
        place.prepare(phase)
        wrong, code = attempt(place, f"{name}:error=EINTR:when={number}")
        if code != place.pipeline.exit_code(place.version):
            wrong.append(f"it ended with {code}")
        box.add(f"{place.pipeline.name}, {phase}, {name} {number} EINTR", wrong)
    return "EINTR, once"


def shares(box, scratch):
    places = [Place(scratch, pipeline) for pipeline in common.PIPELINES]
    while not box.is_over():
        place, phase = box.random.choice(places), box.random.choice(["first", "rebuild", "noop"])
        seed = box.random.randint(1, 1 << 40)
        place.prepare(phase)
        ended = common.restage(place.root, "-k", env={"LD_PRELOAD": os.environ["SHIM_IO"],
                                                      "IO_SEED": str(seed)})
        wrong = place.check_whole() + place.check()
        if ended.code != place.pipeline.exit_code(place.version):
            wrong.append(repr(ended))
        box.add(f"{place.pipeline.name}, {phase}, shares by {seed}", wrong)
    return "short reads and writes and EINTR, all the time"


def mount(target, options):
    return subprocess.call(["mount", "-t", "tmpfs", "-o", options, "tmpfs", target],
                           stderr=subprocess.DEVNULL) == 0


def small_disk(box, scratch):
    """In a mount namespace of our own: see main."""
    target = os.path.join(scratch, "small")
    os.mkdir(target)
    if not mount(target, "size=1m"):
        print("skipped: no right to mount a small file system")
        return None
    subprocess.check_call(["umount", target])
    while not box.is_over():
        pipeline = box.random.choice(common.PIPELINES)
        pages, inodes = box.random.randint(3, 90), box.random.choice([0, 0, box.random.randint(8, 90)])
        mount(target, f"size={pages * 4096},nr_inodes={inodes}")
        try:
            place = Place(target, pipeline)
        except OSError:
            subprocess.check_call(["umount", target])
            continue
        ended = common.restage(place.root, "-k")
        wrong = place.check_whole()
        is_full = re.search("No space left|make room", ended.err)
        if ended.code != pipeline.exit_code("B") and not (ended.code in (1, 3) and is_full):
            wrong.append(repr(ended))
        subprocess.check_call(["mount", "-o", "remount,size=64m,nr_inodes=0", target])
        wrong += place.check()
        subprocess.check_call(["umount", target])
        box.add(f"{pipeline.name} with {pages} pages, {inodes or 'any number of'} files", wrong)
    return "full file systems"


def main():
    kinds = {"errors": errors, "warden": warden, "interrupts": interrupts, "shares": shares, "disk": small_disk}
    if sys.argv[1] == "disk" and "IN_NAMESPACE" not in os.environ:
        unshare = ["unshare", "-m"] if os.getuid() == 0 else ["unshare", "-rm"]
        if subprocess.call([*unshare, "true"], stderr=subprocess.DEVNULL) == 0:
            os.environ["IN_NAMESPACE"] = "1"
            os.execvp("unshare", [*unshare, sys.executable, *sys.argv])
    kind = kinds[sys.argv.pop(1)]
    box = common.Box(__doc__, 100)
    with common.Scratch() as scratch:
        note = kind(box, scratch)
    sys.exit(0 if note is None else result.report(box.cases, len(box.failures), note))


if __name__ == "__main__":
    main()
