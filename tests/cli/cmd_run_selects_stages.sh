#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
tags = early
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.txt
[stage:c]
command = cp {{input.i}} {{output.o}}
input.i = {{b.o}}
output.o = c.txt
INI
echo 1 >in.txt
run_ok run early
ran a
run_ok run --until b
ran b
run_ok run -B --from b
ran b c
run_ok run -B --only b
ran b
run_fails 2 run nonsuch
expect_err nonsuch
run_fails 2 run bb
expect_err "did you mean"
