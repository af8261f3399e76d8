#!/usr/bin/env python3
"""What restoring costs, beside copying: restoring.py [SMALL [LARGE_MIB]]

10,000 small results (a stage each) and 8 large ones are put into a cache directory, and restored into a fresh job,
beside `cp -r` of what they are, twice over for the small ones, as promised. Prints times and their ratio. The page
cache is warm, as it is after the run that made the results.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import time

RESTAGE = os.environ.get("RESTAGE", "restage")


def timed(argv, where, **options):
    begin = time.monotonic()
    subprocess.run(argv, cwd=where, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **options)
    return time.monotonic() - begin


def measure(name, definition, times):
    top = tempfile.mkdtemp(prefix="restage-restoring.")
    environment = {**os.environ, "RESTAGE_CACHE": os.path.join(top, "cache")}
    with open(os.path.join(top, "pipeline.ini"), "w", encoding="utf-8") as file:
        file.write(definition)
    run = [RESTAGE, "-q", "run", "-j", str(os.cpu_count())]
    made = timed(run, top, env=environment)
    os.rename(os.path.join(top, "out"), os.path.join(top, "made"))
    best = copied = float("inf")
    for _ in range(3):
        shutil.rmtree(os.path.join(top, "out"), ignore_errors=True)
        best = min(best, timed(run, top, env=environment))
        shutil.rmtree(os.path.join(top, "copy"), ignore_errors=True)
        copied = min(copied, timed(["cp", "-r", "--reflink=never", "made", "copy"], top))
    shutil.rmtree(top)
    print(f"{name}: made and put in {made:.2f} s, restored in {best:.2f} s, cp -r takes {copied:.2f} s: "
          f"{best / copied:.2f} times that" + (f", {times} allowed" if times else ""))


def main(small, mib):
    measure(f"{small} small results", "[stage:s]\ncommand = echo {{each.n}} > {{output.o}}\nforeach.n = 1.." +
            f"{small}\noutput.o = o.txt\n", 2)
    measure(f"8 results of {mib} MiB", "[stage:s]\ncommand = sh -c 'head -c " + f"{mib}" +
            "M /dev/urandom > {{output.o}}' {{each.n}}\nforeach.n = 1..8\noutput.o = o.bin\n", None)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10000, int(sys.argv[2]) if len(sys.argv) > 2 else 512)
