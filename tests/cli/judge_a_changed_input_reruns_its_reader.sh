#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
[stage:b]
command = cp {{input.i}} {{output.o}}
input.i = other.txt
output.o = b.txt
INI
echo 1 >in.txt
echo 1 >other.txt
run_ok
echo 2 >in.txt
run_ok
ran a
expect_reasons a input_changed
expect_reason a input_changed in.txt
expect_file "$(stage_dir a)/a.txt" 2
