#!/usr/bin/env python3
"""Inputs that change while they are hashed or used (promise 9) never yield an up-to-date stage.

    meanwhile.py EDITS SECONDS [SEED]

Stages copy their inputs, small ones and one of several megabytes, while these are rewritten at random instants
after the start of the run. Whatever the run made of it: when the next one has ended, every output is its input.
"""
import mmap
import os
import random
import subprocess
import sys
import time

import oracle
import result
import timebox

LARGE = 3 << 20
FILES = 8
DEFINITION = """[stage:a]
command = cp {{input.i}} {{output.o}}
foreach.n = 0
\t1
\t2
\t3
\t4
\t5
\t6
\t7
input.i = in/{{each.n}}
output.o = o
[stage:b]
command = cat {{input.t}}/* {{input.i}} >{{output.o}}
input.t = tree
input.i = {{a.o}}
output.o = o
"""


class Meanwhile:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.root = oracle.fresh_directory("meanwhile")
        for name in ("in", "tree"):
            os.mkdir(self.at(name))
        with open(self.at("pipeline.ini"), "w", encoding="utf-8") as file:
            file.write(DEFINITION)
        self.paths = [f"in/{i}" for i in range(FILES)] + ["tree/x", "tree/y"]
        for path in self.paths:
            with open(self.at(path), "wb") as file:
                file.write(self.text() * (LARGE // 8 if path == "in/7" else 1))

    def at(self, path):
        return os.path.join(self.root, path)

    def text(self):
        return b"%08x" % self.random.getrandbits(32)

    def edit(self):
        path = self.at(self.random.choice(self.paths))
        how = self.random.choice(("write", "write", "time", "rename", "mmap"))
        st = os.stat(path)
        where = self.random.choice((0, st.st_size - 8))
        if how == "rename":
            data = self.text() * (st.st_size // 8)
            with open(path + ".new", "wb") as file:
                file.write(data)
            os.rename(path + ".new", self.at("new"))
            os.utime(self.at("new"), ns=(st.st_atime_ns, st.st_mtime_ns))
            os.rename(self.at("new"), path)
        elif how == "mmap":
            with open(path, "r+b") as file, mmap.mmap(file.fileno(), 0) as view:
                view[where:where + 8] = self.text()
        else:
            with open(path, "r+b") as file:
                file.seek(where)
                file.write(self.text())
            if how == "time":
                os.utime(path, ns=(st.st_atime_ns, st.st_mtime_ns))

    def wrong(self):
        outs = [oracle.content(self.at(f"out/pipeline/01_a/{i}/o")) for i in range(FILES)]
        ins = [oracle.content(self.at(path)) for path in self.paths]
        bad = [f"a/{i}" for i in range(FILES) if outs[i] != ins[i]]
        joined = b"".join(ins[FILES:]) + b"".join(ins[:FILES])
        if not bad and oracle.content(self.at("out/pipeline/02_b/o")) != joined:
            bad = ["b"]
        return bad


def main(edits, seconds, seed):
    print(f"seed {seed}")
    there = Meanwhile(seed)
    box = timebox.Box(seconds)
    done = runs = failures = 0
    while failures < 5 and done < edits and not box.is_over():
        pick = there.random
        with subprocess.Popen([oracle.RESTAGE, "run", "-j", str(pick.choice((1, 2, 8)))], cwd=there.root,
                              env=oracle.ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as run:
            count = pick.randint(1, 6)
            for _ in range(count):
                time.sleep(pick.random() * 0.012)
                there.edit()
                done += 1
            run.wait(oracle.TIMEOUT)
        runs += 1
        oracle.restage(there.root, "run", "-j", "4", check=0)
        wrong = there.wrong()
        if wrong:
            failures += 1
            oracle.fail(f"seed {seed}, run {runs}: {wrong} are not as their inputs, and called up to date")
    oracle.remove(there.root)
    return result.report(done, failures, f"{runs} runs")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), float(sys.argv[2]),
                  sys.argv[3] if len(sys.argv) > 3 else str(random.SystemRandom().getrandbits(32))))
