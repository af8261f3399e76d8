#!/usr/bin/env python3
"""Hostile bytes are only errors (promises 19 and 20): the fuzz targets of tests/fuzz, built and run.

    fuzz.py RUNS SECONDS [SEED]    for each target; stops at whichever comes first

Each target gets its seeds, a dictionary, and a directory in memory. An input that crashes it, leaks, takes more
than a second of CPU time or 256 MiB is a failure, and is kept in build/asan/found. The index target's seed is
made by a run of the very build, since an index is of one build only.
"""
import os
import random
import re
import shutil
import subprocess
import sys

import oracle
import result
import timebox

TARGETS = {"cache_answer": "json", "cache_entry": "json", "definition": "ini", "depfile": None, "env_file": None,
           "events": "json", "index": None, "jobfile": None, "manifest": "json", "past": "json", "sheet": None,
           "slurm_reply": None, "template": "ini"}
SOURCE = os.environ["SOURCE"]
BUILD = os.path.join(SOURCE, "build/asan")
# The quarantine of freed memory would count as the target's.
SANITIZERS = {"ASAN_OPTIONS": "quarantine_size_mb=8:detect_stack_use_after_return=0:abort_on_error=0",
              "UBSAN_OPTIONS": "print_stacktrace=1"}
DEFINITION = """[stage:a]
command = cp {{input.i}} {{output.o}}
foreach.n = 1
\t2
input.i = in.txt
input.g = g/*.txt
output.o = o
config.c = {{each.n}}
[stage:b]
command = cat {{input.i}} >{{output.o}} && printf 'b: in.txt\\n' >{{stage.dir}}/b.d
input.i = {{a.o}}
output.o = o
depfile = b.d
version.sh = echo 1
pass_env = HOME
"""


def build():
    for command in (["cmake", "--preset", "asan"],
                    ["cmake", "--build", BUILD, "--target", "fuzz_targets", "restage"]):
        subprocess.run(command, cwd=SOURCE, check=True, stdout=subprocess.DEVNULL, timeout=3600)


def make_index(where, seeds):
    root = os.path.join(where, "pipeline")
    os.makedirs(os.path.join(root, "g"))
    for name, text in (("pipeline.ini", DEFINITION), ("in.txt", "1\n"), ("g/1.txt", "1\n")):
        with open(os.path.join(root, name), "w", encoding="utf-8") as file:
            file.write(text)
    for _ in range(2):
        subprocess.run([os.path.join(BUILD, "restage")], cwd=root, check=True, capture_output=True,
                       timeout=oracle.TIMEOUT)
    shutil.copy(os.path.join(root, "out/pipeline/.restage/index"), os.path.join(seeds, "real"))


def fuzz(target, dictionary, runs, seconds, seed):
    """-> (inputs tried, failures)"""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    where = oracle.fresh_directory("fuzz", memory)
    seeds, found = os.path.join(where, "seeds"), os.path.join(BUILD, "found", target)
    corpus = os.path.join(SOURCE, "tests/fuzz/corpus", target)
    os.makedirs(seeds)
    os.makedirs(os.path.join(where, "own"))
    os.makedirs(found, exist_ok=True)
    if os.path.isdir(corpus):
        shutil.copytree(corpus, seeds, dirs_exist_ok=True)
    if target == "index":
        make_index(where, seeds)
    if target == "definition":
        for name in os.listdir(os.path.join(SOURCE, "tests/golden")):
            path = os.path.join(SOURCE, "tests/golden", name, "pipeline.ini")
            if os.path.exists(path):
                shutil.copy(path, os.path.join(seeds, name + ".golden"))
    command = [os.path.join(BUILD, "tests/fuzz", "fuzz_" + target), f"-runs={runs}", f"-max_total_time={seconds}",
               f"-seed={seed}", "-rss_limit_mb=256", "-malloc_limit_mb=256", "-timeout=120", "-print_final_stats=1",
               "-verbosity=0", f"-artifact_prefix={found}/", "-max_len=16384"]
    if dictionary:
        command.append("-dict=" + os.path.join(SOURCE, "tests/fuzz", dictionary + ".dict"))
    done = subprocess.run([*command, seeds], env={**os.environ, **SANITIZERS, "FUZZ_DIR": os.path.join(where, "own")},
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds * 3 + 600, check=False)
    text = done.stderr.decode(errors="replace")
    tried = re.search(r"number_of_executed_units: (\d+)", text)
    if done.returncode != 0:
        oracle.fail(f"fuzz_{target}, seed {seed}: exit {done.returncode}\n{text[-6000:]}")
        last = os.path.join(where, "own/input")
        if os.path.exists(last):
            shutil.copy(last, os.path.join(found, f"input-{seed}"))
        oracle.fail(f"the input is kept in {found}")
    oracle.remove(where)
    return int(tried[1]) if tried else 0, 1 if done.returncode != 0 else 0


def main(runs, seconds, seed):
    print(f"seed {seed}")
    build()
    tried, failures, whole = {}, {}, timebox.Box()
    for number, (target, dictionary) in enumerate(TARGETS.items()):
        most = max(1, int(min(seconds, whole.left() / (len(TARGETS) - number))))
        tried[target], failures[target] = fuzz(target, dictionary, runs, most, seed)
        print(f"{target}: {tried[target]} inputs, {failures[target]} failures", flush=True)
    note = ", ".join(f"{target} {count:,}" for target, count in tried.items())
    code = result.report(sum(tried.values()), sum(failures.values()), note, promise=19)
    return 1 if code or min(tried.values()) == 0 else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]),
                  int(sys.argv[3]) if len(sys.argv) > 3 else random.SystemRandom().getrandbits(31) + 1))
