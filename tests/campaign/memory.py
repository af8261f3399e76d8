#!/usr/bin/env python3
"""Promise 5: when the n-th allocation fails, nothing crashes.

For n = 1, 2, … until a command completes without having come so far, that allocation fails, alone or with
all that follow, in the commands that read and check a definition, run it, judge it, and in the warden. It
goes through all commands time and again, and takes every 80th allocation each time, with another remainder. The
pipeline uses what takes memory: parameters from JSON, instances, globs, a depfile, events, config. A command
must do its work, or fail with a message that says it; after a run that failed, the next one heals.

    memory.py [--cases PASSES] [--seconds S] [--seed N] [--part K/N]    80 passes take every allocation
"""
import math
import os
import sys

import common
import result

STRIDE = 80
INI = """[pipeline]
name = rich
params_file = params.json
[params]
left = one
[pools]
disk = 2
[defaults]
pool = disk
[stage:up]
foreach.item = in/*.txt
description = {{each.item | stem}}
command = tr a-z A-Z <{{input.i}} >{{output.o}}; echo "{{output.o}}: in/b.txt" >{{stage.dir}}/x.d
input.i = {{each.item}}
output.o = big.txt
depfile = x.d
[stage:join]
command = cat {{input.all}} >{{output.o}}; echo {{config.word | raw}} >>{{output.o}}; \
printf '{"event":"output","path":"more","type":"x","n":[1,{"a":"b"}]}\\n' >>$STAGEIO_EVENTS; \
printf '{"event":"warning","message":"look"}\\n' >>$STAGEIO_EVENTS; echo more >$STAGEIO_OUTPUT_DIR/more
input.all = {{up.o}}
config.word = {{params.deep.word}}
env.LEFT = {{params.left}}
output.o = joined.txt
tags = last, both
track_command = no
"""
COMMANDS = [("check",), ("list", "--json"), ("run",), ("run",), ("run", "-n"), ("status", "--json"),
            ("why", "join"), ("verify",), ("graph", "--format", "json"), ("run", "-B", "join"),
            ("show", "join", "--json"), ("accept", "join")]


class Rich:
    """Looks to common.py like a pipeline."""
    name, fails_on = "rich", None
    expected = {"out/rich/01_up/a/big.txt": b"A\n", "out/rich/01_up/b/big.txt": b"B\n",
                "out/rich/02_join/joined.txt": b"A\nB\nword\n", "out/rich/02_join/more": b"more\n"}

    @staticmethod
    def write(root):
        os.makedirs(os.path.join(root, "in"))
        for name, text in (("pipeline.ini", INI), ("in/a.txt", "a\n"), ("in/b.txt", "b\n"),
                           ("params.json", '{"deep": {"word": "word", "list": [1, 2.5, true]}}\n')):
            with open(os.path.join(root, name), "w", encoding="utf-8") as file:
                file.write(text)

    @staticmethod
    def exit_code(_):
        return 0

    @staticmethod
    def temporary():
        return set()


def attempt(root, command, number, more, where):
    """-> (what is wrong, did the command come to its n-th allocation?)"""
    count = os.path.join(root, "count")
    common.remove(count)
    env = {"LD_PRELOAD": os.environ["SHIM_MEMORY"], "MEMORY_FAIL": str(number), "MEMORY_IN": where,
           "MEMORY_COUNT": count, **more}
    ended = common.restage(root, *command, env=env)
    text = common.read_tree(count)
    has_come = text is None or int(text) >= number
    if ended.code == 0:
        return [], has_come
    # 1: a command could not be started; 2: a pattern of the definition could not be looked up.
    is_told = "memory" in ended.err and ended.code in (1, 2, 3) or (
        where == "warden" and ended.code == 3 and "killed" in ended.err)
    return [] if is_told and has_come else [repr(ended)], has_come


def series(box, root, command, is_first, where, number):
    """Every STRIDE-th n of one command, from a first on."""
    while not box.is_over():
        if is_first:
            common.remove(os.path.join(root, "out"))
        more = {"MEMORY_EVER": "1"} if box.random.random() < 0.3 else {}
        wrong, has_come = attempt(root, command, number, more, where)
        if not has_come and not wrong:
            return True
        if command[0] == "run" and "-n" not in command:
            wrong += common.check_done(root, Rich, "A", Rich.expected)
        box.add(f"{where} of {' '.join(command)}, allocation {number}, "
                f"{'it and all behind' if more else 'alone'}", wrong)
        number += STRIDE
    return False


def main():
    box = common.Box(__doc__, STRIDE)
    most, passes, box.args.cases = box.args.cases, 0, math.inf
    with common.Scratch() as scratch:
        root = os.path.join(scratch, "rich")
        Rich.write(root)
        wrong = common.check_done(root, Rich, "A", Rich.expected)
        if wrong:
            box.add("without a failure", wrong)
        work = [(command, number == 2, "runner") for number, command in enumerate(COMMANDS)]
        work += [(("run", "-B"), False, "warden"), (("run",), True, "warden")]
        for first in box.choose(list(range(1, STRIDE + 1)))[:most]:
            for command, is_first, where in work:
                if command[0] != "check" or is_first:
                    common.restage(root)
                if not series(box, root, command, is_first, where, first):
                    break
            else:
                passes += 1
                continue
            break
    sys.exit(result.report(box.cases, len(box.failures), f"allocations; {passes} of {STRIDE} passes, each of which "
                           f"takes every {STRIDE}. allocation"))


if __name__ == "__main__":
    main()
