#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[slurm]
restage = /opt/nowhere/restage-attempt
[stage:a]
command = touch {{output.o}}
output.o = o
INI
run_fails 1 run --executor slurm
expect_err '/opt/nowhere/restage-attempt.*not found'
expect_manifest a '.errors | tojson | test("not found")'
