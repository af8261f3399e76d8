#!/usr/bin/env python3
"""Checks that every include of src/ and include/ leads to the same floor or one below.

floors.py [ROOT]       prints each mistake as file:line: message; exit 1 if there is any
floors.py --self-test  seeds bad trees and checks that each mistake is found, and nothing in a good one
"""
import os
import re
import sys
import tempfile

# What a floor may include besides itself. stageio stands beside the others: it is linked into the
# programs of stages, so it must not draw in the rest.
FLOORS = ["base", "model", "record", "run", "view", "cmd", "main.c"]
BELOW = {floor: set(FLOORS[:i]) | {"include"} for i, floor in enumerate(FLOORS)}
BELOW["stageio"] = {"base", "include"}
BELOW["include"] = set()

# Headers of other projects, and the only files that include them.
FOREIGN = {
    r"xxh.*\.h": ["src/base/digest.c", "src/base/digest_wide.inc"],
    r"(cjson/)?cJSON\.h": ["src/base/json.c"],
    r"ini\.h": ["src/base/ini.c"],
    r"microhttpd\.h": ["src/cmd/serve/serve_http.c"],
    r"cmocka\.h": [],
}

MAX_LINES = 600
MAX_LINES_OF = {"src/stageio/stageio.py": 800}  # users copy it: one file it has to be
INCLUDE = re.compile(rb'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def floor_of(path):
    parts = path.split("/")
    return "include" if parts[0] == "include" else parts[1]


def sources(root):
    for top in ("src", "include"):
        for folder, dirs, names in os.walk(os.path.join(root, top)):
            dirs.sort()
            for name in sorted(names):
                if name.endswith((".c", ".h", ".py")):
                    yield os.path.relpath(os.path.join(folder, name), root)


def resolve(root, path, quote, name):
    """The file of this tree that an include leads to, or None if it is of another project."""
    places = ["src", "include"]
    if quote == '"':
        places.insert(0, os.path.dirname(path))
    for place in places:
        found = os.path.normpath(os.path.join(place, name))
        if os.path.isfile(os.path.join(root, found)):
            return found
    return None


def check_include(path, target, name):
    if target:
        here, there = floor_of(path), floor_of(target)
        if here not in BELOW:
            return f"'{here}' is no floor"
        if there != here and there not in BELOW[here]:
            return f"'{here}' must not include '{there}' ({name})"
        return None
    for pattern, allowed in FOREIGN.items():
        if re.fullmatch(pattern, name) and path not in allowed:
            return f"<{name}> may be included by {' and '.join(allowed) or 'no file here'} only"
    return None


def cycles(graph):
    """Each include cycle once, as the list of its files."""
    found, done = [], set()

    def visit(path, trail):
        if path in trail:
            found.append(trail[trail.index(path):] + [path])
        elif path not in done:
            for target in graph.get(path, []):
                visit(target, trail + [path])
            done.add(path)

    for path in sorted(graph):
        visit(path, [])
    return found


def check(root):
    mistakes, graph = [], {}
    for path in sources(root):
        with open(os.path.join(root, path), "rb") as file:
            lines = file.read().splitlines()
        most = MAX_LINES_OF.get(path, MAX_LINES)
        if len(lines) > most:
            mistakes.append(f"{path}:{most + 1}: {len(lines)} lines, {most} at most")
        for number, line in enumerate(lines, 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            quote, name = (group.decode() for group in match.groups())
            target = resolve(root, path, quote, name)
            if target:
                graph.setdefault(path, []).append(target)
            elif quote == '"':
                mistakes.append(f"{path}:{number}: {name} is no file of src, include or this folder")
            mistake = check_include(path, target, name)
            if mistake:
                mistakes.append(f"{path}:{number}: {mistake}")
    mistakes += [f"{cycle[0]}:1: include cycle {' -> '.join(cycle)}" for cycle in cycles(graph)]
    return mistakes


GOOD = {
    "src/main.c": '#include <stdio.h>\n#include "cmd/a.h"\n#include "base/a.h"\n',
    "src/cmd/a.h": '#include "model/a.h"\n',
    "src/model/a.h": '#include "base/a.h"\n#include "model/b.h"\n',
    "src/model/b.h": "",
    "src/base/a.h": "#include <stdint.h>\n",
    "src/base/ini.h": "",
    "src/base/ini.c": '#include "base/ini.h"\n#include <ini.h>\n',
    "src/base/digest.c": "#include <xxhash.h>\n" + "\n" * (MAX_LINES - 1),
    "src/base/json.c": "#include <cjson/cJSON.h>\n",
    "src/stageio/a.c": '#include "stageio.h"\n#include <stageio.h>\n#include "base/a.h"\n',
    "include/stageio.h": "#include <stddef.h>\n",
}

# Files that go wrong when they are added to the good tree, and the line that must be found.
BAD = [
    ({"src/base/up.c": '#include "model/a.h"\n'}, "src/base/up.c:1: 'base' must not include 'model'"),
    ({"src/base/up.c": '\n #  include <cmd/a.h>\n'}, "src/base/up.c:2: 'base' must not include 'cmd'"),
    ({"src/run/r.h": "", "src/record/up.c": '#include "run/r.h"\n'},
     "src/record/up.c:1: 'record' must not include 'run'"),
    ({"src/base/up.c": '#include "../model/a.h"\n'}, "'base' must not include 'model'"),
    ({"src/stageio/up.c": '#include "model/a.h"\n'}, "'stageio' must not include 'model'"),
    ({"src/stageio/s.h": "", "src/cmd/c.c": '#include "stageio/s.h"\n'},
     "'cmd' must not include 'stageio'"),
    ({"include/up.h": '#include "base/a.h"\n'}, "include/up.h:1: 'include' must not include 'base'"),
    ({"src/attic/a.c": '#include "base/a.h"\n'}, "'attic' is no floor"),
    ({"src/base/a.h": '#include "base/b.h"\n', "src/base/b.h": '#include "base/a.h"\n'},
     "include cycle src/base/a.h -> src/base/b.h -> src/base/a.h"),
    ({"src/base/a.h": '#include "base/a.h"\n'}, "include cycle src/base/a.h -> src/base/a.h"),
    ({"src/base/fs.c": "#include <xxhash.h>\n"}, "src/base/fs.c:1: <xxhash.h>"),
    ({"src/base/fs.c": "#include <xxh_x86dispatch.h>\n"}, "src/base/fs.c:1: <xxh_x86dispatch.h>"),
    ({"src/record/m.c": "#include <cjson/cJSON.h>\n"}, "src/record/m.c:1: <cjson/cJSON.h>"),
    ({"src/record/m.c": "#include <cJSON.h>\n"}, "src/record/m.c:1: <cJSON.h>"),
    ({"src/model/d.c": "#include <ini.h>\n"}, "src/model/d.c:1: <ini.h>"),
    ({"src/cmd/serve/serve.c": "#include <microhttpd.h>\n"}, "src/cmd/serve/serve.c:1: <microhttpd.h>"),
    ({"src/model/d.c": '#include "base/gone.h"\n'}, "base/gone.h is no file"),
    ({"src/base/long.c": "\n" * (MAX_LINES + 1)}, "601 lines, 600 at most"),
]


def check_seeded(files):
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            place = os.path.join(root, path)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(place, "w", encoding="utf-8") as file:
                file.write(text)
        return check(root)


def self_test():
    wrong = [f"a good tree: {mistake}" for mistake in check_seeded(GOOD)]
    for files, expected in BAD:
        mistakes = check_seeded({**GOOD, **files})
        if len(mistakes) != 1 or expected not in mistakes[0]:
            wrong.append(f"{files}: expected '{expected}', found {mistakes}")
    return wrong


def main(args):
    mistakes = self_test() if args == ["--self-test"] else check(args[0] if args else ".")
    for mistake in mistakes:
        print(mistake)
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
