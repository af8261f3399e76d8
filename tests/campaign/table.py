#!/usr/bin/env python3
"""Prints a Markdown table of what the campaigns found: promise, campaign, cases tried, failures.

    table.py RESULTS-DIRECTORY    exit 1 if a campaign found a failure; a promise without one is only told
    table.py --self-test

A result file holds one JSON object a line; the last line of a promise and campaign counts (a campaign that
ran in its short and then in its long form leaves both). What cannot be read is a failure: it shows nothing.
"""
import json
import os
import sys
import tempfile

PROMISES = {
    1: "kill -9 at any instant is survived",
    2: "begin marker, outputs, manifest: in this order",
    3: "nothing is trusted that a power loss may have taken",
    4: "no error of the system is swallowed",
    5: "no crash or leak when memory runs out",
    6: "never a stale skip",
    7: "never needless work",
    8: "racy time stamps are not trusted",
    9: "inputs that change meanwhile are noticed",
    10: "outputs damaged later are found",
    11: "one runner a job; no lock needs a human",
    12: "nothing of a stage outlives it or the run",
    13: "no stage can hang the run",
    14: "TERM, grace, KILL; the runner dies of the signal",
    15: "logs lose nothing",
    16: "any file name works, none is executed",
    17: "nothing outside the root is written or removed",
    18: "only what we made is removed or replaced",
    19: "hostile bytes are only errors",
    20: "the index only saves time",
    21: "same state, same bytes",
    22: "looking never acts",
    23: "no secret reaches the disk",
    24: "the scheduler: no deadlock, no start too early, tokens conserved",
    25: "looking says what a run does",
}
# Campaigns that show no promise of their own, but that the others can be believed.
OTHERS = {0: "every guard is needed; no error in the use of memory"}


def read_results(directory):
    """-> ({(promise, campaign): line}, [what could not be read])"""
    results, broken = {}, []
    for name in sorted(os.listdir(directory)):
        if not name.endswith(".json"):
            continue
        with open(os.path.join(directory, name), encoding="utf-8", errors="replace") as file:
            text = file.read()
        for number, line in enumerate(text.splitlines(), 1):
            try:
                item = json.loads(line)
                key = (int(item["promise"]), str(item["campaign"]))
                if key[0] not in PROMISES and key[0] not in OTHERS:
                    raise ValueError(f"there is no promise {key[0]}")
                results[key] = (int(item["cases"]), int(item["failures"]), str(item.get("note", "")))
            except (ValueError, KeyError, TypeError) as error:
                broken.append(f"{name}:{number}: {error!r}")
        if not text.strip():
            broken.append(f"{name}: empty")
    return results, broken


def make_table(results):
    """-> (lines, numbers of the promises that nothing shows)"""
    lines = ["| promise | campaign | cases | failures | |", "|---|---|---:|---:|---|"]
    names = {**PROMISES, **OTHERS}
    missing = []
    for number in [*PROMISES, *OTHERS]:
        title = f"{number} {names[number]}" if number else names[number]
        rows = sorted(key for key in results if key[0] == number and results[key][0] > 0)
        if not rows and number:
            missing.append(number)
            lines.append(f"| {title} | – | 0 | – | not shown |")
        for key in rows:
            cases, failures, note = results[key]
            note = note.replace("|", "\\|").replace("\n", " ")
            lines.append(f"| {title} | {key[1]} | {cases:,} | {failures:,} | {note} |")
    return lines, missing


def main(directory):
    results, broken = read_results(directory)
    lines, missing = make_table(results)
    print("\n".join(lines))
    cases = sum(item[0] for item in results.values())
    failures = sum(item[1] for item in results.values())
    print(f"\n{len(PROMISES) - len(missing)} of {len(PROMISES)} promises shown, {cases:,} cases, "
          f"{failures:,} failures")
    if missing:
        print("not shown: " + ", ".join(map(str, missing)))
    for text in broken:
        print(f"cannot read the result {text}", file=sys.stderr)
    return 1 if failures or broken else 0


def self_test():
    def table(files):
        with tempfile.TemporaryDirectory() as directory:
            for name, text in files.items():
                with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
                    file.write(text)
            return make_table(read_results(directory)[0]), read_results(directory), main(directory)

    good = '{"promise": 12, "campaign": "p", "cases": 1440, "failures": 0, "note": "a|b"}\n'
    (lines, missing), _, code = table({"p.json": good, "README": "no result"})
    assert code == 0
    assert missing == [n for n in PROMISES if n != 12], missing
    assert any(line == "| 12 nothing of a stage outlives it or the run | p | 1,440 | 0 | a\\|b |"
               for line in lines), lines
    # A failure is told and counts; the last line counts.
    _, _, code = table({"p.json": good.replace('"failures": 0', '"failures": 2')})
    assert code == 1
    (lines, _), _, code = table({"p.json": good.replace('"failures": 0', '"failures": 2') + good})
    assert code == 0 and not any("| 2 |" in line for line in lines)
    # Two campaigns of one promise are two rows; one promise of two campaigns in one file too.
    (lines, _), _, _ = table({"p.json": good, "q.json": good.replace('"p"', '"q"')})
    assert sum(line.startswith("| 12 ") for line in lines) == 2
    # No cases show nothing; broken results are failures.
    (_, missing), _, code = table({"p.json": good.replace("1440", "0")})
    assert 12 in missing and code == 0
    for text in ("", "{", good.replace("12", "99"), '{"promise": 12}\n', "[]\n"):
        _, (_, broken), code = table({"p.json": text})
        assert broken and code == 1, text
    print("table.py finds what is wrong")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: table.py RESULTS-DIRECTORY|--self-test")
    sys.exit(self_test() if sys.argv[1] == "--self-test" else main(sys.argv[1]))
