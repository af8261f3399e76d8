#!/usr/bin/env python3
"""Runs a golden test: a copy of its directory, restage with given arguments, expected bytes.

run.py RESTAGE DIRECTORY           compares; exit 1 and a diff if something differs
run.py --accept RESTAGE DIRECTORY  writes what came out as what is expected

The directory holds pipeline.ini, the files it needs, and
  cmd            arguments of restage as a shell would split them; "check" if there is no such file
  expected.out   stdout; empty if there is no such file
  expected.err   stderr; empty if there is no such file
  expected.code  exit code; 0 if there is no such file
Empty directories and odd file names, which git would not keep, are made by an executable `prepare`,
which is run in the copy before restage.
"""
import difflib
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

OWN_FILES = ("cmd", "prepare", "expected.out", "expected.err", "expected.code")


def read(path, default):
    return path.read_bytes() if path.exists() else default


def run(restage, case):
    """The exit code, stdout and stderr of restage in a copy of the case."""
    with tempfile.TemporaryDirectory() as temp:
        work = pathlib.Path(temp, "work")
        shutil.copytree(case, work, symlinks=True, ignore=shutil.ignore_patterns(*OWN_FILES))
        if (case / "prepare").exists():
            subprocess.run([case / "prepare"], cwd=work, check=True)
        args = shlex.split(read(case / "cmd", b"check").decode())
        env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "XST-5:30"}
        env.update({name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")})
        before = {path: path.lstat().st_mtime_ns for path in work.rglob("*")}
        done = subprocess.run([restage, *args], cwd=work, env=env, stdin=subprocess.DEVNULL,
                              capture_output=True, check=False)
        if {path: path.lstat().st_mtime_ns for path in work.rglob("*")} != before:
            sys.exit(f"restage {shlex.join(args)} wrote into the pipeline's directory")
        return {"code": b"%d\n" % done.returncode, "out": done.stdout, "err": done.stderr}


def accept(case, got):
    for name, data in got.items():
        path = case / f"expected.{name}"
        if data and data != b"0\n":
            path.write_bytes(data)
        else:
            path.unlink(missing_ok=True)


def compare(case, got):
    expected = {"code": read(case / "expected.code", b"0\n"), "out": read(case / "expected.out", b""),
                "err": read(case / "expected.err", b"")}
    for name in ("code", "out", "err"):
        before, after = (text.decode(errors="backslashreplace").splitlines(keepends=True)
                         for text in (expected[name], got[name]))
        sys.stdout.writelines(difflib.unified_diff(before, after, f"expected.{name}", f"got {name}"))
    return got != expected


def main(args):
    accepting = args[0] == "--accept"
    restage, case = args[-2:]
    case = pathlib.Path(case)
    got = run(os.path.abspath(restage), case)
    if accepting:
        accept(case, got)
        return 0
    return compare(case, got)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
