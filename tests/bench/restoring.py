#!/usr/bin/env python3
"""What restoring costs: restoring.py [SMALL [LARGE_MIB [COMPILED]]]

SMALL small results (10,000; a stage each) and 8 large ones are put into a cache directory, and restored into a fresh
job, beside `cp -r` of that job: the same directories and files, logs and manifests among them. For the small ones
twice that time is allowed. COMPILED small C files (500) are compiled, and had again from restage's cache, and by
ninja from ccache's, where both are installed. (DVC would be another to compare with; Debian has it not.)

In turn, three rounds each; the least of each counts. No small files are removed meanwhile: ext4 creates files slowly
in the place of those that it just removed. The page cache is warm, as it is after the run that made the results.
"""
import glob
import os
import shutil
import subprocess
import sys
import tempfile
import time

RESTAGE = os.environ.get("RESTAGE", "restage")
ROUNDS = 3
JOBS = str(len(os.sched_getaffinity(0)))


def timed(argv, where, **options):
    """-> seconds by the clock, and of processors"""
    before, begin = os.times(), time.monotonic()
    subprocess.run(argv, cwd=where, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **options)
    seconds, after = time.monotonic() - begin, os.times()
    return seconds, after.children_user + after.children_system - before.children_user - before.children_system


class Best:
    def __init__(self):
        self.seconds, self.processors = float("inf"), float("inf")

    def take(self, both):
        self.seconds, self.processors = min(self.seconds, both[0]), min(self.processors, both[1])

    def __str__(self):
        return f"{self.seconds:.2f} s ({self.processors:.2f} s of processors)"


def put_aside(top, name):
    """A fresh one can be made at its place."""
    if os.path.exists(os.path.join(top, name)):
        os.rename(os.path.join(top, name), tempfile.mkdtemp(prefix=name + ".", dir=top) + "/was")


def prepare(top, definition):
    with open(os.path.join(top, "pipeline.ini"), "w", encoding="utf-8") as file:
        file.write(definition)
    return [RESTAGE, "-q", "run", "-j", JOBS], {**os.environ, "RESTAGE_CACHE": os.path.join(top, "cache")}


def measure(what, definition, times):
    with tempfile.TemporaryDirectory(prefix="restage-restoring.") as top:
        run, environment = prepare(top, definition)
        made = timed(run, top, env=environment)[0]
        os.rename(os.path.join(top, "out"), os.path.join(top, "made"))
        restored, copied = Best(), Best()
        for _ in range(ROUNDS):
            for name in "out", "copy":
                put_aside(top, name)
                if not times:
                    for was in glob.glob(os.path.join(top, name + ".*")):
                        shutil.rmtree(was)
            restored.take(timed(run, top, env=environment))
            copied.take(timed(["cp", "-r", "--reflink=never", "made", "copy"], top))
        ratio, cost = restored.seconds / copied.seconds, restored.processors / copied.processors
        print(f"{what}: made and put in {made:.2f} s, restored in {restored}, cp -r takes {copied}: {ratio:.2f} times "
              f"that ({cost:.2f})" + (f", {times} allowed" if times else ""), flush=True)


def compile_all(count):
    if not all(map(shutil.which, ("ccache", "ninja", "cc"))):
        print("not compared with ccache: it, ninja or cc is not installed")
        return
    with tempfile.TemporaryDirectory(prefix="restage-restoring.") as top:
        run, environment = prepare(top, "[stage:s]\ncommand = cc -O1 -c {{input.c}} -o {{output.o}}\n"
                                        "foreach.c = *.c\ninput.c = {{each.c}}\noutput.o = it.o\n")
        rules = "rule cc\n command = ccache cc -O1 -c $in -o $out\n"
        for number in range(count):
            with open(os.path.join(top, f"f{number}.c"), "w", encoding="utf-8") as file:
                file.write(f"int f{number}(int x) {{ return x * {number} + x / {number + 1}; }}\n")
            rules += f"build objects/f{number}.o: cc f{number}.c\n"
        with open(os.path.join(top, "build.ninja"), "w", encoding="utf-8") as file:
            file.write(rules)
        environment.update(CCACHE_DIR=os.path.join(top, "ccache"), CCACHE_NOSTATS="1")
        environment.pop("CCACHE_DISABLE", None)
        ninja = ["ninja", "-j", JOBS]
        restored, cached = Best(), Best()
        for number in range(ROUNDS + 1):
            for argv, name, best in (run, "out", restored), (ninja, "objects", cached):
                put_aside(top, name)
                put_aside(top, ".ninja_log")
                both = timed(argv, top, env=environment)
                if number:  # the first puts
                    best.take(both)
        print(f"{count} compilations: restored in {restored}, by ninja from ccache in {cached}: "
              f"{restored.seconds / cached.seconds:.2f} times that ({restored.processors / cached.processors:.2f})")


def main(small=10000, mib=512, compiled=500):
    measure(f"{small} small results", "[stage:s]\ncommand = echo {{each.n}} > {{output.o}}\nforeach.n = 1.." +
            f"{small}\noutput.o = o.txt\n", 2)
    measure(f"8 results of {mib} MiB", "[stage:s]\ncommand = sh -c 'head -c " + f"{mib}" +
            "M /dev/urandom > {{output.o}}' {{each.n}}\nforeach.n = 1..8\noutput.o = o.bin\n", None)
    compile_all(compiled)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
