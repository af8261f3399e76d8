#!/usr/bin/env python3
"""Only what a manifest says we made is ever removed or replaced (promise 18).

    keepers.py TREES SECONDS [SEED]

Trees are seeded with a user's files: in the root, the job, the stages' directories, beside outputs, with names like
those of our own files, and at the very places of outputs, in them, and instead of what was made there. Then stages
run, fail, are renumbered, renamed, cleaned, forced, interrupted. After each of these all files of the user are
somewhere as they were (those that lay in the way in replaced/), and a stage that failed has its good outputs.
"""
import os
import random
import signal
import subprocess
import sys
import time

import oracle
import result
import timebox

STAGES = ("a", "b", "c")
NAMES = ("notes.txt", ".hidden", "out", "o.bak", "o~", "manifest.json.old", "stage.log.1", ".o.tmp", "work", "x y", "1",
         "$(id)", "core", "graph.dot.txt", "tree")
MADE = ("o", "tree", "tree/1", "tree/mine", "tree/deep/er", "left", "m", "m/below", "sub/left")


class Tree:
    def __init__(self, pick):
        self.random = pick
        self.root = oracle.fresh_directory("keepers")
        self.order, self.number, self.names = list(STAGES), 0, {s: s for s in STAGES}
        self.fails = set()
        self.kept = {}
        self.mine = {}  # content -> where it was put
        self.write("in", b"1")
        self.define()

    def at(self, path):
        return os.path.join(self.root, path)

    def write(self, path, data):
        with open(self.at(path), "wb") as file:
            file.write(data)

    def define(self):
        lines = ["[pipeline]", "name = p"]
        for stage in self.order:
            lines += [f"[stage:{self.names[stage]}]", "command = cat in >{{output.o}}",
                      "\tmkdir {{output.d}}", "\tcp in {{output.d}}/1", "\techo left >{{stage.dir}}/left",
                      f"\ttest ! -e fail.{stage}", "input.i = in", "output.o = o", "output.d = tree",
                      "output.far = {{root}}/dist/" + stage, "intermediate.m = m", "intermediate.m.optional = yes",
                      "output.maybe = maybe", "output.maybe.optional = yes",
                      "output.db = {{root}}/dist/db." + stage, "output.db.update = yes"]
            for line in ("\tcat in >{{output.far}}", "\tcat in >>{{output.db}}", "\tmkdir {{stage.dir}}/sub",
                         "\techo left >{{stage.dir}}/sub/left", "\tgrep -q [13579]$ in || echo 1 >{{output.maybe}}",
                         "\tgrep -q [2468]$ in || echo 1 >{{intermediate.m}}"):
                lines.insert(lines.index(f"\ttest ! -e fail.{stage}"), line)
        self.write("pipeline.ini", ("\n".join(lines) + "\n").encode())

    def seed_at_made(self):
        """A user's file where a stage makes something, or has made it, or in that."""
        time.sleep(0.02)  # in another step of the clock than the manifest: within one they cannot be told apart
        stage = self.random.choice(self.order)
        where = f"out/p/{self.order.index(stage) + 1:02d}_{self.names[stage]}"
        path = self.random.choice([f"{where}/{name}" for name in MADE + ("maybe",)] +
                                  [f"dist/{stage}", f"dist/db.{stage}"])
        try:
            if os.path.isdir(self.at(path)):
                path += f"/{self.random.choice(NAMES)}"
            os.makedirs(os.path.dirname(self.at(path)), exist_ok=True)
            data = b"the user's own %d" % self.random.getrandbits(40)
            before = oracle.content(self.at(path)) if os.path.lexists(self.at(path)) else None
            self.write(path, data)
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            return
        self.mine = {own: name for own, name in self.mine.items() if own != before}
        self.mine[data] = path

    def seed(self):
        """A user's file somewhere where nothing is that we made or may make."""
        if self.random.random() < 0.4:
            self.seed_at_made()
            return
        places = ["", "out", "out/p", "out/p/logs", "dist", "mine"]
        if os.path.isdir(self.at("out/p")):
            places += [f"out/p/{name}" for name in os.listdir(self.at("out/p"))
                       if name[:1].isdigit() and os.path.isdir(self.at(f"out/p/{name}"))]
        path = os.path.join(self.random.choice(places), self.random.choice(NAMES))
        if path.startswith("out/p/") and path.count("/") == 3 and path.endswith("/tree"):
            return
        if path == "out" or os.path.lexists(self.at(path)):
            return
        os.makedirs(os.path.dirname(self.at(path)), exist_ok=True)
        data = b"the user's %d" % self.random.getrandbits(40)
        if self.random.random() < 0.3:
            os.mkdir(self.at(path))
            path += "/below"
        self.write(path, data)
        st = os.stat(self.at(path))
        self.kept[st.st_ino] = (path, data)

    def lost(self):
        """Files of the user that are nowhere as they were: a renumbered stage's directory takes them along."""
        there = {}
        for where, _, files in os.walk(self.root):
            for name in files:
                path = os.path.join(where, name)
                there[os.lstat(path).st_ino] = path
        contents = {oracle.content(path) for path in there.values()}
        return [path for ino, (path, data) in self.kept.items()
                if ino not in there or oracle.content(there[ino]) != data] + \
               [path for data, path in self.mine.items() if data not in contents]

    def act(self):
        pick = self.random
        what = pick.choice(("run", "run", "change", "change", "force", "fail", "clean", "clean one", "renumber", "rename",
                            "drop", "interrupt", "kill"))
        expected = {0, 1}
        if what in ("change", "fail", "interrupt", "kill"):
            self.number += 1
            self.write("in", b"%d" % self.number)
        if what == "fail":
            stage = pick.choice(STAGES)
            before = {path: oracle.content(path) for path in self.outputs(stage)}
            self.write(f"fail.{stage}", b"")
            oracle.restage(self.root, "run", "-k")
            os.unlink(self.at(f"fail.{stage}"))
            torn = [path for path, data in before.items() if data is not None and oracle.content(path) != data]
            return what, [f"a failed attempt changed {torn}"] if torn else []
        if what in ("interrupt", "kill"):
            with subprocess.Popen([oracle.RESTAGE, "run"], cwd=self.root, env=oracle.ENVIRONMENT, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
                time.sleep(pick.random() * 0.02)
                run.send_signal(signal.SIGKILL if what == "kill" else signal.SIGINT)
                run.wait(oracle.TIMEOUT)
            return what, []
        if what in ("renumber", "rename", "drop"):
            if what == "renumber":
                pick.shuffle(self.order)
            elif what == "rename":
                stage = pick.choice(STAGES)
                self.names[stage] = stage if self.names[stage] != stage else stage + "2"
            else:
                self.order = pick.sample(STAGES, pick.randint(1, len(STAGES)))
            self.define()
        args = {"force": ["run", "-B"], "clean": ["clean"],
                "clean one": ["clean", self.names[pick.choice(self.order)]]}.get(what, ["run"])
        done = oracle.restage(self.root, *args)
        return what, [] if done.returncode in expected else [f"exit {done.returncode}: {done.text[-600:]}"]

    def outputs(self, stage):
        if stage not in self.order:
            return []
        where = self.at(f"out/p/{self.order.index(stage) + 1:02d}_{self.names[stage]}")
        return [f"{where}/o", f"{where}/tree", self.at(f"dist/{stage}")]


def main(trees, seconds, seed):
    print(f"seed {seed}")
    box = timebox.Box(seconds)
    done = acts = failures = files = 0
    while failures < 3 and done < trees and not (done and box.is_over()):
        tree = Tree(random.Random(f"{seed}.{done}"))
        acted = []
        for _ in range(10):
            for _ in range(tree.random.randint(0, 4)):
                tree.seed()
            what, wrong = tree.act()
            acted.append(what)
            acts += 1
            wrong += [f"the user's {path} is lost" for path in tree.lost()]
            if wrong:
                failures += 1
                oracle.fail(f"seed {seed}, tree {done} {acted} in {tree.root}: {wrong[:4]}")
                break
        else:
            oracle.remove(tree.root)
        files += len(tree.kept) + len(tree.mine)
        done += 1
    return result.report(done, failures, f"trees with {files:,} files of a user, {acts:,} runs, cleans and kills")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), float(sys.argv[2]),
                  sys.argv[3] if len(sys.argv) > 3 else str(random.SystemRandom().getrandbits(32))))
