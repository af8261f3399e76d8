#!/usr/bin/env python3
"""Checks that every include of src/ and include/ leads to the same room, one below it or a floor below.

floors.py [ROOT]       prints each mistake as file:line: message; exit 1 if there is any
floors.py --self-test  seeds bad trees and checks that each mistake is found, and nothing in a good one
"""
import os
import re
import sys
import tempfile

# The floors and the rooms of each, from the ground up, as src/README.md describes them; "" is the floor's own
# folder.
ROOMS = {
    "base": [""],
    "model": ["graph", "command", "load"],
    "record": ["index", "stamp", "manifest", "judge", "runs", "cache"],
    "run": ["job", "exec", "attempt", "engine", "ask"],
    "view": ["words", "answer", "graph", "diff", "export", "files", "console", "screen", "page"],
    "cmd": ["", "logs", "serve", "completions"],
    "main.c": [""],
}

# What a floor may include besides itself. stageio stands beside the others: it is linked into the
# programs of stages, so it must not draw in the rest.
BELOW = {floor: set(list(ROOMS)[:i]) | {"include"} for i, floor in enumerate(ROOMS)}
BELOW["stageio"] = {"base", "include"}
BELOW["include"] = set()
ROOMS["stageio"] = ["", "program"]
ROOMS["include"] = [""]
OF_FLOORS = {"CMakeLists.txt", "README.md"}  # stand in no room
ELSEWHERE = {"src/report", "src/doc", "src/package", "src/schema", "src/stageio/__pycache__"}

# Headers of other projects, and the only files that include them.
FOREIGN = {
    r"xxh.*\.h": ["src/base/digest.c", "src/base/digest_wide.inc"],
    r"(cjson/)?cJSON\.h": ["src/base/json.c"],
    r"ini\.h": ["src/base/ini.c"],
    r"openssl/.*\.h": ["src/base/sha256.c"],
    r"curl/.*\.h": ["src/base/http.c"],
    r"microhttpd\.h": ["src/cmd/serve/serve_http.c"],
    r"cmocka\.h": [],
}

MAX_LINES = 600
MAX_LINES_OF = {"src/stageio/stageio.py": 1050}  # users copy it: one file it has to be
INCLUDE = re.compile(rb'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def place_of(path):
    """The floor and the room of a file."""
    parts = path.split("/")
    if parts[0] == "include":
        return "include", ""
    return parts[1], "/".join(parts[2:-1])


def all_files(root):
    for top in ("src", "include"):
        for folder, dirs, names in os.walk(os.path.join(root, top)):
            here = os.path.relpath(folder, root)
            dirs[:] = sorted(name for name in dirs if f"{here}/{name}" not in ELSEWHERE)
            for name in sorted(names):
                yield f"{here}/{name}"


def check_place(path):
    """What is wrong with where a file lies, or None."""
    floor, room = place_of(path)
    if path.count("/") < 3 and os.path.basename(path) in OF_FLOORS:
        return None
    if floor not in ROOMS:
        return f"'{floor}' is no floor"
    if room not in ROOMS[floor]:
        return f"'{floor}' has no room '{room}'" if room else f"'{floor}' keeps its files in rooms"
    return None


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
        (here, room), (there, other) = place_of(path), place_of(target)
        if there != here:
            return None if there in BELOW[here] else f"'{here}' must not include '{there}' ({name})"
        # a file in no room is told of by itself
        if not check_place(target) and ROOMS[here].index(other) > ROOMS[here].index(room):
            return f"'{here}/{room}' must not include '{there}/{other}' ({name})"
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
    for path in all_files(root):
        mistake = check_place(path)
        if mistake:
            mistakes.append(f"{path}:1: {mistake}")
        if mistake or not path.endswith((".c", ".h", ".py")):
            continue
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
    "src/CMakeLists.txt": "", "src/README.md": "", "src/model/CMakeLists.txt": "", "src/report/run.js": "",
    "src/main.c": '#include <stdio.h>\n#include "cmd/a.h"\n#include "base/a.h"\n',
    "src/cmd/a.h": '#include "model/load/a.h"\n',
    "src/cmd/restage.lnav.json": "",
    "src/cmd/serve/a.c": '#include "cmd/a.h"\n#include "cmd/logs/a.h"\n',
    "src/cmd/logs/a.h": "",
    "src/model/load/a.h": '#include "base/a.h"\n#include "model/load/b.h"\n#include "model/graph/a.h"\n',
    "src/model/load/b.h": "",
    "src/model/graph/a.h": "",
    "src/base/a.h": "#include <stdint.h>\n",
    "src/base/ini.h": "",
    "src/base/ini.c": '#include "base/ini.h"\n#include <ini.h>\n',
    "src/base/digest.c": "#include <xxhash.h>\n" + "\n" * (MAX_LINES - 1),
    "src/base/json.c": "#include <cjson/cJSON.h>\n",
    "src/stageio/a.c": '#include "stageio.h"\n#include <stageio.h>\n#include "base/a.h"\n',
    "src/stageio/program/a.c": '#include "../b.h"\n',
    "src/stageio/b.h": "",
    "include/stageio.h": "#include <stddef.h>\n",
}

# Files that go wrong when they are added to the good tree, and the line that must be found.
BAD = [
    ({"src/base/up.c": '#include "model/graph/a.h"\n'},
     "src/base/up.c:1: 'base' must not include 'model'"),
    ({"src/base/up.c": '\n #  include <cmd/a.h>\n'}, "src/base/up.c:2: 'base' must not include 'cmd'"),
    ({"src/run/job/r.h": "", "src/record/runs/up.c": '#include "run/job/r.h"\n'},
     "src/record/runs/up.c:1: 'record' must not include 'run'"),
    ({"src/base/up.c": '#include "../model/graph/a.h"\n'}, "'base' must not include 'model'"),
    ({"src/stageio/up.c": '#include "model/graph/a.h"\n'}, "'stageio' must not include 'model'"),
    ({"src/cmd/c.c": '#include "stageio/b.h"\n'}, "'cmd' must not include 'stageio'"),
    ({"include/up.h": '#include "base/a.h"\n'}, "include/up.h:1: 'include' must not include 'base'"),
    ({"src/model/graph/up.c": '\n#include "model/load/b.h"\n'},
     "src/model/graph/up.c:2: 'model/graph' must not include 'model/load' (model/load/b.h)"),
    ({"src/model/graph/up.c": '#include "../load/b.h"\n'}, "'model/graph' must not include 'model/load'"),
    ({"src/record/stamp/s.h": "", "src/record/index/up.h": '#include <record/stamp/s.h>\n'},
     "src/record/index/up.h:1: 'record/index' must not include 'record/stamp'"),
    ({"src/cmd/up.c": '#include "cmd/logs/a.h"\n'}, "'cmd/' must not include 'cmd/logs'"),
    ({"src/stageio/program/p.h": "", "src/stageio/up.c": '#include "program/p.h"\n'},
     "'stageio/' must not include 'stageio/program'"),
    ({"src/report/page.h": "", "src/view/page/a.c": '#include "report/page.h"\n'},
     "src/view/page/a.c:1: 'view' must not include 'report'"),
    ({"src/attic/a.c": '#include "base/a.h"\n'}, "src/attic/a.c:1: 'attic' is no floor"),
    ({"src/attic.c": ""}, "src/attic.c:1: 'attic.c' is no floor"),
    ({"src/model/attic/a.c": '#include "base/a.h"\n'},
     "src/model/attic/a.c:1: 'model' has no room 'attic'"),
    ({"src/model/graph/attic/a.c": ""}, "'model' has no room 'graph/attic'"),
    ({"src/base/attic/a.txt": ""}, "'base' has no room 'attic'"),
    ({"src/view/a.c": '#include "cmd/a.h"\n'}, "src/view/a.c:1: 'view' keeps its files in rooms"),
    ({"src/run/a.h": "", "src/run/job/a.c": '#include "run/a.h"\n'},
     "src/run/a.h:1: 'run' keeps its files in rooms"),
    ({"src/model/graph/CMakeLists.txt": "", "src/model/load/notes/README.md": ""},
     "src/model/load/notes/README.md:1: 'model' has no room 'load/notes'"),
    ({"src/base/a.h": '#include "base/b.h"\n', "src/base/b.h": '#include "base/a.h"\n'},
     "include cycle src/base/a.h -> src/base/b.h -> src/base/a.h"),
    ({"src/base/a.h": '#include "base/a.h"\n'}, "include cycle src/base/a.h -> src/base/a.h"),
    ({"src/base/fs.c": "#include <xxhash.h>\n"}, "src/base/fs.c:1: <xxhash.h>"),
    ({"src/base/fs.c": "#include <xxh_x86dispatch.h>\n"}, "src/base/fs.c:1: <xxh_x86dispatch.h>"),
    ({"src/record/runs/m.c": "#include <cjson/cJSON.h>\n"}, "src/record/runs/m.c:1: <cjson/cJSON.h>"),
    ({"src/record/runs/m.c": "#include <cJSON.h>\n"}, "src/record/runs/m.c:1: <cJSON.h>"),
    ({"src/model/load/d.c": "#include <ini.h>\n"}, "src/model/load/d.c:1: <ini.h>"),
    ({"src/cmd/serve/serve.c": "#include <microhttpd.h>\n"},
     "src/cmd/serve/serve.c:1: <microhttpd.h>"),
    ({"src/model/load/d.c": '#include "base/gone.h"\n'}, "base/gone.h is no file"),
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
