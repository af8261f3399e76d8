#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = touch {{output.o}}
output.o = a.txt
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.txt
INI
run_ok
run_ok -B
ran a b
expect_reasons a forced
expect_manifest b 'any(.reasons[]; .code == "forced")'
run_ok
ran
