#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
# Two processes of 60 MB at the same time, gone before a second is over; each of them alone is half of the peak.
cat >tree.py <<'PY'
import os
import time
pid = os.fork()
held = bytearray(60 << 20)
time.sleep(0.7)
if pid:
    os.wait()
PY
pipeline <<'INI'
[stage:a]
command = python3 tree.py && touch {{output.o}}
output.o = o.txt
INI
run_ok
expect_manifest a '.resources.memory_mb > 110'
