#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = touch {{output.o}}
output.o = a.txt
[stage:b]
command = touch {{output.o}}
output.o = b.txt
INI
run_ok
run_ok
ran
! pipeline_log | grep -E 'Stage (a|b)' || fail "it logged stages"
same "$(pipeline_log | grep -c 'Nothing to run')" 1
