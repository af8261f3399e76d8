#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo {{stage.attempt}} > {{output.o}}; exec python3 -c 'import time; b = bytearray(150 << 20); time.sleep(4 if {{stage.attempt}} == 1 else 0)'
memory = 50M, 500M
output.o = o
INI
run_ok run --executor slurm
expect_file out/pipeline/01_a/o 2
expect_manifest a '.attempt == 2 and .status == "success"'
log_of a | found OUT_OF_MEMORY
run_record | jq -r 'select(.event == "retry") | .text' | found OUT_OF_MEMORY

# where it gets no more, its manifest says why it failed
pipeline <<'INI'
[stage:a]
command = python3 -c 'import time; b = bytearray(150 << 20); time.sleep(4)'
memory = 50M
INI
run_fails 1 run --executor slurm
expect_manifest a '.status == "failed" and (.errors | any(.message | test("OUT_OF_MEMORY")))'
