#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = touch ran; echo >>kept
output.o = kept
output.o.update = yes
[stage:b]
command = touch ran; echo >{{output.o}}
output.o = o
[stage:c]
command = touch ran; echo >{{output.o}}
output.o = p
executor = slurm
INI
touch kept
run_fails 2 run --executor slurm
expect_err "stage 'a' cannot run by slurm: it updates '.*kept' in place"
run_fails 2 run --executor slurm --audit b
expect_err "stage 'b' cannot run by slurm: audit watches what runs here"
run_fails 2 audit c
expect_err "stage 'c' cannot run by slurm: audit"
expect_no_file ran
run_fails 4 audit b
