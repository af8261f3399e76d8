#!/usr/bin/env python3
"""Eight writers at once into one events file, 20,000 lines: none lost, none torn.

writers_test.py SOURCE_DIR WRITER_PROGRAM"""
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

SOURCE, WRITER = (pathlib.Path(arg).resolve() for arg in sys.argv[1:3])
LINES = 20000
WRITERS = 8
EACH = LINES // WRITERS

# the same in Python as in writer.c
PYTHON = """
import sys
from stageio import StageIO
count, name = int(sys.argv[1]), sys.argv[2]
stage_io = StageIO()
for i in range(count):
    length = i * 37 % 300 + (0 if i % 100 else 3500)
    stage_io.track_output("/x", "line", writer=name, n=i, padding=chr(ord("a") + i % 26) * length)
"""


def main():
    with tempfile.TemporaryDirectory() as folder:
        events = pathlib.Path(folder) / "events"
        env = dict(os.environ, STAGEIO_EVENTS=str(events), STAGEIO_STAGE="s", STAGEIO_JOB_DIR=folder,
                   PYTHONPATH=str(SOURCE / "src" / "stageio"), PYTHONDONTWRITEBYTECODE="1")
        commands = [[str(WRITER)] if i % 2 else [sys.executable, "-c", PYTHON] for i in range(WRITERS)]
        running = [subprocess.Popen([*command, str(EACH), f"w{i}"], env=env)
                   for i, command in enumerate(commands)]
        assert [process.wait() for process in running] == [0] * WRITERS
        seen = collections.Counter()
        with open(events, "rb") as file:
            for line in file:
                event = json.loads(line)
                i = event["n"]
                assert event["padding"] == chr(ord("a") + i % 26) * (i * 37 % 300 + (0 if i % 100 else 3500))
                seen[event["writer"], i] += 1
        assert seen == {(f"w{w}", n): 1 for w in range(WRITERS) for n in range(EACH)}, len(seen)
    print(f"{LINES} lines of {WRITERS} writers")


if __name__ == "__main__":
    main()
