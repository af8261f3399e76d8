#!/usr/bin/env python3
"""Promise 3: power is lost; after the boot nothing is trusted that was not on disk.

The first run and a rebuild of three pipelines are recorded, and the job is put back in states in which the
power may have left it (disk.py). A preloaded shim gives the boot another id, and hides what putting the
files back changes of them beyond content, size and time. Then the next run must end with the oracle's bytes.

As a control, states are also tried without a boot. If none of those went wrong, losing contents would not
show at all, and the campaign would show nothing.

    power.py [--cases N] [--seconds S] [--seed N]
"""
import os
import random
import sys

import common
import disk
import result
import trace

CONTROLS = 12


class Recorded:
    """A run and what it changed."""

    def __init__(self, scratch, pipeline, phase, env):
        self.name, self.pipeline = f"{pipeline.name}, {phase}", pipeline
        self.root = os.path.join(scratch, pipeline.name + "-" + phase)
        pipeline.write(self.root)
        history = ("A", "B") if phase == "rebuild" else ("B",)
        if phase == "rebuild":
            common.set_source(self.root, "A")
            common.restage(self.root, "-k", env=env)
        common.set_source(self.root, "B")
        self.expected = pipeline.expect(*history)
        os.makedirs(os.path.join(self.root, "out"), exist_ok=True)
        self.before = disk.Tree.read(self.root)
        ended, calls = trace.record(self.root, "-k", env=env)
        with open(os.path.join(self.root, "out", pipeline.name, ".restage/index"), "rb") as index:
            if common.read_tree(env["BOOT_ID"]).strip() not in index.read():
                raise ValueError(f"{self.name}: the boot that is pretended was not seen")
        self.ops, after = disk.operations(calls, self.before, self.root)
        if after.contents() != disk.Tree.read(self.root).contents():
            raise ValueError(f"{self.name}: the recorded operations do not lead to what is there: {ended}")
        self.times = {what: os.stat(os.path.join(self.root, path)).st_mtime_ns
                      for path, what in after.names.items() if what != disk.DIR}

    def check(self, tree, env):
        tree.write(self.root, self.times)
        return common.check_done(self.root, self.pipeline, "B", self.expected, env=env)


def control(recorded, env):
    """Contents lost and nothing else, without a boot in between. -> how many went wrong"""
    wrong = 0
    for number in range(CONTROLS):
        chooser, item = random.Random(number), recorded[number % len(recorded)]
        tree = item.before.copy()
        for op in item.ops:
            if op[0] == "create":
                tree.files[op[2]] = b""
            tree.apply(op)
        for path in item.pipeline.outputs():
            what = tree.names.get(path, disk.DIR)
            if what != disk.DIR and chooser.random() < 0.5:
                tree.files[what] = b"\0" * len(tree.files[what])
        wrong += bool(item.check(tree, env))
    return wrong


def main():
    box = common.Box(__doc__, 150)
    with common.Scratch() as scratch:
        boots = []
        for number in (1, 2):
            boots.append(os.path.join(scratch, f"boot{number}"))
            with open(boots[-1], "w", encoding="ascii") as file:
                file.write(f"{number:08}-0000-4000-8000-000000000000\n")
        first, second = ({"LD_PRELOAD": os.environ["SHIM_BOOT"], "BOOT_ID": boot, "BOOT_FLAT": "1"}
                         for boot in boots)
        recorded = [Recorded(scratch, pipeline, phase, first) for phase in ("first", "rebuild")
                    for pipeline in (common.CHAIN, common.DIAMOND, common.FAILING)]
        missed = control(recorded, first)
        if missed == 0:
            box.add("control: lost contents do not show even without the guard", ["no state went wrong"])
        while not box.is_over():
            item = box.random.choice(recorded)
            how, tree = disk.lose(item.ops, item.before, box.random)
            box.add(f"{item.name}: {how}", item.check(tree, second))
    sys.exit(result.report(box.cases, len(box.failures),
                           f"replayed operation logs; without a boot {missed} of {CONTROLS} are missed"))


if __name__ == "__main__":
    main()
