#!/usr/bin/env python3
"""Score recognised speech against a transcription: the word error rate.

    score.py SEGMENTS REFERENCE OUTPUT [--max-wer RATE]

The rate is (substitutions + deletions + insertions) / words of the reference,
over the alignment that has the fewest errors. Over RATE, the score is written
all the same, and the exit code is 1.
"""

import argparse
import json
import re
import sys
import unicodedata

import report

# Spellings that sound the same and are no error of a recogniser.
ABBREVIATIONS = {"mr": "mister", "mrs": "missus", "dr": "doctor", "st": "saint"}


class Problem(Exception):
    """What went wrong and what to do about it, for the user to read."""


def normalise(text):
    """Return the words of a text as they are compared: no case, no punctuation."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'")
    words = re.findall(r"\w+(?:'\w+)*", text.replace("_", " "))
    return [ABBREVIATIONS.get(word, word) for word in words]


def align(reference, hypothesis):
    """Return the alignment with the fewest errors (Levenshtein).

    A list of (operation, reference word, recognised word), where operation is
    "hit", "substitution", "deletion" or "insertion" and a missing word None.
    """
    rows, columns = len(reference) + 1, len(hypothesis) + 1
    cost = [[0] * columns for _ in range(rows)]
    for i in range(rows):
        for j in range(columns):
            if i == 0 or j == 0:
                cost[i][j] = i + j
                continue
            differs = reference[i - 1] != hypothesis[j - 1]
            cost[i][j] = min(
                cost[i - 1][j - 1] + differs, cost[i - 1][j] + 1, cost[i][j - 1] + 1
            )
    alignment = []
    i, j = len(reference), len(hypothesis)
    while i > 0 or j > 0:
        # Several alignments may have the fewest errors; trying the diagonal
        # first picks the one that a reader expects.
        if i > 0 and j > 0:
            differs = reference[i - 1] != hypothesis[j - 1]
            if cost[i][j] == cost[i - 1][j - 1] + differs:
                operation = "substitution" if differs else "hit"
                alignment.append((operation, reference[i - 1], hypothesis[j - 1]))
                i, j = i - 1, j - 1
                continue
        if i > 0 and cost[i][j] == cost[i - 1][j] + 1:
            alignment.append(("deletion", reference[i - 1], None))
            i -= 1
        else:
            alignment.append(("insertion", None, hypothesis[j - 1]))
            j -= 1
    return alignment[::-1]


def score(reference, hypothesis):
    """Return the counts and the word error rate of two lists of words."""
    if not reference:
        raise Problem("the reference holds no words; give a transcription of what is said")
    alignment = align(reference, hypothesis)
    counts = {
        kind: sum(operation == kind for operation, _, _ in alignment)
        for kind in ("hit", "substitution", "deletion", "insertion")
    }
    errors = len(alignment) - counts["hit"]
    return {
        "wer": round(errors / len(reference), 4),
        "reference_words": len(reference),
        "hypothesis_words": len(hypothesis),
        "hits": counts["hit"],
        "substitutions": counts["substitution"],
        "deletions": counts["deletion"],
        "insertions": counts["insertion"],
        "alignment": [
            {"operation": operation, "reference": said, "hypothesis": heard}
            for operation, said, heard in alignment
        ],
    }


def read_hypothesis(path):
    try:
        with open(path, encoding="utf-8") as file:
            return " ".join(segment["text"] for segment in json.load(file)["segments"])
    except (ValueError, KeyError, TypeError) as error:
        raise Problem(
            f"{path} holds no recognised segments ({error!r}); make it with asr.py"
        ) from error


def read_reference(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except UnicodeDecodeError as error:
        raise Problem(f"{path} is not UTF-8 text ({error}); convert it with iconv") from error


def run(options, stage_io):
    result = score(
        normalise(read_reference(options.reference)), normalise(read_hypothesis(options.segments))
    )
    # The decision is on the exact rate: the rounded one may lie on the limit
    # when the exact one is beyond it.
    errors = len(result["alignment"]) - result["hits"]
    passed = errors <= options.max_wer * result["reference_words"]
    with open(options.output, "w", encoding="utf-8") as output:
        json.dump({"max_wer": options.max_wer, "passed": passed, **result}, output, indent=2)
        output.write("\n")
    for step in result["alignment"]:
        if step["operation"] != "hit":
            said, heard = step["reference"] or "-", step["hypothesis"] or "-"
            print(f"{step['operation']:12}  {said} / {heard}")
    stage_io.track_output(
        options.output, "score", wer=result["wer"], words=result["reference_words"]
    )
    stage_io.get_stage_logger().info(
        f"Word error rate {result['wer']:.1%}: {result['substitutions']} substitutions, "
        f"{result['deletions']} deletions, {result['insertions']} insertions "
        f"in {result['reference_words']} words"
    )
    if not passed:
        raise Problem(
            f"the word error rate is {result['wer']:.1%} and may be {options.max_wer:.1%} at most; "
            "check the sound and the model, or allow more with max_wer"
        )
    stage_io.finalize(status="success", wer=result["wer"])


def rate(text):
    value = float(text)
    if not 0 <= value <= 10:
        raise argparse.ArgumentTypeError(f"{text} is no error rate; 0.3 allows 30 %")
    return value


def parse_options(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("segments", help="the recognised segments (JSON, of asr.py)")
    parser.add_argument("reference", help="the transcription (text, UTF-8)")
    parser.add_argument("output", help="the score (JSON)")
    parser.add_argument("--max-wer", type=rate, default=1.0, metavar="RATE")
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parse_options(arguments)
    stage_io = report.begin()
    try:
        run(options, stage_io)
    except (OSError, Problem) as error:
        report.complain(stage_io, error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
