#!/usr/bin/env python3
"""Racy time stamps (promise 8): a rewrite of the same size in the same tick of the file system's clock is seen.

    racy.py REWRITES SECONDS [SEED]    in each place

Places: memory (tmpfs, ramfs), an ext4 image with inodes of 128 bytes, whose clock counts seconds, and a preloaded
shim whose clock counts two. Where the machine allows no mount, that place is left out and said so. All files are
rewritten at once when the run before has ended; each rewrite must be in the output of the next run. Afterwards
"nothing to do" must come true as soon as the clock has moved on.
"""
import contextlib
import os
import random
import shutil
import subprocess
import sys

import oracle
import result
import timebox

FILES = 25
DEFINITION = """[stage:a]
command = cp {{input.i}} {{output.o}}
foreach.i = in/*
input.i = {{each.i}}
output.o = o
"""


def quietly(*command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False).returncode == 0


@contextlib.contextmanager
def mounted(kind):
    """A directory of such a file system, or None; gone afterwards."""
    where = oracle.fresh_directory("racy")
    there = os.path.join(where, "there")
    os.mkdir(there)
    if kind == "ext4":
        image = os.path.join(where, "image")
        with open(image, "wb") as file:
            file.truncate(64 << 20)
        good = quietly("mkfs.ext4", "-q", "-F", "-I", "128", image) and quietly("mount", "-o", "loop", image, there)
    elif kind in ("ramfs", "tmpfs"):
        good = quietly("mount", "-t", kind, "restage-racy", there)
    else:
        good = True
    try:
        yield there if good else None
    finally:
        if good and kind in ("ext4", "ramfs", "tmpfs"):
            quietly("umount", there) or quietly("umount", "-l", there)
        shutil.rmtree(where, ignore_errors=True)


def rewrite(root, count, pick):
    texts = []
    for i in range(count):
        path = os.path.join(root, f"in/{i:02d}")
        texts.append(b"%08x" % pick.getrandbits(32))
        with open(path, "r+b" if os.path.exists(path) else "wb") as file:
            file.write(texts[i])
    return texts


def try_place(root, environment, rewrites, seconds, pick):
    """-> (rewrites tried, missed)"""
    os.makedirs(os.path.join(root, "in"))
    with open(os.path.join(root, "pipeline.ini"), "w", encoding="utf-8") as file:
        file.write(DEFINITION)
    box = timebox.Box(seconds)
    tried = missed = 0
    while tried < rewrites and not (tried and box.is_over()):
        # A few only: then the run ends in the tick in which it read them.
        count = pick.choice((1, 3, FILES)) if tried else FILES
        texts = rewrite(root, count, pick)
        oracle.restage(root, "run", "-j", pick.choice((1, 2, 8)), environment=environment, check=0)
        if pick.random() < 0.5:  # known by the index now, if it dares: a run that only reads ends in the same tick
            with open(os.path.join(root, "in/00"), "r+b") as file:
                file.write(texts[0])
            oracle.restage(root, "run", environment=environment, check=0)
        for i, text in enumerate(texts):
            tried += 1
            if oracle.content(os.path.join(root, f"out/pipeline/01_a/{i:02d}/o")) != text:
                missed += 1
    for _ in range(20):
        done = oracle.restage(root, "run", environment=environment, check=0)
        if oracle.executed(done):
            return tried, missed + 1
    return tried, missed


def main(rewrites, seconds, seed):
    print(f"seed {seed}")
    pick = random.Random(seed)
    total = failures = 0
    notes = []
    shim = os.path.join(os.environ["BUILD"], "tests/campaign/libcampaign_coarse.so")
    whole, kinds = timebox.Box(), ["tmpfs", "ramfs", "ext4", "two seconds"]
    for number, kind in enumerate(kinds):
        with mounted(kind) as root:
            if root is None:
                notes.append(f"no {kind}: this machine allows no such mount")
                continue
            environment = {"LD_PRELOAD": shim} if kind == "two seconds" else {}
            most = min(seconds, whole.left() / (len(kinds) - number))
            tried, missed = try_place(root, environment, rewrites, most, pick)
        print(f"{kind}: {tried} rewrites, {missed} missed", flush=True)
        notes.append(f"{kind} {tried:,}")
        total, failures = total + tried, failures + missed
    return result.report(total, failures, ", ".join(notes))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), float(sys.argv[2]),
                  sys.argv[3] if len(sys.argv) > 3 else str(random.SystemRandom().getrandbits(32))))
