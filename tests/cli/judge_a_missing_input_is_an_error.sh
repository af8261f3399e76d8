#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
INI
run_fails 2
expect_err 'in\.txt'
expect_no_file "$(stage_dir a)/a.txt"
echo 1 >in.txt
run_ok
ran a
rm in.txt
run_fails 2
expect_err 'in\.txt'
expect_file "$(stage_dir a)/a.txt" 1
echo 1 >in.txt
run_ok
ran
