#!/usr/bin/env python3
"""Promise 2: the work directory, which is the begin marker, is there before the first process of an attempt;
outputs are renamed before the manifest, and only then the work directory goes.

Asserted from traces of runs with several stages at once. The checker is tried on the same traces with two
calls exchanged: it must find each. Promise 1's campaign (crash.py) is what shows that this order suffices.

    order.py [--cases N] [--seconds S] [--seed N]
"""
import os
import sys

import common
import result
import trace


def steps_of(calls, root, stage_dir):
    """-> [(what, call)] of one stage's attempts, in their order"""
    work, steps = stage_dir + "/.work", []
    for call in calls:
        paths = call.paths(root)
        if call.name.startswith(("mkdir", "rename")) and paths[-1:] == [work]:
            steps.append(("begin", call))  # made, or one of before renamed to it
        elif call.name.startswith(("execve", "open")) and is_command(call, root, work):
            steps.append(("process", call))
        elif call.name.startswith(("rmdir", "unlinkat", "rename")) and paths[:1] == [work]:
            steps.append(("end", call))
        elif call.name.startswith("rename") and paths[1] == stage_dir + "/manifest.json":
            steps.append(("manifest", call))
        elif call.name.startswith("rename") and paths[0].startswith(work + "/"):
            steps.append(("output", call))
    return steps


def is_command(call, root, work):
    """A process of the stage starts, or its output is opened for it."""
    if call.name == "execve":
        return any(os.fsencode(work + "/") in text for text in call.strings)
    return call.paths(root)[0].startswith(work + "/") and "O_CREAT" in call.text


def check(steps, outputs):
    """-> what is wrong with the order of one attempt that succeeded"""
    wrong, at = [], {}
    for number, (what, _) in enumerate(steps):
        at.setdefault(what, []).append(number)
    for what in ("begin", "process", "output", "manifest", "end"):
        if what not in at:
            return [f"no {what} was seen: {steps}"]
    if len(at["output"]) < outputs:
        wrong.append(f"{len(at['output'])} outputs were renamed, not {outputs}")
    if at["begin"][0] != 0 or any(steps[number][1].begin < steps[at["begin"][0]][1].end
                                  for number in at["process"]):
        wrong.append("something of the attempt came before its work directory")
    # A manifest that says `running` comes while the process runs: the last one tells of success.
    if max(at["output"]) > at["manifest"][-1]:
        wrong.append("an output was renamed after the manifest")
    if at["end"][0] < at["manifest"][-1] or at["end"][0] < max(at["output"]):
        wrong.append("the work directory went before the manifest or an output")
    return wrong


def exchanged(steps, first, second):
    """The steps with the last of two kinds exchanged."""
    other = list(steps)
    i, j = (max(n for n, (what, _) in enumerate(steps) if what == kind) for kind in (first, second))
    other[i], other[j] = other[j], other[i]
    calls = [call for _, call in steps]
    return [(what, calls[number]) for number, (what, _) in enumerate(other)]


def main():
    box = common.Box(__doc__, 60)
    swaps = 0
    with common.Scratch() as scratch:
        number = 0
        while not box.is_over():
            pipeline = (common.CHAIN, common.DIAMOND, common.WIDE)[number % 3]
            root = os.path.join(scratch, f"{pipeline.name}-{number}")
            number += 1
            pipeline.write(root)
            for version in "AB":
                common.set_source(root, version)
                ended, calls = trace.record(root, "-j", "4")
                if ended.code != 0:
                    box.add(f"{pipeline.name}, {version}", [repr(ended)])
                for index, stage in enumerate(pipeline.stages):
                    steps = steps_of(calls, root, pipeline.place(index))
                    wrong = check(steps, len(stage.outputs))
                    for pair in (("begin", "process"), ("output", "manifest"), ("manifest", "end"),
                                 ("output", "end")):
                        if not wrong and not check(exchanged(steps, *pair), len(stage.outputs)):
                            wrong.append(f"{pair} exchanged were not found")
                        swaps += 1
                    box.add(f"{pipeline.name}, {version}, {stage.name}", wrong)
    sys.exit(result.report(box.cases, len(box.failures), f"attempts traced; {swaps} exchanged orders found"))


if __name__ == "__main__":
    main()
