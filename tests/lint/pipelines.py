#!/usr/bin/env python3
"""No list of three or more values stands twice in the pipelines that come along: a list has a name then.

    pipelines.py [--self-test]
"""
import glob
import sys

LEAST = 3


def lists(text):
    """Yield (line, key, values) for each value of several lines that is no command."""
    key, at, values = None, 0, []
    for number, line in enumerate([*text.splitlines(), "[end]"], 1):
        if line[:1].isspace() and line.strip() and key:
            if not line.strip().startswith(("#", ";")):
                values.append(line.strip())
            continue
        if not line.strip() or line[0] in "#;":
            continue
        if key and key != "command" and len(values) >= LEAST:
            yield at, key, tuple(values)
        key, at, values = None, number, []
        if "=" in line and line[0] != "[":
            key, first = (part.strip() for part in line.split("=", 1))
            values = [first] if first else []


def mistakes(files):
    """Return the lists that stand somewhere before; files: name -> text."""
    seen, wrong = {}, []
    for name, text in files.items():
        for at, key, values in lists(text):
            place = f"{name}:{at}"
            if values in seen:
                wrong.append(f"{place}: the list of '{key}' stands at {seen[values]} already: give it a name")
            seen.setdefault(values, place)
    return wrong


def self_test():
    one = "[stage:a]\nforeach.s =\n  x\n  y\n  # a comment\n  z\ncommand =\n  p\n  q\n  r\n"
    assert not mistakes({"a": one}), "one list is none too many"
    assert not mistakes({"a": "[s]\nk =\n a\n b\n", "b": "[s]\nk =\n a\n b\n"}), "two values are no list"
    assert len(mistakes({"a": one, "b": one.replace("foreach.s =\n", "input.i = \n").replace("command", "other")})) == 1
    assert len(mistakes({"a": one + "k = x\n  y\n  z\n"})) == 1


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return 0
    files = {}
    for name in sorted(glob.glob("pipelines/*.ini") + glob.glob("examples/**/*.ini", recursive=True)):
        with open(name, encoding="utf-8") as file:
            files[name] = file.read()
    wrong = mistakes(files)
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong or not files else 0


if __name__ == "__main__":
    sys.exit(main())
