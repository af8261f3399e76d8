#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = ln {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
INI
echo 1 >in.txt
run_ok
run_ok
ran
echo 2 >in.txt
run_ok
ran a
expect_file "$(stage_dir a)/a.txt" 2
