#!/usr/bin/env python3
"""Random walks (promises 6 and 7): never a stale skip, never needless work.

    walk.py STEPS SECONDS [SEED]    stops at whichever comes first

Each step edits a random pipeline in ways that have fooled build tools, runs a random target with a random -j,
now and then with a stage that fails, and compares: the stages that ran are just those that had to, each with reasons that are true, and all outputs
are those of a clean rebuild. Now and then a run in which nothing has to run is traced.
"""
import glob
import json
import mmap
import os
import random
import re
import shutil
import subprocess
import sys
import time

import oracle
import result
import timebox

YEAR = 365 * 86400 * 10**9
STEPS_A_TREE = 40


def stat_of(path):
    st = os.stat(path)
    return (st.st_atime_ns, st.st_mtime_ns)


class Walk:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.seed, self.top = seed, oracle.fresh_directory("walk")
        self.tree = oracle.Pipeline(self.random, os.path.join(self.top, "tree"))
        self.moves, self.said = 0, []

    # edits: each is one thing that a user may do

    def some_file(self):
        paths = ["in/a", "in/b", "in/c", "dirs/a/1", "dirs/a/sub/2", "dirs/b/1"]
        paths += self.tree.matches("each/*.t") + self.tree.matches("many/*.t")
        path = self.random.choice(paths)
        full = self.tree.at(path)
        if os.path.isdir(full):
            shutil.rmtree(full)
            self.tree.write(path, self.tree.text())
        return full

    def rewrite(self):
        path = self.some_file()
        with open(path, "r+b") as file:
            file.write(self.tree.text())

    def rewrite_and_put_time_back(self):
        path = self.some_file()
        times = stat_of(path)
        with open(path, "r+b") as file:
            file.write(self.tree.text())
        os.utime(path, ns=times)

    def store_by_mmap(self):
        with open(self.some_file(), "r+b") as file, mmap.mmap(file.fileno(), 0) as view:
            view[0:6] = self.tree.text()[0:6]

    def store_by_mmap_and_put_time_back(self):
        path = self.some_file()
        times = stat_of(path)
        with open(path, "r+b") as file, mmap.mmap(file.fileno(), 0) as view:
            view[0:6] = self.tree.text()[0:6]
        os.utime(path, ns=times)

    def copy_with_old_time(self):
        path = self.some_file()
        other = self.tree.at("new")
        with open(other, "wb") as file:
            file.write(self.tree.text())
        os.utime(other, ns=stat_of(path))
        os.rename(other, path)

    def copy_into_with_old_time(self):
        path = self.some_file()
        other = self.tree.at("new")
        with open(other, "wb") as file:
            file.write(self.tree.text())
        os.utime(other, ns=stat_of(path))
        shutil.copy2(other, path)
        os.unlink(other)

    def other_year(self):
        path = self.some_file()
        if self.random.random() < 0.5:
            with open(path, "r+b") as file:
                file.write(self.tree.text())
        when = stat_of(path)[1] + self.random.choice((-YEAR, YEAR))
        os.utime(path, ns=(when, when))

    def touch(self):
        os.utime(self.some_file())

    def same_content(self):
        path = self.some_file()
        data = oracle.content(path)
        os.unlink(path)
        with open(path, "wb") as file:
            file.write(data)

    def swap(self):
        one, two = self.some_file(), self.some_file()
        if one != two:
            os.rename(one, one + ".swap")
            os.rename(two, one)
            os.rename(one + ".swap", two)

    def retarget_link(self):
        link = self.tree.at("link/l")
        os.unlink(link)
        os.symlink(self.random.choice(("../in/a", "../in/b", "../dirs/b")), link)

    def directory_for_file(self):
        path = self.tree.at(self.random.choice(("in/a", "in/b", "in/c")))
        if os.path.isdir(path):
            shutil.rmtree(path)
            with open(path, "wb") as file:
                file.write(self.tree.text())
        else:
            os.unlink(path)
            os.mkdir(path)
            with open(os.path.join(path, "x"), "wb") as file:
                file.write(self.tree.text())

    def change_match(self):
        where = self.random.choice(("many", "each", "dirs/a", "dirs/a/sub"))
        path = self.tree.at(f"{where}/{self.random.choice('pqr')}.t")
        if os.path.exists(path):
            os.unlink(path)
        else:
            with open(path, "wb") as file:
                file.write(self.tree.text())

    def rename_match(self):
        found = self.tree.matches("many/*.t")
        path = self.tree.at(self.random.choice(found))
        os.rename(path, os.path.join(os.path.dirname(path), f"{self.random.choice('mno')}.t"))

    def optional_input(self):
        path = self.tree.at("opt/o")
        if os.path.exists(path) and self.random.random() < 0.5:
            os.unlink(path)
        else:
            with open(path, "wb") as file:
                file.write(self.tree.text())

    def some_output(self, kinds="fodu"):
        stage = self.random.choice(self.tree.stages)
        instance = self.random.choice(self.tree.instances(stage))[0]
        where = self.tree.directory(instance)
        paths = [os.path.join(where, f"out{k}") for k, kind in enumerate(stage.outputs) if kind in kinds] if where else []
        paths = [path for path in paths if os.path.exists(path)]
        if not paths:
            return None
        path = self.random.choice(paths)
        return os.path.join(path, "n0") if os.path.isdir(path) and self.random.random() < 0.5 else path

    def edit_output(self):
        # An optional output that a user edited stays, with a warning, when the stage does not make it again.
        path = self.some_output("fdu")
        if path and os.path.isfile(path):
            times = stat_of(path)
            with open(path, "r+b") as file:
                file.write(b"%08x" % self.random.getrandbits(32))
            if self.random.random() < 0.5:
                os.utime(path, ns=times)

    def delete_output(self):
        path = self.some_output()
        if path and os.path.isdir(path):
            shutil.rmtree(path)
        elif path and os.path.exists(path):
            os.unlink(path)

    def touch_output(self):
        path = self.some_output()
        if path and os.path.exists(path):
            os.utime(path)

    def definition(self):
        stage = self.random.choice(self.tree.stages)
        what = self.random.choice(("salt", "config", "env", "order", "comment", "move", "pass", "mode"))
        if what == "salt":
            stage.salt += 1000
        elif what == "config":
            stage.config = self.random.randrange(3)
        elif what == "env" and stage.env is not None:
            stage.env = str(self.random.randrange(3))
        elif what == "order":
            self.random.shuffle(stage.inputs)
        elif what == "comment":
            stage.comment = f"; {self.random.random()}"
        elif what == "move":
            self.random.shuffle(self.tree.order)
        elif what == "pass":
            self.tree.passed = str(self.random.randrange(3))
        elif what == "mode":
            stage.mode = self.random.choice("fl")
        self.tree.write_definition()
        return what

    def move_tree(self):
        self.moves += 1
        new = os.path.join(self.top, f"moved {self.moves}")
        os.rename(self.tree.root, new)
        self.tree.root = new

    def copy_tree(self):
        self.moves += 1
        new = os.path.join(self.top, f"copy {self.moves}")
        shutil.copytree(self.tree.root, new, symlinks=True)
        shutil.rmtree(self.tree.root)
        self.tree.root = new

    def drop_caches(self):
        path = self.tree.at("out/p/.restage")
        if self.random.random() < 0.5:
            path += "/index"
        if os.path.isdir(path):
            shutil.rmtree(path)
        elif os.path.exists(path):
            os.unlink(path)

    def program(self):
        with open(self.tree.at("bin/mix"), "ab") as file:
            file.write(b"x")

    EDITS = [rewrite, rewrite, rewrite_and_put_time_back, store_by_mmap, store_by_mmap_and_put_time_back,
             copy_with_old_time, copy_into_with_old_time, other_year, touch, same_content, swap, retarget_link,
             directory_for_file, change_match, rename_match, optional_input, edit_output, edit_output,
             delete_output, touch_output, definition, definition, definition, move_tree, copy_tree, drop_caches,
             program]

    # steps

    def step(self):
        """-> what is wrong, or None"""
        names = []
        for _ in range(self.random.choice((0, 1, 1, 1, 2, 3))):
            edit = self.random.choice(self.EDITS)
            detail = edit(self)
            names.append(edit.__name__ + (f":{detail}" if detail else ""))
        tree = self.tree
        targets = []
        if self.random.random() < 0.3:
            targets = [s.name for s in self.random.sample(tree.stages, self.random.randint(1, 2))
                       if tree.instances(s)]
        wanted = tree.closure(targets) if targets else {s.name for s in tree.stages}
        failing = self.random.choice(tree.stages) if self.random.random() < 0.15 else None
        must, values, stuck = tree.expect(wanted, failing and failing.name)
        jobs = self.random.randint(1, 8)
        self.said = [names, targets, jobs, failing and failing.name]
        variables = {"MIX_PASS": tree.passed, "MIX_FAIL": str(failing.salt) if failing else ""}
        # one that is to fail may not be restored instead
        options = ["--no-cache"] if failing and "RESTAGE_CACHE" in oracle.ENVIRONMENT else []
        done = oracle.restage(tree.root, *options, "run", "-k", "-j", jobs, *targets, environment=variables)
        if done.returncode != (1 if stuck else 0):
            return f"exit code {done.returncode}: {done.text}"
        ran = oracle.executed(done)
        if ran != set(must):
            return f"stale: {sorted(set(must) - ran)}, needless: {sorted(ran - set(must))}: {done.text}"
        for stage in (s for s in tree.stages if s.name in wanted):
            for name, _ in tree.instances(stage):
                if name not in stuck and tree.outputs_there(name, stage) != values[name]:
                    return f"{name} is {tree.outputs_there(name, stage)}, a clean rebuild has {values[name]}"
        for name, reasons in must.items():
            with open(os.path.join(tree.directory(name), "manifest.json"), encoding="utf-8") as file:
                told = {reason["code"] for reason in json.load(file)["reasons"]}
            if not told or not told <= reasons:
                return f"{name} ran because of {sorted(told)}, true is {sorted(reasons)}"
        return None

    def look_at_a_no_op(self):
        """A run of what has been settled starts nothing, reads no input and writes nothing of a stage."""
        tree = self.tree
        wanted = {s.name for s in tree.stages}
        for path in glob.glob(tree.at("*/**"), recursive=True):
            if os.path.isfile(path) and os.stat(path).st_mtime > time.time():
                os.utime(path)  # what was written in the future is read each time
        tree.expect(wanted)
        variables = {"MIX_PASS": tree.passed}
        oracle.restage(tree.root, "run", environment=variables, check=0)
        for _ in range(100):  # until the file system's clock has moved on: then contents need not be read again
            before = os.stat(tree.at("out/p/.restage/index")).st_mtime_ns
            oracle.restage(tree.root, "run", environment=variables, check=0)
            if os.stat(tree.at("out/p/.restage/index")).st_mtime_ns == before:
                break
            time.sleep(0.01)
        trace = os.path.join(self.top, "trace")
        subprocess.run(["strace", "-f", "-qq", "-s", "300", "-o", trace, "-e",
                        "trace=execve,execveat,openat,openat2,open,creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,"
                        "mkdirat,truncate,link,linkat,symlink,symlinkat", oracle.RESTAGE, "run"], cwd=tree.root,
                       env={**oracle.ENVIRONMENT, **variables, "ASAN_OPTIONS": "detect_leaks=0"},
                       stdin=subprocess.DEVNULL, capture_output=True, timeout=oracle.TIMEOUT, check=True)
        with open(trace, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
        bad = [line for line in lines[1:] if re.search(r"execve", line)]
        bad += [line for line in lines if re.search(r'"(\./)?(in|opt|each|dirs|many|link|bin)/', line)
                and "ENOENT" not in line and "O_DIRECTORY" not in line]
        bad += [line for line in lines if re.search(r"/\d\d_s\d", line) and "ENOENT" not in line
                and "O_DIRECTORY" not in line]
        return f"a run with nothing to do: {bad[:5]}" if bad else None


def main(steps, seconds, seed):
    print(f"seed {seed}")
    box = timebox.Box(seconds)
    done = failures = traced = 0
    number = 0
    while failures < 5 and done < steps and not box.is_over():
        walk = Walk(f"{seed}.{number}")
        wrong = None
        for step in range(STEPS_A_TREE):
            wrong = walk.step()
            done += 1
            if wrong or box.left() == 0 or done >= steps:
                break
        if not wrong and number % 5 == 0 and shutil.which("strace"):
            walk.said = ["traced"]
            wrong = walk.look_at_a_no_op()
            traced += 1
        if wrong:
            failures += 1
            oracle.fail(f"seed {seed}, walk {number}, step {step} {walk.said}, {walk.tree.root}: {wrong}")
        else:
            oracle.remove(walk.top)
        number += 1
    note = f"{done} steps on {number} random pipelines"
    code = result.report(done, failures, note, promise=6)
    return result.report(done + traced, failures, f"the same steps, {traced} runs traced", promise=7) or code


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), float(sys.argv[2]),
                  sys.argv[3] if len(sys.argv) > 3 else str(random.SystemRandom().getrandbits(32))))
