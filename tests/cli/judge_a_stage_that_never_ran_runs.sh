#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
INI
echo 1 >in.txt
run_ok
ran a
expect_reasons a never_ran
expect_file "$(stage_dir a)/a.txt" 1
run_ok
ran
expect_reasons a never_ran
