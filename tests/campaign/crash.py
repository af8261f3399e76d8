#!/usr/bin/env python3
"""Promise 1: kill -9 of the runner at any instant; the next run ends with the oracle's bytes.

strace kills the runner as it enters its n-th call of a name, for each name and n of the first run, of a
run with nothing to do, of a rebuild, and of the run that recovers from a killed rebuild, on each pipeline
of common.py. Only the runner's main thread is traced, which is the one that changes anything. The same for
the warden, the process that starts the commands, and for the threads that hash what is large: a preloaded
shim holds them until they are traced. And the runner is killed at random instants, by a timer.

After each: no output is torn; the next run, started at once, ends with the bytes of a rebuild, with nothing
left over and no manual unlock; the one after it finds nothing to do. All of this too where a shared cache has
what the stages make, so that runs restore it; and no file of the cache is torn.

    crash.py points|warden|workers|instants|restores [--cases N] [--seconds S] [--seed N] [--part K/N]
"""
import contextlib
import glob
import hashlib
import os
import random
import re
import signal
import subprocess
import sys
import time

import common
import result

PHASES = ["first", "noop", "rebuild", "recovery"]
ENDS = {-signal.SIGKILL, 128 + signal.SIGKILL}


class Place:
    """A pipeline in a directory of its own, kept from case to case. `version` is that of the source, `made`
    the versions that runs have ended with since the job was made."""

    def __init__(self, scratch, pipeline):
        self.root, self.pipeline = os.path.join(scratch, pipeline.name), pipeline
        self.version, self.made = "B", ()
        pipeline.write(self.root)
        common.set_source(self.root, self.version)

    def prepare(self, phase):
        """Brings the job to where the phase begins."""
        if phase == "first":
            common.remove(os.path.join(self.root, "out"))
            self.made = ()
        elif not self.made:
            common.set_source(self.root, self.version)
            self.check()
        if phase not in ("first", "noop"):
            self.version = "A" if self.version == "B" else "B"
            common.set_source(self.root, self.version)

    def history(self):
        made = self.made if self.made[-1:] == (self.version,) else self.made + (self.version,)
        return made[-2:]

    def check_whole(self):
        states = [self.pipeline.expect(*self.history())]
        if self.made:
            states.append(self.pipeline.expect(*self.made))
        return common.check_whole(self.root, self.pipeline, states)

    def check(self):
        wrong = common.check_done(self.root, self.pipeline, self.version,
                                  self.pipeline.expect(*self.history()))
        if wrong:
            self.prepare("first")
        else:
            self.made = self.history()
        return wrong


def inject(place, name, number, *options):
    """-> was the runner killed as it entered its number-th call of that name?"""
    ended = common.execute(["strace", "-qq", *options, "-o", "/dev/null", "-e", f"trace={name}",
                            "-e", f"inject={name}:signal=KILL:when={number}", common.RESTAGE, "-k"],
                           place.root)
    return ended.code in ENDS


def list_calls(place, *options):
    """-> [(name, n)] of a run of the runner's main thread, or with -ff of all"""
    log = os.path.join(place.root, "calls")
    common.execute(["strace", "-qq", *options, "-o", log, common.RESTAGE, "-k"], place.root)
    if options:
        calls = set()
        for path in glob.glob(glob.escape(log) + ".*"):
            with open(path, encoding="utf-8", errors="replace") as file:
                calls.update(count_calls(file.read()))
            os.unlink(path)
        return sorted(calls)
    with open(log, encoding="utf-8", errors="replace") as file:
        return count_calls(file.read())


def count_calls(text):
    """-> [(name, n)] of what strace wrote of one thread"""
    counts = {}
    for match in re.finditer(r"^(\w+)\(", text, re.M):
        counts[match[1]] = counts.get(match[1], 0) + 1
    for name in ("exit_group", "exit", "execve", "restart_syscall"):
        counts.pop(name, None)
    return [(name, n + 1) for name, count in sorted(counts.items()) for n in range(count)]


def interrupt(place, chooser):
    """A rebuild that is killed somewhere, for a run to recover from."""
    name, most = chooser.choice([("openat", 20), ("openat2", 20), ("rename", 1), ("renameat", 6), ("write", 8),
                                 ("mkdirat", 4), ("close", 20), ("recvfrom", 4)])
    inject(place, name, chooser.randint(1, most))


def points(box, scratch):
    chooser, hits, work = box.random, 0, []
    places = {pipeline.name: Place(scratch, pipeline) for pipeline in common.PIPELINES}
    for place in places.values():
        for phase in PHASES:
            place.prepare(phase)
            if phase == "recovery":
                interrupt(place, random.Random(7))
            work += [(place, phase, *call) for call in list_calls(place)]
            place.check()
    for place, phase, name, number in box.choose(work):
        if box.is_over():
            break
        place.prepare(phase)
        if phase == "recovery":
            interrupt(place, chooser)
        hits += inject(place, name, number)
        box.add(f"{place.pipeline.name}, {phase}, {name} {number}", place.check_whole() + place.check())
    return f"{box.cases} of {len(work)} points of the runner, {hits} killed it"


def trace_part(place, shim, what, options):
    """Runs with one process or thread of it traced, which the preloaded shim holds until it is: the warden, or
    the n-th worker thread. -> exit code of the runner; None: there was no such part"""
    mark = os.path.join(place.root, "mark")
    common.remove(mark)
    runner = subprocess.Popen([common.RESTAGE, "-k"], cwd=place.root, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              env={**common.ENV, "LD_PRELOAD": shim, "HOLD_MARK": mark, "HOLD": what},
                              start_new_session=True, preexec_fn=common.limits)
    pid = None
    while pid is None and runner.poll() is None:
        time.sleep(0.001)
        if os.path.exists(mark):
            with open(mark, encoding="utf-8") as file:
                text = file.read()
            pid = int(text) if text.endswith("\n") else None
    if pid is None:
        return None
    tracer = subprocess.Popen(["strace", "-qq", "-p", str(pid), *options], stdin=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    while tracer.poll() is None and not is_traced(pid):
        time.sleep(0.001)
    if what == "warden":
        with contextlib.suppress(ProcessLookupError):  # the runner let it go on, and it has ended
            os.kill(pid, signal.SIGCONT)
    try:
        runner.wait(60)
    except subprocess.TimeoutExpired:
        os.killpg(runner.pid, signal.SIGKILL)
    tracer.wait()
    return runner.wait()


def is_traced(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8") as file:
            return re.search(r"^TracerPid:\s*0$", file.read(), re.M) is None
    except (FileNotFoundError, ProcessLookupError):  # gone before, or while it was read
        return True


def list_part(place, shim, what):
    """-> [(name, n)] of the calls of that part of a run"""
    log = os.path.join(place.root, "calls")
    with open(log, "wb"):
        pass
    trace_part(place, shim, what, ["-o", log])
    with open(log, encoding="utf-8", errors="replace") as file:
        return count_calls(file.read())


def parts(box, scratch, kinds, ends, title):
    """Kills at every call of parts of a run: kinds are (what, pipeline)."""
    shim = os.environ["SHIM_HOLD"]
    hits, work, places = 0, [], {}
    for what, pipeline in kinds:
        place = places.setdefault(pipeline.name, Place(scratch, pipeline))
        for phase in ("first", "rebuild"):
            place.prepare(phase)
            work += [(place, phase, what, *call) for call in list_part(place, shim, what)]
            place.check()
    for place, phase, what, name, number in box.choose(work):
        if box.is_over():
            break
        place.prepare(phase)
        hits += trace_part(place, shim, what, ["-o", "/dev/null", "-e", f"trace={name}", "-e",
                                               f"inject={name}:signal=KILL:when={number}"]) in ends
        box.add(f"{what} of {place.pipeline.name}, {phase}, {name} {number}",
                place.check_whole() + place.check())
    return f"{box.cases} of {len(work)} points of {title}, {hits} killed it"


def warden(box, scratch):
    return parts(box, scratch, [("warden", pipeline) for pipeline in common.PIPELINES], {3}, "the warden")


def workers(box, scratch):
    """Threads only read, and only what is large or a directory."""
    return parts(box, scratch, [(f"worker {number}", common.DIAMOND) for number in (1, 2)], ENDS,
                 "the worker threads")


def instants(box, scratch):
    hits = 0
    places = [Place(scratch, pipeline) for pipeline in common.PIPELINES]
    durations = {}
    while not box.is_over():
        place, phase = box.random.choice(places), box.random.choice(PHASES)
        place.prepare(phase)
        if phase == "recovery":
            interrupt(place, box.random)
        begin = time.monotonic()
        runner = subprocess.Popen([common.RESTAGE, "-k"], cwd=place.root, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=common.ENV,
                                  start_new_session=True, preexec_fn=common.limits)
        longest = durations.get((place, phase), 0.02)
        delay = box.random.random() * longest
        try:
            runner.wait(delay)
            durations[place, phase] = (longest + time.monotonic() - begin) / 2
        except subprocess.TimeoutExpired:
            runner.kill()
            durations[place, phase] = longest * 1.02
        hits += runner.wait() == -signal.SIGKILL
        box.add(f"{place.pipeline.name}, {phase}, after {delay * 1000:.3f} ms",
                place.check_whole() + place.check())
    return f"random instants, {hits} killed it"


def torn(cache):
    """Objects that are not what their names say."""
    wrong = []
    for path in glob.glob(os.path.join(glob.escape(cache), "cas/*/*")):
        with open(path, "rb") as file:
            if hashlib.sha256(file.read()).hexdigest() != os.path.basename(path):
                wrong.append(f"{path} is torn")
    return wrong


def restores(box, scratch):
    """Kills at every call of every thread of runs that restore, and of runs that put what they made. A second tree
    brings back what the cache has lost."""
    cache = os.path.join(scratch, "cache")
    common.ENV["RESTAGE_CACHE"] = cache
    hits, work, places = 0, [], []
    for pipeline in (common.CHAIN, common.DIAMOND, common.SPENT):
        place = Place(scratch, pipeline)
        places.append(place)
        for phase in ("first", "rebuild", "first", "rebuild"):
            place.prepare(phase)
            place.check()
        for phase in ("first", "rebuild", "put"):
            if phase == "put":
                common.remove(cache)
            place.prepare("first" if phase == "put" else phase)
            work += [(place, phase, *call) for call in list_calls(place, "-ff")]
            place.check()
    for place, phase, name, number in box.choose(work):
        if box.is_over():
            break
        if phase == "put":
            common.remove(cache)
        place.prepare("first" if phase == "put" else phase)
        hits += inject(place, name, number, "-f")
        box.add(f"{place.pipeline.name}, {phase}, {name} {number}",
                place.check_whole() + torn(cache) + place.check() + torn(cache))
    return f"{box.cases} of {len(work)} points of restoring and putting, {hits} killed it"


def main():
    kinds = {"restores": restores, "points": points, "warden": warden, "workers": workers, "instants": instants}
    kind = kinds[sys.argv.pop(1)]
    box = common.Box(__doc__, 200)
    with common.Scratch() as scratch:
        note = kind(box, scratch)
    sys.exit(result.report(box.cases, len(box.failures), note))


if __name__ == "__main__":
    main()
