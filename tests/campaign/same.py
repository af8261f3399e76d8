#!/usr/bin/env python3
"""Same state, same bytes (promise 21): manifests, times aside, and graph for any -j, locale, time zone and umask.

    same.py RUNS SECONDS [SEED]

The same random pipeline is run in fresh directories, each time in other surroundings; manifests, outputs, graph.dot and what
`graph` and `list` print must be the same bytes, times aside.
"""
import os
import random
import re
import subprocess
import sys

import oracle
import result
import timebox

VOLATILE = re.compile(rb'^\s*"(timestamp|completed_at|duration_seconds|run|mtime_ns|cpu_[a-z_]*|memory_mb|read_mb|'
                      rb'written_mb)":.*$', re.M)
LOOKS = (["graph", "--format", "dot"], ["graph", "--format", "mermaid"], ["graph", "--format", "json", "--files"],
         ["list", "--json"])
# Durations, and the critical path that they make.
TIMES = re.compile(rb' \[penwidth=2\.5, color="#202124"\]|, penwidth=2\.5|[0-9]+(\.[0-9]+)? ?(ms|s|m|MB|KB)\b')


def locales():
    done = subprocess.run(["locale", "-a"], capture_output=True, timeout=60, check=False)
    return ["C", "C.UTF-8", "POSIX", "de_DE.UTF-8", "tr_TR.UTF-8", *done.stdout.decode(errors="replace").split()]


def everything(seed, variables, jobs, mask):
    """-> {name: bytes} of one run of the pipeline of this seed."""
    tree = oracle.Pipeline(random.Random(seed), os.path.join(oracle.fresh_directory("same"), "tree"))
    found = {}
    for args in LOOKS:
        out = oracle.restage(tree.root, *args, environment=variables, umask=mask, check=0).stdout
        found[" ".join(args)] = out.replace(os.fsencode(tree.root), b"ROOT")
    done = oracle.restage(tree.root, "run", "-j", jobs, environment=variables, umask=mask)
    found["exit code"] = str(done.returncode).encode()
    for where, _, names in os.walk(tree.at("out")):
        for name in names:
            if name in ("manifest.json", "graph.dot") or name.startswith("out"):
                path = os.path.join(where, name)
                data = oracle.content(path)
                data = VOLATILE.sub(b"", data) if name == "manifest.json" else data
                data = TIMES.sub(b"", data) if name == "graph.dot" else data
                found[os.path.relpath(path, tree.root)] = data
    oracle.remove(os.path.dirname(tree.root))
    return found


def main(runs, seconds, seed):
    print(f"seed {seed}")
    box = timebox.Box(seconds)
    pick = random.Random(seed)
    done = failures = number = 0
    known = locales()
    while failures < 3 and done < runs and not (done > 1 and box.is_over()):
        number += 1
        this = f"{seed}.{number}"
        first = everything(this, {"MIX_PASS": "0"}, 1, 0o022)
        for _ in range(4):
            variables = {"MIX_PASS": "0", "LC_ALL": pick.choice(known), "LANG": pick.choice(known),
                         "TZ": pick.choice(("UTC", "XST-5:30", "America/St_Johns", "Pacific/Chatham", "")),
                         "COLUMNS": pick.choice(("10", "200")), "NOISE": str(pick.random())}
            jobs, mask = pick.choice((1, 2, 3, 8, 64)), pick.choice((0, 0o022, 0o027, 0o077))
            other = everything(this, variables, jobs, mask)
            done += 1
            differ = sorted(name for name in first.keys() | other.keys() if first.get(name) != other.get(name))
            if differ:
                failures += 1
                oracle.fail(f"seed {this}, -j {jobs}, umask {mask:o}, {variables}: {differ} differ\n"
                            f"{str(first.get(differ[0]))[:2000]}\n{str(other.get(differ[0]))[:2000]}")
    return result.report(done, failures, f"{number} random pipelines, each alone and in other surroundings")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), float(sys.argv[2]),
                  sys.argv[3] if len(sys.argv) > 3 else str(random.SystemRandom().getrandbits(32))))
