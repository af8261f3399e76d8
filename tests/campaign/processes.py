#!/usr/bin/env python3
"""Promises 12 and 14: nothing of a stage outlives it or the run, however either ends.

    processes.py [--rounds N] [--minutes M] [--only TEXT]

Each tree shape meets each event, in the program itself. A survivor is whatever /proc shows with the number
of the cell in its environment or its arguments. Once restage is gone there must be none; where restage or
its warden was killed, none soon after. Signals: the runner dies of the signal itself; the command sees
TERM, then after its grace KILL; a second signal kills at once.
"""
import argparse
import os
import pty
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import timebox
from result import report

RESTAGE = os.environ["RESTAGE"]
LIMIT = 60  # seconds; nothing here takes long: what does hangs

# NUMBER stands for the number of the cell.
SHAPES = {
    "plain": "true",
    "background": "sleep NUMBER &",
    "nohup": "nohup sleep NUMBER >/dev/null 2>&1 &",
    "setsid": "setsid sleep NUMBER >/dev/null 2>&1 &",
    "double fork": "(setsid sh -c 'sleep NUMBER & sleep NUMBER' &) &",
    "ignores TERM": "sh -c \"trap '' TERM HUP INT QUIT; while :; do sleep 0.05 NUMBER; done\" &",
    "stopped": "sleep NUMBER & kill -STOP $!",
    "100 children": "i=0; while [ $i -lt 100 ]; do sleep NUMBER & i=$((i+1)); done",
}
# Beyond the table: one that leaves session, group and environment behind.
SHAPES["no traces"] = ("(env -i PATH=\"$PATH\" setsid -f setsid -f sleep NUMBER </dev/null "
                       ">/dev/null 2>&1)")
# One with a process group of its own in the stage's session.
SHAPES["own group"] = "timeout 9999 sleep NUMBER &"
EVENTS = ["end", "INT", "TERM", "HUP", "QUIT", "double INT", "terminal closed", "runner killed",
          "warden killed"]


def survivors(number):
    """pids with the number in their environment or arguments; what is dead but not reaped is no survivor"""
    mark, found = number.encode(), []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                text = file.read()
            with open(f"/proc/{name}/cmdline", "rb") as file:
                text += file.read()
        except OSError:
            continue
        if mark in text:
            found.append(int(name))
    return found


def describe(pids):
    words = []
    for pid in pids[:5]:
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                words.append(f"{pid}: {file.read().replace(bytes(1), b' ').decode(errors='replace')}")
        except OSError:
            words.append(f"{pid}: gone by now")
    return "; ".join(words)


def wait_for(condition, what):
    end = time.monotonic() + LIMIT
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"never: {what}")
        time.sleep(0.005)


def warden_of(runner):
    with open(f"/proc/{runner}/task/{runner}/children", encoding="ascii") as file:
        children = file.read().split()
    for pid in children:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            if b"--warden" in file.read().split(bytes(1)):
                return int(pid)
    raise AssertionError(f"runner {runner} has no warden")


class Job:
    """One run of restage in a directory of its own."""

    def __init__(self, text, options=(), on_terminal=False, prepare=None):
        # Longer than any test, and as good as unique: argument of sleep and mark in one.
        self.number, self.inner = (f"9{random.randrange(10**14, 10**15)}" for _ in range(2))
        self.dir = tempfile.mkdtemp(prefix="restage-processes.")
        text = text.replace("NUMBER", self.number).replace("INNER", self.inner)
        with open(os.path.join(self.dir, "pipeline.ini"), "w", encoding="utf-8") as file:
            file.write(text)
        env = dict(os.environ, RESTAGE_CAMPAIGN=self.number)
        argv = [RESTAGE, "-C", self.dir, "run", *options]
        self.master = None
        if on_terminal:
            self.pid, self.master = pty.fork()
            if self.pid == 0:
                os.execve(RESTAGE, argv, env)
        else:
            with open(os.path.join(self.dir, "stderr"), "wb") as err:
                self.pid = subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, stdout=err,
                                            stderr=err, start_new_session=True,
                                            preexec_fn=prepare).pid
        self.status = None

    def has(self, name):
        return os.path.exists(os.path.join(self.dir, name))

    def ended(self):
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = os.waitstatus_to_exitcode(status) if pid else None
        return self.status is not None

    def wait(self):
        wait_for(self.ended, "restage ends")
        return self.status

    def close(self):
        if not self.ended():
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        if self.master is not None:
            os.close(self.master)
        for pid in survivors(self.number):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        shutil.rmtree(self.dir, ignore_errors=True)


def expect(job, status):
    got = job.wait()
    left = survivors(job.number)
    if left:
        raise AssertionError(f"survivors when restage had ended: {describe(left)}")
    if got != status:
        with open(os.path.join(job.dir, "stderr"), encoding="utf-8", errors="replace") as file:
            raise AssertionError(f"restage ended with {got}, not {status}: {file.read()[-400:]}")


def one_stage(script, grace):
    """A pipeline of a stage whose script has these lines."""
    lines = "".join(f"\n\t{line}" for line in script)
    return f"[stage:a]\ntrack_command = no\ngrace = {grace}\ncommand ={lines}\n"


FOREVER = "while :; do sleep 0.02 || :; done"


def cell(shape, event):
    script = [SHAPES[shape], ": >ready"]
    if shape == "ignores TERM" or event == "double INT":
        script.insert(0, "trap '' TERM")
    if event != "end":
        script.append(FOREVER)
    job = Job(one_stage(script, "600s" if event == "double INT" else "0.2s"),
              on_terminal=event == "terminal closed")
    try:
        if event == "end":
            expect(job, 0)
            return
        wait_for(lambda: job.has("ready") or job.ended(), "the stage is ready")
        if event == "terminal closed":
            os.close(job.master)
            job.master = None
            job.wait()
            left = survivors(job.number)
            assert not left, f"survivors: {describe(left)}"
            assert job.status == -signal.SIGHUP, f"restage ended with {job.status}, not by SIGHUP"
        elif event == "runner killed":
            os.kill(job.pid, signal.SIGKILL)
            job.wait()
            wait_for(lambda: not survivors(job.number), "all are gone after the runner was killed")
        elif event == "warden killed":
            os.kill(warden_of(job.pid), signal.SIGKILL)
            expect(job, 3)
        elif event == "double INT":
            os.kill(job.pid, signal.SIGINT)
            # Two at once would be one: the first must have been taken.
            wait_for(lambda: not pending(job.pid, signal.SIGINT), "INT is taken")
            time.sleep(random.random() * 0.05)
            os.kill(job.pid, signal.SIGINT)
            expect(job, -signal.SIGINT)
        else:
            number = getattr(signal, "SIG" + event)
            os.kill(job.pid, number)
            expect(job, -number)
    finally:
        job.close()


def pending(pid, number):
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            masks = [line.split()[1] for line in file if line.startswith(("SigPnd", "ShdPnd"))]
    except OSError:
        return False
    return any(int(mask, 16) >> (number - 1) & 1 for mask in masks)


def ladder(event, kind):
    """TERM first; KILL after the grace; KILL at once at the second signal."""
    number = getattr(signal, "SIG" + event)
    trap = "trap ': >termed; exit 0' TERM" if kind == "TERM" else "trap ': >termed' TERM"
    job = Job(one_stage([trap, ": >ready", FOREVER], "0.3s" if kind == "KILL after grace" else "600s"))
    try:
        wait_for(lambda: job.has("ready") or job.ended(), "the stage is ready")
        began = time.monotonic()
        os.kill(job.pid, number)
        wait_for(lambda: job.has("termed"), "the command sees TERM")
        if kind == "second":
            os.kill(job.pid, number)
        expect(job, -number)
        if kind == "KILL after grace":
            assert time.monotonic() - began >= 0.3, "killed before its grace was over"
    finally:
        job.close()


def forbid_traces():
    """The limit by which strays are told apart cannot be set where its hard limit is this low."""
    resource.setrlimit(10, (5, 5))  # RLIMIT_LOCKS


def neighbour(shape, prepare=None):
    """One stage ends while another runs: nothing of the first is left, the second is left alone."""
    job = Job(f"""[stage:a]
env.CELL = INNER
command = {SHAPES[shape].replace("NUMBER", "INNER")}
	while [ ! -e neighbour ]; do sleep 0.01; done
[stage:b]
after = a
command = touch a-ended
[stage:c]
command = (setsid sh -c ': >neighbour; while [ ! -e go ]; do sleep 0.02; done; : >went' &)
	while [ ! -e went ]; do sleep 0.02; done
[defaults]
track_command = no
""", options=("-j", "2"), prepare=prepare)
    try:
        wait_for(lambda: job.has("a-ended") or job.ended(), "the first stage ends")
        left = survivors(job.inner)
        assert not left, f"survivors of a stage that ended beside another: {describe(left)}"
        with open(os.path.join(job.dir, "go"), "wb"):
            pass
        expect(job, 0)
    finally:
        job.close()


def run_all(rounds, minutes, only):
    box = timebox.Box(minutes * 60 if minutes else None)
    counts = {12: [0, 0], 14: [0, 0]}
    cells = [(12, f"{shape} / {event}", lambda s=shape, e=event: cell(s, e))
             for shape in SHAPES for event in EVENTS]
    cells += [(12, f"{shape} / beside another stage", lambda s=shape: neighbour(s)) for shape in SHAPES]
    cells += [(12, "own group / beside another stage, without traces",
               lambda: neighbour("own group", forbid_traces))]
    cells += [(14, f"{event} / {kind}", lambda e=event, k=kind: ladder(e, k))
              for event in ("INT", "TERM", "HUP", "QUIT")
              for kind in ("TERM", "KILL after grace", "second")]
    cells = [item for item in cells if only in item[1]]
    done = 0
    for _ in range(rounds):
        for promise, name, run in cells:
            if box.is_over():
                break
            counts[promise][0] += 1
            try:
                run()
            except (AssertionError, OSError) as error:
                counts[promise][1] += 1
                print(f"FAILED {name}: {error}", flush=True)
        else:
            done += 1
            continue
        break
    return counts, done


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--only", default="", help="cells whose name has this in it")
    args = parser.parse_args()
    counts, done = run_all(args.rounds, args.minutes, args.only)
    note = f"{len(SHAPES)} tree shapes × {len(EVENTS) + 1} events, {done} times each"
    if args.only:
        return 1 if counts[12][1] + counts[14][1] or counts[12][0] + counts[14][0] == 0 else 0
    code = report(*counts[12], note, 12)
    return report(*counts[14], "4 signals × TERM, KILL after grace, second at once", 14) or code


if __name__ == "__main__":
    sys.exit(main())
