#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = echo 1 >{{output.o}}
output.o = a.txt
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = {{a.o}}
output.o = b.txt
INI
run_ok
echo 7 >"$(stage_dir a)/a.txt"
run_ok
ran a
expect_reasons a output_changed
expect_reason a output_changed "$(stage_dir a)/a.txt"
expect_file "$(stage_dir a)/a.txt" 1
