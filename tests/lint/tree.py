#!/usr/bin/env python3
"""Checks what lies where: top-level names, and that no test and no source file is left unlisted.

tree.py [ROOT]        prints each mistake; exit 1 if there is any
tree.py --self-test   seeds a bad tree and checks that its mistakes are found
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

TOP = {"CMakeLists.txt", "CMakePresets.json", "README.md", "src", "include", "pipelines", "tests",
       "examples"}
BUILT = {"build", "out"}  # never committed; counted only where git does not say what is

# What a directory holds, and where each one must be named: as its path from there, or without its suffix.
LISTED = [("src/*/*.c", "CMakeLists.txt"), ("src/*/*/*.c", "../CMakeLists.txt"),
          ("tests/unit/*.c", "CMakeLists.txt"),
          ("tests/cli/*.sh", "CMakeLists.txt"), ("tests/slurm/*.sh", "CMakeLists.txt"),
          ("tests/golden/*/pipeline.ini", "../CMakeLists.txt")]
SHARED = {"tests/cli/lib.sh", "tests/cli/tmux.sh", "tests/slurm/lib.sh"}


def top_names(root):
    listing = subprocess.run(["git", "-C", root, "ls-files", "-z"], capture_output=True, check=False)
    if listing.returncode == 0 and listing.stdout:
        return {path.split("/")[0] for path in listing.stdout.decode(errors="replace").split("\0") if path}
    return set(os.listdir(root)) - BUILT


def is_listed(path, list_file):
    path = path.parent if path.name == "pipeline.ini" else path
    name = path.relative_to(list_file.parent).as_posix()
    either = f"{re.escape(name)}|{re.escape(name.removesuffix(path.suffix))}"
    words = re.sub(r"#.*", "", list_file.read_text("utf-8")) if list_file.exists() else ""
    return re.search(rf"(?<![\w./-])({either})(?![\w.-])", words)


def check(root):
    mistakes = [f"{name}: no place for it at the top level" for name in sorted(top_names(root))
                if name not in TOP and not name.startswith(".")]
    root = pathlib.Path(root)
    for pattern, list_name in LISTED:
        for path in sorted(root.glob(pattern)):
            list_file = pathlib.Path(os.path.normpath(path.parent / list_name))
            name = path.relative_to(root).as_posix()
            if name not in SHARED and not is_listed(path, list_file):
                mistakes.append(f"{name}: not listed in {list_file.relative_to(root)}")
    return mistakes


def self_test():
    files = {
        "README.md": "", ".hidden": "", "notes.txt": "",
        "src/base/CMakeLists.txt": "a.c # b.c\n", "src/base/a.c": "", "src/base/b.c": "",
        "src/run/CMakeLists.txt": "job/a.c\n", "src/run/job/a.c": "", "src/run/ask/a.c": "",
        "src/run/a.c": "",
        "tests/unit/CMakeLists.txt": "restage_unit(map)\n", "tests/unit/map.c": "", "tests/unit/ma.c": "",
        "tests/cli/CMakeLists.txt": "restage_cli(run_x)\n", "tests/cli/run_x.sh": "",
        "tests/cli/lib.sh": "", "tests/cli/x.sh": "",
        "tests/golden/CMakeLists.txt": "restage_golden(one)\n", "tests/golden/one/pipeline.ini": "",
        "tests/golden/two/pipeline.ini": "",
    }
    wrong = ["notes.txt", "src/base/b.c", "src/run/a.c", "src/run/ask/a.c", "tests/unit/ma.c", "tests/cli/x.sh",
             "tests/golden/two/pipeline.ini"]
    with tempfile.TemporaryDirectory() as root:
        for name, text in files.items():
            path = pathlib.Path(root, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        found = [mistake.split(":")[0] for mistake in check(root)]
    return [] if found == wrong else [f"expected {wrong}, found {found}"]


def main(args):
    mistakes = self_test() if args == ["--self-test"] else check(args[0] if args else ".")
    for mistake in mistakes:
        print(mistake)
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
