#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.txt
INI
echo 1 >in.txt
run_ok
echo mended >"$(stage_dir a)/a.txt"
run_ok accept a
expect_out 'a.txt'
run_ok
ran b
expect_file "$(stage_dir b)/b.txt" mended
run_ok verify
