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
[stage:c]
command = cp {{input.i}} {{output.o}}
input.i = {{b.o}}
output.o = c.txt
[stage:d]
command = touch {{output.o}}
output.o = d.txt
tags = side
INI
run_ok run b
ran a b
run_ok run out/pipeline/03_c/c.txt
ran c
run_ok run side
ran d
run_ok run -B --from b
same "$(pipeline_log | grep -c 'Stage a: STARTING')" 0
ran b c
run_ok run -B --until b
ran a b
run_ok run -B --from b --until b
ran b
run_ok run -B --only c
ran c
run_ok run -B c
ran a b c
run_fails 2 run nosuch
expect_err nosuch
