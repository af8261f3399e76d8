#!/usr/bin/env python3
"""Checks that what restage calls its files, and what it calls the members of manifests, is spelled once.

names.py [ROOT]       prints each mistake as file:line: message; exit 1 if there is any
names.py --self-test  seeds mistakes in a copy of the files concerned, and checks that each is found

Names of files are those of src/base/job_names.h; paths are made of them by model/graph/job_paths.c. Members are
those of src/base/manifest_members.c. stageio.py, and the prose of stageio.h, have to name the same.
"""
import os
import re
import sys
import tempfile

NAMES = "src/base/job_names.h"
PATHS = "src/model/graph/job_paths.c"
MEMBERS = "src/base/manifest_members.c"
PYTHON = "src/stageio/stageio.py"
HEADER = "include/stageio.h"
IN_PYTHON = ["JOB_LOGS", "RUN_FILE", "RUN_LOG_TAIL", "MANIFEST_FILE", "STAGE_LOG_FILE"]
# Paths on the stack, since nothing is kept of so many of them.
MAY_JOIN = {"src/record/judge/known.c", "src/run/engine/workdir.c"}
COMMENT_OR_STRING = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:[^"\\\n]|\\.)*"', re.DOTALL)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def without_comments(text):
    return COMMENT_OR_STRING.sub(
        lambda m: m[0] if m[0][0] == '"' else re.sub(r"[^\n]", " ", m[0]), text)


def all_sources(root):
    for folder, dirs, names in os.walk(os.path.join(root, "src")):
        dirs.sort()
        for name in sorted(names):
            if name.endswith((".c", ".h")):
                yield os.path.relpath(os.path.join(folder, name), root)


def check_names(root):
    macros = dict(re.findall(r'^#define (\w+) "([^"]+)"', read(root, NAMES), re.MULTILINE))
    all_macros = re.findall(r"^#define (\w+) ", read(root, NAMES), re.MULTILINE)
    # A word such as "logs" is the name of other things too.
    special = [name for name in macros.values() if re.search(r"\w[-._]|^\.\w{5}", name)] + [macros["WORK_DIR"]]
    spelled = re.compile("|".join(rf"(?<![\w.]){re.escape(name)}(?!\w*\.[ch]$)" for name in special))
    joined = re.compile(r'/"\s*(?:%s)\b|\b(?:%s)\s*"/' % ("|".join(all_macros), "|".join(all_macros)))
    mistakes = []
    for path in all_sources(root):
        if path in (NAMES, PATHS):
            continue
        for number, line in enumerate(without_comments(read(root, path)).splitlines(), 1):
            for text in [] if "#include" in line else re.findall(r'"((?:[^"\\]|\\.)*)"', line):
                found = None if re.search(r"\s|\\n", text) else spelled.search(text)
                if found:
                    mistakes.append(f'{path}:{number}: "{found[0]}" has a name in {NAMES}')
            if path not in MAY_JOIN and joined.search(line):
                mistakes.append(f"{path}:{number}: paths of a job's files are made in {PATHS}")
    python = read(root, PYTHON).replace("\\", "")
    mistakes += [f"{PYTHON}:1: '{macros[name]}' ({name}) is not there" for name in IN_PYTHON
                 if macros[name] not in python]
    return mistakes


def differ(path, what, found, expected):
    return [f"{path}:1: {what}: {'too much' if name in found else 'missing'}: {name}"
            for name in sorted(found ^ expected)]


def check_members(root):
    table = read(root, MEMBERS)
    members = re.findall(r'\{"(\w+)", MANIFEST_\w+, ([^}]*)\}', table)
    reserved = {name for name, flags in members if "MANIFEST_SHARED" not in flags}
    of_file = re.findall(r'"(\w+)"', re.search(r"file_members\[\] = \{(.*?)\};", table, re.DOTALL)[1])
    count = int(re.search(r"#define OF_INTERMEDIATES (\d+)", table)[1])
    python, prose = read(root, PYTHON), read(root, HEADER)
    lists = {name: set(re.findall(r"\w+", "".join(re.findall(r'"([^"]*)"', text))))
             for name, text in re.findall(r"^(_RESERVED_\w+) = frozenset\((.*?)\)$", python,
                                          re.MULTILINE | re.DOTALL)}
    told = re.search(r"Names (path, .*?) \(and (.*?) of intermediates\)", prose, re.DOTALL)
    words = [set(re.findall(r"\w+", group.replace(" and ", " ").replace("*", " "))) - {"and"}
             for group in told.groups()]
    return (differ(PYTHON, "_RESERVED_MANIFEST", lists.get("_RESERVED_MANIFEST", set()), reserved) +
            differ(PYTHON, "_RESERVED_FILE", lists.get("_RESERVED_FILE", set()), set(of_file[count:])) +
            differ(HEADER, "reserved names of files", words[0], set(of_file[count:])) +
            differ(HEADER, "reserved names of intermediates", words[1], set(of_file[:count])))


def check(root):
    return check_names(root) + check_members(root)


# A file, what is replaced in it (None: the text is added at its end), by what, and what must be found.
BAD = [
    ("src/a.c", None, 'x("manifest.json");\n', "src/a.c:1: \"manifest.json\" has a name"),
    ("src/a.c", None, '/* manifest.json */\n\ny("%s/stage.log", dir);\n', "src/a.c:3: \"stage.log\" has a name"),
    ("src/a.c", None, 'y("out/.restage/lock");\n', "\".restage\" has a name"),
    ("src/a.c", None, 'y("99_pipeline_%s.jsonl");\n', "\"99_pipeline_\" has a name"),
    ("src/a.c", None, 'y(".work");\n', "\".work\" has a name"),
    ("src/a.c", None, 'y("%s/" MANIFEST_FILE, dir);\n', "src/a.c:1: paths of a job's files"),
    ("src/a.c", None, 'y(JOB_STATE "/x");\n', "src/a.c:1: paths of a job's files"),
    (NAMES, '"stage.log"', '"stages.log"', "'stages.log' (STAGE_LOG_FILE) is not there"),
    (MEMBERS, '{"signal", ', '{"signals", ', "missing: signals"),
    (MEMBERS, '"track", ', '"tracked", ', "missing: tracked"),
    (PYTHON, " key untracked", " key", "_RESERVED_MANIFEST: missing: untracked"),
    (HEADER, "Names path, type,", "Names path, kind, type,", "reserved names of files: too much: kind"),
]
GOOD = 'x("the manifest.json of it");\n/* stage.log */\n#include "stageio/x.events.h"\ny("logs", MANIFEST_FILE);\n'


def check_seeded(root, path, old, new):
    with tempfile.TemporaryDirectory() as seeded:
        texts = {name: read(root, name) for name in (NAMES, MEMBERS, PYTHON, HEADER)}
        texts[path] = texts[path].replace(old, new) if old else new
        for name, text in texts.items():
            os.makedirs(os.path.dirname(os.path.join(seeded, name)), exist_ok=True)
            with open(os.path.join(seeded, name), "w", encoding="utf-8") as file:
                file.write(text)
        return check(seeded)


def self_test(root):
    wrong = [f"what is good: {mistake}" for mistake in check_seeded(root, "src/a.c", None, GOOD)]
    for path, old, new, expected in BAD:
        mistakes = check_seeded(root, path, old, new)
        if not any(expected in mistake for mistake in mistakes):
            wrong.append(f"{path}: {new}: expected '{expected}', found {mistakes}")
    return wrong


def main(args):
    mistakes = self_test(".") if args == ["--self-test"] else check(args[0] if args else ".")
    for mistake in mistakes:
        print(mistake)
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
