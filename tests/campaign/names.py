#!/usr/bin/env python3
"""Any file name works, and none is executed or formatted (promise 16).

    names.py NAMES SECONDS [SEED]

Batches of random names of 1 to 255 bytes go through whole runs: as matches of a glob that a script copies, in a
directory, as values of foreach with an instance each, as a parameter and a variable. What comes out must have the
same names and contents, a second run must find nothing to do, and no canary in a name may have come to life.
"""
import json
import os
import random
import sys

import oracle
import result
import timebox

BATCH = 300
CANARIES = [b"$(touch CANARY)", b"`touch CANARY`", b";touch CANARY;", b"|touch CANARY", b"&touch CANARY&",
            b"\n touch CANARY\n", b"' ;touch CANARY;'", b'";touch CANARY;"', b"%n%n%s%99999d", b"{{params.x}}", b"{{",
            b"$HOME", b"${IFS}", b"-rf", b"--help", b"*", b"?", b"[a]", b"~", b"\\", b"\xff\xfe", b"\xc3\xa9",
            b"e\xcc\x81", b"\x1b[31m", b"\r", b"\t", b" ", b"#", b"!", b"<", b">", b"=", b":", b","]
DEFINITION = """[params]
value = none
[stage:glob]
command = mkdir {{output.d}}
\tcp -- {{input.f}} {{output.d}}
input.f = in/*
output.d = d
[stage:directory]
command = cp -R -- {{input.d}} {{output.d}}
input.d = in
output.d = d
[stage:one]
command = cp -- {{input.f}} {{output.o}}
foreach.f = each/*
input.f = {{each.f}}
output.o = o
[stage:all]
command = cat -- {{input.o}} >{{output.o}}
input.o = {{one.o}}
output.o = o
[stage:value]
command = printf %s {{params.value}} {{config.v}} >{{output.o}}; printf %s "$V" >>{{output.o}}
config.v = {{params.value}}
env.V = {{params.value}}
output.o = o
"""


def random_name(pick, seen, short=False):
    while True:
        parts = []
        for _ in range(pick.randint(1, 4)):
            if pick.random() < 0.5:
                parts.append(pick.choice(CANARIES))
            else:
                parts.append(bytes(pick.choice((pick.randrange(1, 256), pick.randrange(32, 127)))
                                   for _ in range(pick.choice((1, 2, 5, 40, 255)))))
        name = b"".join(parts).replace(b"/", b"").replace(b"\0", b"")[:60 if short else 255]
        if short:
            name = name.replace(b".", b"")
        if name and name not in (b".", b"..") and name not in seen and name[:1] != b".":
            seen.add(name)
            return name


def tree(path):
    found = {}
    for name in os.listdir(os.fsencode(path)):
        with open(os.path.join(os.fsencode(path), name), "rb") as file:
            found[name] = file.read()
    return found


def try_batch(pick):
    """-> what is wrong"""
    root = oracle.fresh_directory("names")
    made = {}
    for where, count in (("in", BATCH), ("each", 8)):
        os.mkdir(os.path.join(root, where))
        seen = set()
        for number in range(count):
            name = random_name(pick, seen, where == "each")
            if where == "each":  # bytes that an instance's name cannot have become "_": two may not become the same
                name += b"%d" % number
            made.setdefault(where, {})[name] = b"%d\n" % number
            with open(os.path.join(os.fsencode(root), where.encode(), name), "wb") as file:
                file.write(b"%d\n" % number)
    # of several lines it would be a list, and behind "@" stands a file of them
    value = random_name(pick, set()).replace(b"\n", b" ").lstrip(b"@") or b"x"
    with open(os.path.join(root, "pipeline.ini"), "w", encoding="utf-8") as file:
        file.write(DEFINITION)
    wrong = []
    args = ["-p", os.fsdecode(b"value=" + value), "run", "-j", "4"]
    done = oracle.restage(root, *args)
    there = os.path.join(root, "out/pipeline")
    if done.returncode != 0:
        wrong.append(f"exit {done.returncode}: {done.text[-1500:]}")
    else:
        if tree(f"{there}/01_glob/d") != made["in"]:
            wrong.append("the matches of the glob came out otherwise")
        if tree(f"{there}/02_directory/d") != made["in"]:
            wrong.append("the directory came out otherwise")
        all_of = oracle.content(f"{there}/04_all/o")
        if sorted(all_of.splitlines()) != sorted(text.strip() for text in made["each"].values()):
            wrong.append("the instances came out otherwise")
        if oracle.content(f"{there}/05_value/o") != value * 3:
            wrong.append(f"the value {value!r} came out as {oracle.content(f'{there}/05_value/o')!r}")
        again = oracle.restage(root, *args)
        if again.returncode != 0 or oracle.executed(again) or "nothing to do" not in again.text:
            wrong.append(f"the second run: {again.text[:500]}")
    for where, _, names in os.walk(os.fsencode(root)):
        if b"CANARY" in names:
            wrong.append(f"a name was executed: in {where!r}")
        for name in names:
            if name == b"manifest.json":
                with open(os.path.join(where, name), encoding="utf-8") as file:
                    json.load(file)
    if wrong:
        wrong.append(f"kept in {root}")
    else:
        oracle.remove(root)
    return wrong


def main(names, seconds, seed):
    print(f"seed {seed}")
    box = timebox.Box(seconds)
    done = failures = 0
    while failures < 3 and done < names and not (done and box.is_over()):
        wrong = try_batch(random.Random(f"{seed}.{done}"))
        done += BATCH + 9
        if wrong:
            failures += 1
            oracle.fail(f"seed {seed}, names up to {done}: {wrong}")
    return result.report(done, failures, f"in batches of {BATCH + 9}")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), float(sys.argv[2]),
                  sys.argv[3] if len(sys.argv) > 3 else str(random.SystemRandom().getrandbits(32))))
