#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:nowhere]
slurm.partition = nowhere
command = touch {{output.o}}
output.o = o
[stage:good]
command = touch {{output.o}}
output.o = o
INI
run_fails 1 run --executor slurm -k
expect_err 'invalid partition specified: nowhere'
expect_manifest nowhere '.status == "failed" and (.errors | tojson | test("invalid partition"))'
expect_file out/pipeline/02_good/o
run_fails 1 run --executor slurm -k
expect_err 'nothing|1 up to date'
