#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# Stages that report without end, and a hole of 40 GB in a file of events: time limits, other stages and signals
# have their turn.
collect=no # what floods is cut in the middle
pipeline <<'INI'
[stage:flood]
command = python3 flood.py
timeout = 1s
grace = 0.1s
[stage:hole]
command = truncate -s 40G "$STAGEIO_EVENTS"; printf '\n{"event":"warning","message":"behind it"}\n' >>"$STAGEIO_EVENTS"; sleep 0.5; touch {{output.o}}
output.o = o.txt
[stage:after]
command = touch {{output.o}}
input.i = {{hole.o}}
output.o = o.txt
INI
cat >flood.py <<'PY'
import os

lines = b'{"event":"progress","fraction":0.5,"message":"frame"}\n' * 20000
with open(os.environ["STAGEIO_EVENTS"], "ab", buffering=0) as file:
    while file.tell() < 4e9:
        file.write(lines)
PY
code=0
timeout -k 5 60 "$RESTAGE" run -k -j 3 >"$out" 2>"$err" </dev/null || code=$?
same $code 1
expect_err '^flood failed: timed out after 1.0s'
expect_file out/pipeline/03_after/o.txt
expect_manifest hole '[.warnings[].message] | index("behind it") != null'

sed -i 's/timeout = 1s//' pipeline.ini
"$RESTAGE" run flood >"$out" 2>"$err" </dev/null &
run=$!
# shellcheck disable=SC2016 # the inner shell's
wait_until sh -c '[ $(stat -c %s out/pipeline/01_flood/.work/.events) -gt 100000000 ]'
kill -TERM $run
code=0
wait $run || code=$?
same $code 143
rm -rf out
