#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = false
[stage:b]
command = touch {{output.o}}
output.o = b.txt
[stage:c]
command = touch {{output.o}}
output.o = c.txt
after = a
INI
run_fails 1 -j 1
ran a
expect_err 'a'
grep -q 'Stage a: FAILED (exit code 1' <(pipeline_log)
