#!/usr/bin/env python3
"""Builds the same graphs with restage and with each peer that is installed, and prints a table.

For every shape and size:
  plan, graph   of a tree in which nothing is built yet
  cold          from nothing, in a directory of its own: file systems are slow where much was deleted
  no-op         nothing to do
  one changed   one input has other content
  touched       every input has a new time stamp and the same content
Tools take turns within each round, so that what else happens on the machine hits all of them. After every
run every output is compared with what it must be.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time

import measure
import report
from graphs import KINDS, SHAPES, Graph
from tools import PEERS, Restage, write_source

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HASH_FILES = 8
BLOCK = 1 << 20


class Failed(Exception):
    pass


def say(text):
    print(text, file=sys.stderr, flush=True)


def rotated(items, number):
    """Who comes first changes, because it is the first who finds the caches cold."""
    items = list(items)
    split = number % len(items) if items else 0
    return items[split:] + items[:split]


class Built:
    """A tree of one tool, and what was changed in it since it was written."""

    def __init__(self, tool, graph, path):
        self.tool, self.graph, self.path = tool, graph, path
        self.versions = {}
        tool.write(path, graph)

    def change(self, name, version):
        self.versions[name] = version
        write_source(self.path, name, version)

    def touch(self):
        for name in self.graph.source_names():
            os.utime(os.path.join(self.path, "in", name + ".txt"))

    def stamps(self):
        found = [os.stat(path) for path in self.tool.outputs(self.path, self.graph)]
        return [(status.st_ino, status.st_mtime_ns) for status in found]

    def verify(self):
        paths = self.tool.outputs(self.path, self.graph)
        for path, product in zip(paths, self.graph.products(self.versions)):
            try:
                with open(path, "rb") as file:
                    found = file.read()
            except OSError as error:
                raise Failed(f"no output: {error}") from error
            if found != product:
                raise Failed(f"wrong content in {os.path.relpath(path, self.path)}")
        missing = self.tool.missing_records(self.path, self.graph)
        if missing:
            raise Failed(f"{len(missing)} records missing, {os.path.relpath(missing[0], self.path)}")


class Bench:
    def __init__(self, tools, args, directory):
        self.tools, self.args, self.directory = tools, args, directory
        self.runner = measure.Runner(os.path.join(directory, "log"), args.patience)
        self.tables = []
        self.failures = []

    def attempt(self, table, work, alive, tool, action):
        """A tool that fails is out for this graph; the others go on."""
        try:
            return action()
        except Failed as failure:
            alive.remove(tool)
            self.failures.append(f"{table.graph.shape} {table.graph.size}, {work}, {tool.name}: {failure}")
            say(f"  {self.failures[-1]}")
            table.note(work, tool.name, "over " + report.seconds_text(self.args.patience)
                       if str(failure) == "out of patience" else "failed")
            return None

    def run(self, command, tree):
        result = self.runner.run(command, tree)
        if self.runner.is_over(result):
            raise Failed("out of patience")
        if result.code:
            raise Failed(f"exit code {result.code}: {self.runner.last_lines()}")
        return result

    def graph(self, graph):
        say(f"{graph.shape}, {graph.size} stages, {graph.kind}")
        table = next((table for table in self.tables
                      if (table.graph.shape, table.graph.size) == (graph.shape, graph.size)), None)
        if not table:
            table = report.Table(graph)
            self.tables.append(table)
        alive = list(self.tools)
        if graph.kind == "plain":
            self.unbuilt(table, graph, list(alive))
        trees = self.cold(table, graph, alive)
        if graph.kind == "plain":
            self.warm(table, trees, alive)
        for built in trees.values():
            shutil.rmtree(built.path)

    def unbuilt(self, table, graph, alive):
        trees = {tool: Built(tool, graph, self.fresh(graph, tool, "unbuilt")) for tool in alive}
        for work, command_of in (("plan", lambda tool: tool.plan()), ("graph", lambda tool: tool.draw())):
            able = [tool for tool in alive if command_of(tool)]
            for number in range(-1, self.args.runs):  # one to fill the caches
                for tool in rotated(able, number):
                    self.attempt(table, work, able, tool,
                                 lambda tool=tool: self.look(table, work, number, trees[tool],
                                                             command_of(tool)))
        for built in trees.values():
            shutil.rmtree(built.path)

    def look(self, table, work, number, built, command):
        result = self.run(command, built.path)
        if number >= 0:
            table.add(work, built.tool.name, result)
        with open(self.runner.log, "rb") as file:
            text = file.read()
        *_, last = built.graph.stages()
        if text.count(b"\n") < built.graph.size or last.name.encode() not in text:
            raise Failed("does not name every stage")

    def fresh(self, graph, tool, label):
        return os.path.join(self.directory,
                            f"{graph.shape}-{graph.size}-{graph.kind}-{label}-{tool.name}")

    def cold(self, table, graph, alive):
        """The trees of the last round."""
        trees = {}
        for number in range(self.args.cold_runs):
            for tool in rotated(alive, number):
                if tool in trees:
                    shutil.rmtree(trees.pop(tool).path)
                built = Built(tool, graph, self.fresh(graph, tool, number))
                trees[tool] = built
                # what was written and removed until now must not be paid for by who comes next
                os.sync()
                self.attempt(table, f"cold, {graph.kind}", alive, tool,
                             lambda built=built: self.build(table, f"cold, {graph.kind}", built))
        return trees

    def build(self, table, work, built):
        result = self.run(built.tool.build(self.args.jobs), built.path)
        built.verify()
        table.add(work, built.tool.name, result)

    def warm(self, table, trees, alive):
        works = ["no-op", "one changed", "touched"]
        if table.graph.shape == "chain":
            works.remove("one changed")  # it would be another cold run
        for work in works:
            for number in range(-1, self.args.runs):  # one to fill the caches
                for tool in rotated(alive, number):
                    self.attempt(table, work, alive, tool,
                                 lambda tool=tool: self.rebuild(table, work, number, trees[tool]))

    def rebuild(self, table, work, number, built):
        before = built.stamps()
        if work == "one changed":
            names = built.graph.source_names()
            built.change(names[len(names) // 2], number + 2)
        elif work == "touched":
            built.touch()
        result = self.run(built.tool.build(self.args.jobs), built.path)
        built.verify()
        rerun = sum(one != two for one, two in zip(before, built.stamps()))
        if work == "no-op" and rerun:
            raise Failed(f"reran {rerun} with nothing to do")
        if number >= 0:
            table.add(work, built.tool.name, result)
        if work == "touched":
            text = "reran all" if rerun == built.graph.size else f"reran {rerun}"
            table.note(work, built.tool.name, text)


def hash_files(directory, size):
    paths = [os.path.join(directory, "in", f"{number}.bin") for number in range(HASH_FILES)]
    os.makedirs(os.path.join(directory, "in"))
    block = os.urandom(BLOCK)
    for path in paths:
        with open(path, "wb") as file:
            for number in range(size // HASH_FILES // BLOCK):
                file.write(number.to_bytes(8, "little") + block[8:])
    os.sync()
    return paths


def hash_inputs(restage, args, directory):
    """Seconds by tool: restage finding that touched inputs are the same, and two xxhsum -H2 at once with
    half of the files each."""
    directory = os.path.join(directory, "hash")
    paths = hash_files(directory, args.hash_size)
    log = os.path.join(directory, "log")
    runner = measure.Runner(log)
    tools = {}
    if restage:
        with open(os.path.join(directory, restage.definition), "w", encoding="ascii") as file:
            lines = "\n    ".join(os.path.relpath(path, directory) for path in paths)
            file.write("[pipeline]\nname = bench\n\n[stage:use]\ncommand = touch {{output.out}}\n"
                       f"input.data = {lines}\noutput.out = out.txt\n")

        def run_restage():
            for path in paths:
                os.utime(path)
            result = runner.run(restage.build(args.jobs), directory)
            if result.code:
                raise Failed(f"exit code {result.code}: {runner.last_lines()}")
            return result.seconds
        tools["restage"] = run_restage
    xxhsum = shutil.which("xxhsum")
    if xxhsum:
        def run_xxhsum():
            start = time.perf_counter()
            with open(log, "wb") as out:
                pair = [subprocess.Popen([xxhsum, "-H2", *paths[half::2]], stdout=out, stderr=out)
                        for half in (0, 1)]
                codes = [process.wait() for process in pair]
            if any(codes):
                raise Failed(f"xxhsum: exit codes {codes}")
            return time.perf_counter() - start
        tools["2 × xxhsum -H2"] = run_xxhsum
    seconds = {name: [] for name in tools}
    for number in range(-1, args.runs):
        for name, run in tools.items():
            figure = run()
            if number >= 0:
                seconds[name].append(figure)
    shutil.rmtree(directory)
    return seconds


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="100,1000,10000,100000")
    parser.add_argument("--shapes", default=",".join(SHAPES))
    parser.add_argument("--kinds", default=",".join(KINDS), help="commands of the cold runs of 'wide'")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--cold-runs", type=int, help="as many as --runs")
    parser.add_argument("--peers", default="all", help="of those installed; 'none' for restage alone")
    parser.add_argument("--restage", default=os.path.join(ROOT, "build", "bench", "restage"),
                        help="the binary; 'none' for the peers alone")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--patience", type=float, help="end a command after so many seconds")
    parser.add_argument("--hash-size", type=float, default=2, help="GiB; 0 for none")
    parser.add_argument("--directory", default=os.path.join(ROOT, "build"),
                        help="where trees are built: the file system counts")
    parser.add_argument("--out", help="write the report there too")
    args = parser.parse_args()
    args.sizes = [int(size) for size in args.sizes.split(",")]
    args.shapes = args.shapes.split(",")
    args.kinds = args.kinds.split(",")
    args.cold_runs = args.cold_runs or args.runs
    args.hash_size = int(args.hash_size * 2**30) // HASH_FILES // BLOCK * HASH_FILES * BLOCK
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


def main():
    args = arguments()
    restage, peers = find_tools(args)
    tools = ([restage] if restage else []) + peers
    load = os.getloadavg()[0]
    os.makedirs(args.directory, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=args.directory) as directory:
        directory = os.path.realpath(directory)
        machine = report.machine_section(directory, {tool.name: tool.version() for tool in tools},
                                         args.runs, args.jobs, load)
        bench = Bench(tools, args, directory)
        for shape in args.shapes:
            for size in args.sizes:
                for kind in args.kinds if shape == "wide" else ["plain"]:
                    bench.graph(Graph(shape, size, kind))
        seconds = {}
        if args.hash_size:
            say("hashing")
            seconds = hash_inputs(restage, args, directory)
        os.chdir(ROOT)
    content_tools = [peer.name for peer in peers if peer.looks_at_content]
    text = report.full_report(machine, bench.tables, [tool.name for tool in tools], content_tools,
                              report.hash_section("2 × xxhsum -H2", args.hash_size, seconds))
    print(text, end="")
    if args.out:
        with open(args.out, "w", encoding="utf-8") as file:
            file.write(text)
    for failure in bench.failures:
        say(f"bench: {failure}")
    return 1 if any(", restage: " in failure for failure in bench.failures) else 0


if __name__ == "__main__":
    sys.exit(main())
