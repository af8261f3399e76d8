#!/usr/bin/env python3
"""Nothing outside the root is written or removed, even while links are being swapped (promise 17).

    swapper.py RUNS SECONDS [SEED]

Directories in which outputs lie are exchanged with links that lead outside, again and again, while runs and cleans
go on in them. Whatever becomes of the runs: the directory outside must stay as it was. What a stage's own command
writes is the stage's doing; here it writes to the work directory that it is given, which is not swapped.
"""
import ctypes
import os
import random
import sys
import threading
import time

import oracle
import result
import timebox

DEFINITION = """[stage:a]
command = cp in {{output.o}}; mkdir {{output.d}}; cp in {{output.d}}/x
output.o = {{root}}/dist/deep/a.txt
output.d = {{root}}/dist/deep/tree
input.i = in
[stage:b]
command = cp in {{output.o}}
input.i = in
output.o = {{root}}/dist/b.txt
"""
RENAME_EXCHANGE = 2


def snapshot(top):
    found = {}
    for where, names, files in os.walk(top):
        for name in names + files:
            path = os.path.join(where, name)
            st = os.lstat(path)
            found[path] = (st.st_ino, st.st_size, st.st_mtime_ns, st.st_mode)
    return found


class Swapper(threading.Thread):
    """Exchanges pairs of (open directory, name) until told to stop. By open directories, since it would otherwise
    swap outside by itself."""

    def __init__(self, pairs, pick):
        super().__init__(daemon=True)
        self.pairs, self.pick, self.stopped, self.count = pairs, pick, threading.Event(), 0
        self.lib = ctypes.CDLL(None, use_errno=True)

    def run(self):
        while not self.stopped.is_set():
            one, two = self.pick.choice(self.pairs)
            if self.lib.renameat2(*one, *two, RENAME_EXCHANGE) == 0:
                self.count += 1
            time.sleep(self.pick.choice((0, 0, 0.0002, 0.002)))


def main(runs, seconds, seed):
    print(f"seed {seed}")
    pick = random.Random(seed)
    top = oracle.fresh_directory("swapper")
    root, outside = os.path.join(top, "root"), os.path.join(top, "outside")
    for path in ("root/dist/deep", "root/aside", "outside/deep/tree"):
        os.makedirs(os.path.join(top, path))
    for path in ("root/in", "outside/a.txt", "outside/b.txt", "outside/deep/a.txt", "outside/deep/tree/x",
                 "outside/deep/b.txt"):
        with open(os.path.join(top, path), "w", encoding="utf-8") as file:
            file.write("1\n")
    with open(os.path.join(root, "pipeline.ini"), "w", encoding="utf-8") as file:
        file.write(DEFINITION)
    # Whole outputs outside are as those that manifests know: content alone must not lead there.
    os.symlink(outside, os.path.join(root, "aside/dist"))
    os.symlink(os.path.join(outside, "deep"), os.path.join(root, "aside/deep"))
    before = snapshot(outside)
    top_fd, dist, aside = (os.open(path, os.O_PATH) for path in (root, f"{root}/dist", f"{root}/aside"))
    swapper = Swapper([((top_fd, b"dist"), (aside, b"dist")), ((dist, b"deep"), (aside, b"deep"))], random.Random(seed))
    swapper.start()
    box = timebox.Box(seconds)
    done = failures = well = 0
    while failures < 3 and done < runs and not box.is_over():
        with open(os.path.join(root, "in"), "w", encoding="utf-8") as file:
            file.write(pick.choice("12") + "\n")
        call = pick.choice((["run", "-j", "4"], ["run", "-B", "-k"], ["clean"], ["run"]))
        ended = oracle.restage(root, *call)
        well += ended.returncode == 0
        done += 1
        wrong = [] if ended.returncode in (0, 1, 3) else [f"exit {ended.returncode}: {ended.text[-500:]}"]
        after = snapshot(outside)
        if after != before:
            changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
            wrong.append(f"outside of the root: {sorted(changed)}")
            before = after
        if wrong:
            failures += 1
            oracle.fail(f"seed {seed}, {call} {done}: {wrong}")
    swapper.stopped.set()
    swapper.join(60)
    oracle.remove(top)
    return result.report(done, failures, f"{swapper.count:,} swaps meanwhile; {well} of the runs and cleans ended well")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), float(sys.argv[2]),
                  sys.argv[3] if len(sys.argv) > 3 else str(random.SystemRandom().getrandbits(32))))
