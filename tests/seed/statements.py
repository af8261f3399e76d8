#!/usr/bin/env python3
"""Each statement of the logging architecture, from which logs, manifests and StageIO are, and the tests that show it.

statements.py SOURCE BUILD             statements.tsv covers every line of the document, and each test is there
statements.py SOURCE BUILD DOCUMENT    also: what it quotes stands in these lines, and headings say nothing more
statements.py --self-test              tables with a mistake, and a document that says more, are found out

A line of the table: lines of the document, a quote of what they state (parts between " / "), and the tests by their
names in ctest, with the case behind a colon; or "-" for a heading. The document itself is its owner's."""
import pathlib
import re
import subprocess
import sys

LAST = 502  # line of the document


def sources(source, test):
    """Where the cases of a test stand."""
    area, _, name = test.partition("_")
    return [path for path in (source / f"tests/{area}/{name}.c", source / f"tests/{area}/{name}_test.py",
                              source / f"tests/{area}/{name}.sh") if path.exists()]


def check_tests(row, tests, known, source):
    for test in tests:
        name, _, case = test.partition(":")
        if name not in known:
            yield f"{row}: there is no test '{name}'"
        elif case and not any(re.search(rf"\b(def|void) {case}\(", path.read_text("utf-8"))
                              for path in sources(source, name)):
            yield f"{row}: test '{name}' has no case '{case}'"


def check_table(table, known, source):
    mistakes, at = [], 1
    for row in table:
        fields = row.split("\t")
        match = re.fullmatch(r"(\d+)-(\d+)", fields[0])
        if len(fields) != 3 or not match or not fields[1] or not fields[2]:
            mistakes.append(f"{row}: no row of the table")
            continue
        first, last = int(match[1]), int(match[2])
        if first != at or last < first:
            mistakes.append(f"{row}: line {at} of the document comes next")
        at = last + 1
        if fields[2] == "-":
            if not fields[1].startswith("#") and not fields[1].endswith(":"):
                mistakes.append(f"{row}: a statement without a test")
        else:
            mistakes += check_tests(row, fields[2].split(), known, source)
    if at != LAST + 1:
        mistakes.append(f"the table ends before line {at}, the document has {LAST}")
    return mistakes


def plain(text):
    return " ".join(re.sub(r"[*`]|^ *(-( \[ \])?|\d+\.) |#+ ", "", text, flags=re.MULTILINE).split())


def check_document(table, document):
    mistakes = [] if len(document) == LAST else [f"the document has {len(document)} lines, not {LAST}"]
    for row in table:
        lines, quote, tests = row.split("\t")
        first, last = map(int, lines.split("-"))
        part = document[first - 1:last]
        for said in quote.split(" / "):
            if plain(said) not in plain("\n".join(part)):
                mistakes.append(f"{lines}: '{said}' does not stand there")
        if tests == "-":
            mistakes += [f"{lines}: '{line}' is no heading" for line in part
                         if line.strip() and not line.startswith("#") and not line.rstrip().endswith((":", ":**", "```bash"))
                         and not re.fullmatch(r"\*\*\w+\*\* (array|object):", line)]
    return mistakes


def self_test():
    here = pathlib.Path(__file__).resolve().parent
    known, source = {"seed_guide"}, here.parent.parent
    good = [f"1-{LAST - 2}\tquote\tseed_guide", f"{LAST - 1}-{LAST}\t# End\t-"]
    assert check_table(good, known, source) == []
    for bad, said in [
        ([good[1]], "line 1 of the document comes next"), (good[:1], "the table ends"),
        ([good[0].replace("seed_guide", "seed_gone"), good[1]], "no test 'seed_gone'"),
        ([good[0].replace("seed_guide", "seed_guide:test_gone"), good[1]], "no case 'test_gone'"),
        ([good[0].replace("seed_guide", "-"), good[1]], "without a test"),
        ([good[0].replace("quote", ""), good[1]], "no row"), ([*good, good[1]], "comes next"),
    ]:
        found = check_table(bad, known, source)
        assert any(said in mistake for mistake in found), (bad, found)
    document = ["- **quote** it"] + [""] * (LAST - 3) + ["## End", ""]
    assert check_document(good, document) == []
    for number, line, said in [(0, "another", "does not stand there"), (LAST - 1, "Stages sing.", "is no heading")]:
        found = check_document(good, document[:number] + [line] + document[number + 1:])
        assert any(said in mistake for mistake in found), found
    assert check_document(good, document[1:])


def main(source, build, document=None):
    table = (pathlib.Path(source) / "tests/seed/statements.tsv").read_text("utf-8").splitlines()
    listing = subprocess.run(["ctest", "-N", "--test-dir", build], check=True, stdout=subprocess.PIPE, text=True).stdout
    known = set(re.findall(r"^ *Test +#\d+: (\S+)", listing, re.MULTILINE))
    mistakes = check_table(table, known, pathlib.Path(source))
    if document and not mistakes:
        mistakes = check_document(table, pathlib.Path(document).read_text("utf-8").splitlines())
    print("\n".join(mistakes) or f"{sum(not row.endswith('-') for row in table)} statements have their tests")
    return bool(mistakes)


if __name__ == "__main__":
    sys.exit(self_test() if sys.argv[1:] == ["--self-test"] else main(*sys.argv[1:]))
