#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

# Slurm's own limits count minutes.
pipeline <<'INI'
[stage:a]
command = echo began; sleep 50; echo not reached; touch {{output.o}}
timeout = 2s
output.o = o
INI
run_fails 1 run --executor slurm
expect_manifest a '.status == "failed" and .duration_seconds >= 2 and .duration_seconds < 30'
expect_err 'timed out|time limit'
log_of a | found '\[INFO\] began'
! log_of a | found '\[INFO\] not reached' || fail "it went on"
