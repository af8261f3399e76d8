#!/usr/bin/env python3
"""Two programs, the same pipelines, the same commands and edits: whatever they leave and say must be the same bytes.

    compare_binaries.py OLD NEW [--seed N] [--steps N] [--only PART] [--allow FILE] [--keep]
    compare_binaries.py OLD NEW --cli [REGEX]
    compare_binaries.py PROGRAM --self-test

OLD and NEW are restage programs; where a program `stageio` lies beside one, its stages use that. OLD may come from
any commit: `git worktree add ../old COMMIT`, and a build there. Four parts:

  definitions  those that lie in the tests (golden, cli, fuzz), and these with lines changed, dropped and doubled: both
               programs look at the same tree, and what they say must be equal to the byte.
  usage        wrong options of every command, and every text of help: the same.
  stageio      the program stageio without a runner: its logs and manifests.
  walk         the examples, random pipelines with every feature, and those of walk.py, led through random edits and
               commands, each program in a tree of its own: DIR/old/p and DIR/new/p. After each command the two trees
               are compared, and what the command said. Then commands that only look: both programs look at each of the
               two trees, and must say the same of the same tree to the byte, also of one that the other program made.

Stages start in the order in which their inputs have been hashed and by how long they took before: so logs and run
records are compared stage by stage, each with its lines in their order, and -k keeps the order from deciding what
runs. It is told how many runs came in the same order: about as many as when OLD is compared with itself. In trees
where each stage waits for another all is compared as it stands, also without -k. In two of three pairs of trees the
durations in the manifests are levelled after each command, so that what is said of durations is the same.

Between the two trees only that is made alike which cannot be the same: times, durations, ids of runs (by their
order), pids, what a stage cost the machine, the path of DIR. A modification time in a manifest becomes whether it
is that of the file.

With --cli the tests of tests/cli (those that match) run with OLD, and at every call of it both programs look at what
the test has set up, with the options of that call. Tests about signals, locks and time may fail by that: only what
was told differently counts.

--allow FILE: regular expressions, one a line, of differences that are permitted: each line that differs is looked
at as `WHAT: -old line` or `WHAT: +new line`. An expression that permits nothing is a failure too.
A program that dies of a signal is told of, also where both do. --seed, --only and --keep bring a difference back.

This is no test of the suite: it needs a second program to compare with.
"""
import argparse
import collections
import concurrent.futures
import difflib
import glob
import os
import random
import re
import shutil
import sys
import tempfile
import zlib

import compare_alike
import compare_suite
import compare_trees
import timebox

STEPS_A_TREE = 15
MOST_FAILURES = 8
MOST_TOLD = 60


class Side:
    """One program and its tree."""

    def __init__(self, name, program, top, make, seed, is_free):
        self.is_free = is_free
        self.name, self.program, self.top = name, program, os.path.join(top, name)
        os.makedirs(os.path.join(self.top, "bin"))
        beside = os.path.join(os.path.dirname(program), "stageio")
        if os.path.exists(beside):
            shutil.copy(beside, os.path.join(self.top, "bin"))
        self.tree = make(self.top, seed)
        self.runs, self.seen = {}, set()

    def call(self, args, program=None):
        args = [self.run_id(1) if arg == "@RUN@" else arg for arg in args]
        return compare_alike.Ended([program or self.program, *args], self.tree.root, self.tree.environment())

    def run_id(self, number):
        ids = list(self.runs)
        return ids[-number - 1].decode() if len(ids) > number else "none"

    def note_runs(self):
        """Ids of runs, in the order in which they came."""
        new = set()
        for job in ("p", "quickstart", "subtitles", "other"):
            where = self.tree.at(f"out/{job}/logs")
            if os.path.isdir(where):
                found = map(compare_alike.RUN_ID.search, map(os.fsencode, os.listdir(where)))
                new |= {match.group() for match in found if match}
        for run in sorted(new - set(self.runs), key=lambda run: (len(run), run)):
            self.runs[run] = b"RUN#%d" % len(self.runs)

    def alike(self, data, is_text=False):
        data = data.replace(os.fsencode(self.top) + b"/", b"/TOP/")
        data = compare_alike.RUN_ID.sub(lambda match: self.runs.get(match.group(), b"RUN?"), data)
        for pattern, to in compare_alike.CHANGES + (compare_alike.FREE if self.is_free else []):
            data = pattern.sub(to, data)
        if is_text:  # columns are as wide as what stands in them
            data = re.sub(rb"(?<=\S)  +", b"  ", data)
        return data

    def level(self):
        """Gives each stage the duration that its name has, where it has another."""
        for path in glob.glob(self.tree.at("out/*/[0-9]*_*/**/manifest.json"), recursive=True):
            with open(path, "rb") as file:
                data = file.read()
            name = re.search(rb'^  "stage": "(.*)"', data, re.M)
            seconds = (zlib.crc32(name[1]) % 997 + 1) / 1000 if name else 1
            levelled = re.sub(rb'(?m)^( +"duration_seconds": )[\d.e-]+', rb"\g<1>%g" % seconds, data)
            if levelled != data:
                with open(path, "wb") as file:
                    file.write(levelled)

    def files(self):
        """-> {path: what it is and holds}; logs of runs only once, since nothing writes to them again."""
        found = {}
        for where, dirs, names in os.walk(self.tree.root):
            dirs[:] = [name for name in dirs if name != ".restage"]
            for name in names + [name for name in dirs if os.path.islink(os.path.join(where, name))]:
                path = os.path.join(where, name)
                rel = os.path.relpath(path, self.tree.root)
                key = self.alike(os.fsencode(rel)).decode(errors="surrogateescape")
                mode = b"mode %o\n" % os.lstat(path).st_mode
                if os.path.islink(path):
                    found[key] = mode + os.fsencode(os.readlink(path))
                elif not os.path.isfile(path):
                    found[key] = mode
                elif "/logs/99_pipeline_" in path and rel in self.seen:
                    found[key] = b"seen"
                else:
                    found[key] = mode + self.content(path, rel)
            for name in dirs:
                key = os.path.relpath(os.path.join(where, name), self.tree.root)
                found[key + "/"] = b"mode %o\n" % os.lstat(os.path.join(where, name)).st_mode
        return found

    def content(self, path, rel):
        with open(path, "rb") as file:
            data = file.read()
        name = os.path.basename(path)
        if "/logs/99_pipeline_" in path:
            self.seen.add(rel)
            return self.alike(data)
        if name == "manifest.json":
            return self.alike(self.look_at_times(data))
        if name in ("graph.dot", "g.dot", "g.mmd"):
            for pattern, to in compare_alike.GRAPH:
                data = pattern.sub(to, data)
            return self.alike(data)
        if name in ("stage.log", "run.csv"):
            return self.alike(compare_alike.csv_alike(data) if name == "run.csv" else data)
        if name in ("report.html", "page.html"):  # both programs wrote theirs; the data are compared by looking
            return re.sub(rb'(?s)<script type="application/json" id="data">.*?</script>', b"", data)
        return data

    def look_at_times(self, data):
        """Says of each modification time whether it is that of the file."""
        lines, path = data.splitlines(True), b""
        for number, line in enumerate(lines):
            at = re.match(rb'\s*"path": "(.*)",?$', line.rstrip())
            if at:
                path = at[1].replace(b'\\"', b'"').replace(b"\\\\", b"\\")
            time = re.match(rb'(\s*"mtime_ns": )"(\d+)"', line)
            if time:
                try:
                    is_same = os.stat(os.path.join(os.fsencode(self.tree.root), path)).st_mtime_ns == int(time[2])
                except OSError:
                    is_same = None
                lines[number] = time[1] + b'"of the file: %s"\n' % str(is_same).encode()
        return b"".join(lines)


ACTS = {"run", "accept", "replay", "clean", "report", "graph", "export", "audit", "init"}
# Looks whose words between trees can be made alike: the others hang on durations in ways of their own.
ALIKE = {"status", "run", "why", "list", "show", "verify", "check", "clean", "completions"}


class Judge:
    """Tells what differs and is not permitted."""

    def __init__(self, allow):
        self.allow = {text: re.compile(text) for text in allow}
        self.used, self.failures, self.compared, self.told = set(), 0, 0, 0
        self.codes = collections.Counter()  # of commands that change something, with their exit codes
        self.orders = [0, 0]  # logs of runs in which stages came in another order, and in the same

    def compare(self, what, old, new, told):
        """-> whether they are the same, permitted differences aside"""
        self.compared += 1
        if old == new:
            return True
        lines = [part.decode(errors="backslashreplace").splitlines() for part in (old, new)]
        if lines[0] == lines[1]:
            lines = [part.decode(errors="backslashreplace").splitlines(True) for part in (old, new)]
        diff = [line for line in difflib.unified_diff(*lines, "old", "new", "", "", 1, "") if line[:1] in "-+"][2:]
        bad = [line for line in diff if not self.permits(f"{what}: {line}")]
        if not bad:
            return True
        self.told += 1
        if self.told <= MOST_TOLD:
            print(f"\nDIFFERS: {what}", *told, *shorten(bad), sep="\n    ", flush=True)
        return False

    def permits(self, line):
        found = {text for text, pattern in self.allow.items() if pattern.search(line)}
        self.used |= found
        return bool(found)

    def unused(self):
        return sorted(set(self.allow) - self.used)


def shorten(lines):
    """Of long lines what stands around the first difference."""
    shown = []
    for number, line in enumerate(lines[:12]):
        other = next((text for text in lines[number + 1:] + lines[:number] if text[:1] != line[:1]), "")
        start = max(0, len(os.path.commonprefix([line[1:], other[1:]])) - 60) if len(line) > 240 else 0
        shown.append(line[:1] + ("..." if start else "") + line[1 + start:241 + start])
    return shown + (["..."] if len(lines) > 12 else [])


class Walk:
    """Two trees in step."""

    def __init__(self, scratch, number, args, judge, pool):
        self.kind, make = compare_trees.subjects(number)
        self.name = f"{self.kind}, seed {args.seed}, tree {number}"
        top = os.path.join(scratch, f"walk{number}")
        self.top, self.is_free = top, number % 3 == 1
        self.sides = [Side(name, program, top, make, f"{args.seed}.{number}", self.is_free)
                      for name, program in (("old", args.old), ("new", args.new))]
        self.judge, self.pool, self.told = judge, pool, []
        self.is_line, self.keep = self.kind == "line", args.keep

    def both(self, function):
        return list(self.pool.map(function, self.sides))

    def step(self):
        """-> whether all was the same"""
        drawn = [(side.tree.edit(), side.tree.act(), side.tree.looks()) for side in self.sides]
        edits, act, looks = drawn[0]
        self.told.append(f"{', '.join(edits)}; restage {' '.join(act)}")
        if not self.is_line and "run" in act and "-k" not in act:
            act = act + ["-k"]
        if drawn[0] != drawn[1]:
            print(f"\nThe two trees are not in step, after\n    {drawn[0]}\n    {drawn[1]}")
            return False
        ended = self.both(lambda side: side.call(act))
        command = next((word for word in act if word in ACTS), "?")
        self.judge.codes[f"{command} {ended[0].code}"] += 1
        if ended[0].code is None or ended[0].code < 0:  # a fault, even where both have it
            print(f"\nDIED ({ended[0].code}): {self.name}, {self.top}", *self.told[-4:], sep="\n    ", flush=True)
            if self.keep:
                sys.exit(1)
        for side in self.sides:
            side.note_runs()
        texts = [done.text(lambda data, side=side: side.alike(compare_alike.graph_alike(data), True))
                 for side, done in zip(self.sides, ended)]
        if not self.is_free:
            self.both(Side.level)
        is_same = self.compare_run("command " + " ".join(act), *texts)
        old, new = (side.files() for side in self.sides)
        is_same &= self.compare("files", *("\n".join(sorted(files)).encode(errors="surrogateescape")
                                           for files in (old, new)))
        for path in sorted(old.keys() & new.keys()):
            compare = self.compare_run if "/logs/99_pipeline_" in path else self.compare
            is_same &= compare("file " + path, old[path], new[path])
        # Where the trees differ, each look would tell so again.
        return is_same and self.look(looks)

    def look(self, looks):
        old, new = self.sides
        calls = [(side, program) for side in self.sides for program in (old.program, new.program)]
        is_same = True
        for args in looks:
            what = "command " + " ".join(args)
            ended = list(self.pool.map(lambda call, a=args: call[0].call(a, call[1]), calls))
            exacts = [done.text(lambda data, a=args: compare_alike.exact(data, a)) for done in ended]
            is_same &= self.compare(what, exacts[0], exacts[1], "both look at what the old one made")
            is_same &= self.compare(what, exacts[2], exacts[3], "both look at what the new one made")
            if set(args) & ALIKE or "--plain" in args:
                pair = [done.text(lambda data, side=side: side.alike(compare_alike.graph_alike(data), True))
                        for side, done in zip(self.sides, (ended[0], ended[3]))]
                is_same &= self.compare(what, *pair, "each looks at its own")
        return is_same

    def compare_run(self, what, old, new):
        """Of a run: byte by byte where one stage waits for the other, else stage by stage."""
        is_run = "/logs/" in what or re.search(r" (run|audit) ", what)
        if self.is_line or not is_run:
            return self.compare(what, old, new)
        self.judge.orders[old == new] += what.endswith(".log") and old != b"seen"
        for pattern, to in compare_alike.BLOCKED:
            old, new = pattern.sub(to, old), pattern.sub(to, new)
        return self.compare(what, compare_alike.grouped(old), compare_alike.grouped(new))

    def compare(self, what, old, new, how="each in its tree"):
        return self.judge.compare(what, old, new, [f"{self.name}: {how}; the last steps:", *self.told[-4:]])


def walks(scratch, args, judge):
    steps = number = 0
    box = timebox.Box(args.seconds)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        while steps < args.steps and judge.failures < MOST_FAILURES and not box.is_over():
            walk = Walk(scratch, number, args, judge, pool)
            number += 1
            is_same = True
            for _ in range(min(STEPS_A_TREE, args.steps - steps)):
                is_same = walk.step()
                steps += 1
                if not is_same:
                    break
            judge.failures += not is_same
            if is_same or not args.keep:
                shutil.rmtree(walk.top)
            else:
                print(f"    kept: {walk.top}")
    print("commands and their exit codes:", ", ".join(f"{what}: {count}" for what, count in sorted(judge.codes.items())))
    return f"{steps} steps in {number} pairs of trees, {judge.orders[1]} of {sum(judge.orders)} runs in the same order"


PARTS = {"definitions": compare_suite.definitions, "usage": compare_suite.usage, "stageio": compare_suite.standalone,
         "walk": walks}


def compare_all(args, judge):
    """-> what was done"""
    notes = []
    scratch = os.path.realpath(tempfile.mkdtemp(prefix="restage-compare."))
    try:
        for name, part in PARTS.items():
            if args.only in (None, name):
                notes.append(part(scratch, args, judge))
    finally:
        if not args.keep:
            shutil.rmtree(scratch)
    return "; ".join(notes)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs", nargs="+", metavar="OLD NEW", type=os.path.abspath)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--seconds", type=float, help="begin no further tree after so long")
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--allow", metavar="FILE")
    parser.add_argument("--keep", action="store_true", help="keep trees that differ")
    parser.add_argument("--cli", nargs="?", const="", metavar="REGEX")
    parser.add_argument("--self-test", action="store_true")
    args = parser.parse_args()
    if args.self_test:
        sys.exit(compare_suite.self_test(args.programs[-1], os.path.abspath(__file__)))
    if len(args.programs) != 2:
        parser.error("two programs are compared")
    args.old, args.new = args.programs
    args.seed = args.seed or random.SystemRandom().getrandbits(31)
    print(f"seed {args.seed}", flush=True)
    allow = []
    if args.allow:
        with open(args.allow, encoding="utf-8") as file:
            allow = [line for line in file.read().splitlines() if line and not line.startswith("#")]
    judge = Judge(allow)
    os.environ.setdefault("MIX", os.path.join(os.path.dirname(args.new), "tests/campaign/campaign_mix"))
    note = compare_suite.cli(args, judge) if args.cli is not None else compare_all(args, judge)
    unused = judge.unused()
    for text in unused:
        print(f"permits nothing: {text}")
    print(f"{note}; {judge.compared} comparisons, {judge.failures} differ" if judge.failures else
          f"{note}; {judge.compared} comparisons, all the same", flush=True)
    sys.exit(1 if judge.failures or unused or not judge.compared else 0)


if __name__ == "__main__":
    main()
