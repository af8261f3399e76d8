#!/usr/bin/env python3
"""Compare a title's scenes and sizes with what is known of it.

    check.py VIDEO TRUTH SCENES OUTPUT SIZE...

TRUTH says when scenes begin (make_videos.py), SCENES is the directory of what was cut, SIZE the video in each size.
"""

import json
import pathlib
import subprocess
import sys

TOLERANCE = 0.05  # seconds; a frame takes 0.04


def probe(video):
    """Return height and seconds of a video."""
    done = subprocess.run(
        ["ffprobe", "-v", "error", "-of", "json", "-show_entries", "stream=height:format=duration", str(video)],
        stdout=subprocess.PIPE, check=True,
    )
    told = json.loads(done.stdout)
    return told["streams"][0]["height"], float(told["format"]["duration"])


def main(video, truth, scenes, output, *sizes):
    """Say what was found; fail where it is not what is known."""
    cuts = json.loads(pathlib.Path(truth).read_text(encoding="utf-8"))["cuts"]
    found, begin = [], 0.0
    for scene in sorted(pathlib.Path(scenes).iterdir()):
        found.append(round(begin, 2))
        begin += probe(scene)[1]
    wrong = []
    if len(found) != len(cuts) + 1 or any(abs(a - b) > TOLERANCE for a, b in zip(found[1:], cuts)):
        wrong.append(f"scenes begin at {found}, not at {[0.0, *cuts]}")
    seconds = probe(video)[1]
    heights = {}
    for size in sizes:
        height, length = probe(size)
        heights[height] = round(length, 2)
        if abs(length - seconds) > TOLERANCE * len(found):
            wrong.append(f"{size} takes {length:.2f} s, the video {seconds:.2f} s")
    if len(heights) != len(sizes):
        wrong.append(f"{len(sizes)} sizes have {len(heights)} heights")
    told = {"scenes": len(found), "begin": found, "heights": heights, "wrong": wrong}
    pathlib.Path(output).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    for line in wrong:
        print(f"check.py: {line}", file=sys.stderr)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    if len(sys.argv) < 6:
        sys.exit(__doc__.strip())
    main(*sys.argv[1:])
