"""How fast touched inputs are found to be the same: restage, and two xxhsum -H2 at once with half of the
files each."""
import os
import shutil
import subprocess
import time

import measure
from trees import Failed

FILES = 8
BLOCK = 1 << 20
PAIR = "2 × xxhsum -H2"


def rounded(size):
    """Every file is a whole number of blocks."""
    return int(size) // FILES // BLOCK * FILES * BLOCK


def write_files(directory, size):
    paths = [os.path.join(directory, "in", f"{number}.bin") for number in range(FILES)]
    os.makedirs(os.path.join(directory, "in"))
    block = os.urandom(BLOCK)
    for path in paths:
        with open(path, "wb") as file:
            for number in range(size // FILES // BLOCK):
                file.write(number.to_bytes(8, "little") + block[8:])
    os.sync()
    return paths


def define(restage, directory, paths):
    with open(os.path.join(directory, restage.definition), "w", encoding="ascii") as file:
        lines = "\n    ".join(os.path.relpath(path, directory) for path in paths)
        file.write("[pipeline]\nname = bench\n\n[stage:use]\ncommand = touch {{output.out}}\n"
                   f"input.data = {lines}\noutput.out = out.txt\n")


def run_restage(restage, jobs, runner, directory, paths):
    for path in paths:
        os.utime(path)
    result = runner.run(restage.build(jobs), directory)
    if result.code:
        raise Failed(f"exit code {result.code}: {runner.last_lines()}")
    return result.seconds


def run_pair(xxhsum, paths):
    start = time.perf_counter()
    pair = [subprocess.Popen([xxhsum, "-H2", *paths[half::2]], stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL) for half in (0, 1)]
    codes = [process.wait() for process in pair]
    if any(codes):
        raise Failed(f"xxhsum: exit codes {codes}")
    return time.perf_counter() - start


def seconds(restage, size, runs, jobs, directory):
    """By tool, one a round."""
    directory = os.path.join(directory, "hash")
    paths = write_files(directory, size)
    runner = measure.Runner(os.path.join(directory, "log"))
    tools = {}
    if restage:
        define(restage, directory, paths)
        tools["restage"] = lambda: run_restage(restage, jobs, runner, directory, paths)
    xxhsum = shutil.which("xxhsum")
    if xxhsum:
        tools[PAIR] = lambda: run_pair(xxhsum, paths)
    found = {name: [] for name in tools}
    for number in range(-1, runs):  # one to fill the caches
        for name, run in tools.items():
            figure = run()
            if number >= 0:
                found[name].append(figure)
    shutil.rmtree(directory)
    return found
