#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"
# Two processes of 60 MB at the same time, gone before a second is over, or there for a moment in a stage that
# takes longer; each of them alone is half of the peak.
cat >tree.py <<'PY'
import os
import sys
import time
pid = os.fork()
held = bytearray(60 << 20)
time.sleep(float(sys.argv[1]))
if pid:
    os.wait()
PY
pipeline <<'INI'
[stage:a]
command = python3 tree.py 0.7 && touch {{output.o}}
output.o = o.txt
[stage:late]
command = sleep 1.3; python3 tree.py 0.3 && touch {{output.o}}
output.o = o.txt
INI
run_ok run -j2
expect_manifest a '.resources.memory_mb > 110'
expect_manifest late '.resources.memory_mb > 110'
