#!/usr/bin/env python3
"""Builds the same graphs with restage and with each peer that is installed, and prints a report.

For every shape and size:
  plan, graph   of a tree in which nothing is built yet
  cold          from nothing, in a directory of its own: file systems are slow where much was deleted
  no-op         nothing to do
  one changed   one input has other content
  plan, built   the same plan where there is nothing to do
  touched       every input has a new time stamp and the same content
Tools take turns within each round, so that what else happens on the machine hits all of them. After every
run every output is looked at, and read unless it is the very file that was read and found right before; in
the first and the last round all are read.

With --out FILE, the report of what is measured so far is written to FILE after each graph, and every single
figure to FILE.json; --render makes one report of the figures of several sittings.
"""
import argparse
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time

import figures
import hashing
import measure
import report
from graphs import KINDS, SHAPES, Graph
from tools import PEERS, Restage
from trees import Failed, Tree

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


# What a stage takes of a file system, about: with the input and with restage's records.
FILES_A_STAGE = 5
BYTES_A_FILE = 4096


class OutOfPatience(Failed):
    pass


def say(text):
    print(text, file=sys.stderr, flush=True)


def rotated(items, number):
    """Who comes first changes, because it is the first who finds the caches cold."""
    items = list(items)
    split = number % len(items) if items else 0
    return items[split:] + items[:split]


class Bench:
    def __init__(self, tools, args, directory, part):
        self.tools, self.args, self.directory, self.part = tools, args, directory, part
        self.runner = measure.Runner(os.path.join(directory, "log"), args.patience)
        self.given_up = {}  # shape, work, tool: that took too long

    @contextlib.contextmanager
    def spending(self, what):
        start = time.perf_counter()
        try:
            yield
        finally:
            self.part.spent[what] = self.part.spent.get(what, 0) + time.perf_counter() - start

    def run(self, command, path):
        with self.spending("in commands"):
            result = self.runner.run(command, path)
        if self.runner.is_over(result):
            raise OutOfPatience("out of patience")
        if result.code:
            raise Failed(f"exit code {result.code}: {self.runner.last_lines()}")
        return result

    def rounds(self, graph, work, alive, first, last, action):
        """One turn for each tool that is alive in each round from first to last; a round below 0 fills the
        caches. action(tool, number, is_last) returns the result. A tool whose budget is used up sits out
        once it has a figure; one that fails or takes too long is dead."""
        used = {tool: 0.0 for tool in alive}
        for tool in [tool for tool in alive if (graph.shape, work, tool) in self.given_up]:
            self.drop(graph, work, alive, tool, "over " + report.seconds_text(self.args.patience))
        for number in range(first, last + 1):
            for tool in rotated(alive, number):
                if number > 0 and self.args.budget and used[tool] > self.args.budget:
                    continue
                try:
                    result = action(tool, number, number == last)
                except OutOfPatience:
                    self.given_up[graph.shape, work, tool] = True
                    self.drop(graph, work, alive, tool,
                              "over " + report.seconds_text(self.args.patience))
                    continue
                except Failed as failure:
                    self.part.failures.append(f"{graph.shape} {graph.size}, {work}, {tool.name}: {failure}")
                    say(f"  {self.part.failures[-1]}")
                    self.drop(graph, work, alive, tool, "failed")
                    continue
                used[tool] += result.seconds
                if number >= 0:
                    self.part.add(graph, work, tool.name, number, result)

    def drop(self, graph, work, alive, tool, text):
        alive.remove(tool)
        self.part.note(graph, work, tool.name, text)

    def graph(self, graph):
        say(f"{graph.shape}, {graph.size}, {graph.kind}")
        alive = [tool for tool in self.tools if self.takes(tool, graph)]
        self.make_room(graph.size * FILES_A_STAGE * len(alive) * self.args.cold_runs)
        place = tempfile.mkdtemp(prefix="graph-", dir=self.directory)
        trees = {}
        if graph.kind == "plain":
            self.unbuilt(graph, alive, place, trees)
        self.cold(graph, alive, place, trees)
        if graph.kind == "plain":
            self.warm(graph, alive, trees)

    def takes(self, tool, graph):
        is_slow = tool.looks_at_content and tool.name != "restage"
        return graph.shape in tool.shapes and not (is_slow and self.args.slow_to < graph.size)

    def make_room(self, files):
        """Removes what earlier graphs left, if there is no place for so many files. Otherwise it waits for
        the end: a file system that has just removed much creates files at a fraction of its speed."""
        room = os.statvfs(self.directory)
        if files > min(room.f_favail, room.f_bavail * room.f_frsize // BYTES_A_FILE):
            self.remove_trees()

    def remove_trees(self):
        with self.spending("removing"):
            os.chdir(self.directory)
            subprocess.run(["find", self.directory, "-mindepth", "1", "-delete"], check=True)
            os.sync()

    def fresh(self, graph, tool, place, label, trees):
        """A tree in a new directory."""
        with self.spending("writing"):
            path = os.path.join(place, f"{label}-{tool.name}")
            trees[tool] = Tree(tool, graph, path, trees.get(tool))
        return trees[tool]

    def unbuilt(self, graph, alive, place, trees):
        for work, command_of in (("plan", lambda tool: tool.plan()), ("graph", lambda tool: tool.draw())):
            able = [tool for tool in alive if command_of(tool)]
            for tool in able:
                if tool not in trees:
                    self.fresh(graph, tool, place, "unbuilt", trees)
            self.rounds(graph, work, able, -1, self.args.runs - 1,
                        lambda tool, _number, _last, command_of=command_of:
                        self.look(graph, trees[tool], command_of(tool)))

    def look(self, graph, tree, command):
        result = self.run(command, tree.path)
        with open(self.runner.log, "rb") as file:
            text = file.read()
        *_, last = graph.stages()
        if text.count(b"\n") < graph.stage_count or last.name.encode() not in text:
            raise Failed("does not name every stage")
        return result

    def cold(self, graph, alive, place, trees):
        def action(tool, number, is_last):
            tree = self.fresh(graph, tool, place, number, trees)
            # what was written until now must not be paid for by who comes next
            with self.spending("syncing"):
                os.sync()
            return self.build(tree, number <= 0 or is_last)[0]
        self.rounds(graph, f"cold, {graph.kind}", alive, 0, self.args.cold_runs - 1, action)

    def plan_built(self, tree, read_all):
        result = self.run(tree.tool.plan(), tree.path)
        with self.spending("verifying"):
            written = tree.verify(read_all)
        if written:
            raise Failed(f"a plan ran {written}")
        return result

    def build(self, tree, read_all):
        """The result, and how many outputs were written."""
        result = self.run(tree.tool.build(self.args.jobs), tree.path)
        with self.spending("verifying"):
            return result, tree.verify(read_all)

    def warm(self, graph, alive, trees):
        for work in ("no-op", "one changed", "touched"):
            if graph.shape == "chain" and work == "one changed":
                continue  # it would be another cold run
            able = list(alive)
            self.rounds(graph, work, able, 0 if work == "touched" else -1, self.args.runs - 1,
                        lambda tool, number, is_last, work=work:
                        self.rebuild(graph, work, number, trees[tool], is_last))
            if work == "no-op":
                # Not right after the first build: who looks at content reads what is so young again, and a
                # plan leaves no note of it.
                self.rounds(graph, "plan, built", [tool for tool in alive if tool.plan()], -1,
                            self.args.runs - 1, lambda tool, number, is_last:
                            self.plan_built(trees[tool], number <= 0 or is_last))

    def rebuild(self, graph, work, number, tree, is_last):
        with self.spending("changing"):
            if work == "one changed":
                names = graph.source_names()
                tree.change(names[len(names) // 2], number + 2)
            elif work == "touched":
                tree.touch()
        result, written = self.build(tree, number <= 0 or is_last)
        if work == "no-op" and written:
            raise Failed(f"reran {written} with nothing to do")
        if work == "touched":
            self.part.note(graph, work, tree.tool.name,
                           "reran all" if written == graph.stage_count else f"reran {written}")
        return result


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="100,1000,10000,100000")
    parser.add_argument("--shapes", default=",".join(SHAPES))
    parser.add_argument("--other-sizes", metavar="SIZES", help="of the shapes other than 'wide': as --sizes")
    parser.add_argument("--kinds-to", type=int, default=10**9, metavar="SIZE",
                        help="larger graphs are built by plain commands only")
    parser.add_argument("--slow-to", type=int, default=10**9, metavar="SIZE",
                        help="larger graphs are not given to peers that look at content")
    parser.add_argument("--kinds", default=",".join(KINDS), help="commands of the cold runs of 'wide'")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--cold-runs", type=int, help="as many as --runs")
    parser.add_argument("--peers", default="all", help="of those installed; 'none' for restage alone")
    parser.add_argument("--restage", default=os.path.join(ROOT, "build", "bench", "restage"),
                        help="the binary; 'none' for the peers alone")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--patience", type=float, default=600, metavar="SECONDS",
                        help="a command is ended after so long, and the tool not tried with larger graphs "
                        "of this shape")
    parser.add_argument("--budget", type=float, metavar="SECONDS",
                        help="a tool whose rounds of one work took so long sits out the other rounds")
    parser.add_argument("--hash-size", type=float, default=2, help="GiB; 0 for none")
    parser.add_argument("--directory", default=os.path.join(ROOT, "build"),
                        help="where trees are built: the file system counts")
    parser.add_argument("--out", help="write the report there too, and figures to OUT.json")
    parser.add_argument("--render", nargs="+", metavar="FILE.json", help="measure nothing: report these")
    args = parser.parse_args()
    args.sizes = sorted(int(size) for size in args.sizes.split(","))
    args.other_sizes = (sorted(int(size) for size in args.other_sizes.split(","))
                        if args.other_sizes else args.sizes)
    args.shapes = args.shapes.split(",")
    args.kinds = args.kinds.split(",")
    args.cold_runs = args.cold_runs or args.runs
    args.hash_size = hashing.rounded(args.hash_size * 2**30)
    args.out = os.path.abspath(args.out) if args.out else None
    if args.runs < 1 or args.cold_runs < 1:
        parser.error("at least one run")
    unknown = set(args.peers.split(",")) - {"all", "none"} - {peer.name for peer in PEERS}
    unknown |= set(args.shapes) - set(SHAPES) | set(args.kinds) - set(KINDS)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    return args


def find_tools(args):
    restage = None
    if args.restage != "none":
        program = os.path.abspath(args.restage)
        if not os.access(program, os.X_OK):
            sys.exit(f"bench: no restage at {program}: build it, or say --restage FILE or --restage none")
        restage = Restage(program)
    wanted = args.peers.split(",")
    peers = [peer.find() for peer in PEERS if args.peers == "all" or peer.name in wanted]
    if args.peers != "all":
        absent = {peer.name for peer in PEERS} & set(wanted) - {peer.name for peer in peers if peer}
        if absent:
            sys.exit(f"bench: not installed: {', '.join(sorted(absent))}")
    return restage, [peer for peer in peers if peer]


def save(args, part):
    if args.out:
        part.save(args.out + ".json")
        figures.replace(args.out, report.full_report([part]))


def measure_all(args, restage, peers):
    tools = ([restage] if restage else []) + peers
    os.makedirs(args.directory, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=args.directory) as directory:
        directory = os.path.realpath(directory)
        part = figures.Part(figures.place_of(directory, tools, args))
        bench = Bench(tools, args, directory, part)
        if args.hash_size:
            say("hashing")
            part.hashing = {"bytes": args.hash_size,
                            "seconds": hashing.seconds(restage, args.hash_size, args.runs, args.jobs,
                                                       directory)}
            save(args, part)
        for shape in args.shapes:
            for size in args.sizes if shape == "wide" else args.other_sizes:
                for kind in args.kinds if shape == "wide" and size <= args.kinds_to else ["plain"]:
                    bench.graph(Graph(shape, size, kind))
                    save(args, part)
        bench.remove_trees()
        os.chdir(ROOT)
        save(args, part)
    return part


def main():
    args = arguments()
    if args.render:
        text = report.full_report([figures.load(path) for path in args.render])
        if args.out:
            figures.replace(args.out, text)
        print(text, end="")
        return 0
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))  # leaves no trees
    part = measure_all(args, *find_tools(args))
    print(report.full_report([part]), end="")
    say("spent: " + ", ".join(f"{what} {seconds:.0f} s" for what, seconds in part.spent.items()))
    for failure in part.failures:
        say(f"bench: {failure}")
    return 1 if any(", restage: " in failure for failure in part.failures) else 0


if __name__ == "__main__":
    sys.exit(main())
