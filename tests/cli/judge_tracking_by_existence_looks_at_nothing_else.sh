#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = flag
input.i.track = exists
output.o = a.txt
INI
echo 1 >flag
run_ok
echo 2 >flag
run_ok
ran
expect_file "$(stage_dir a)/a.txt" 1
rm flag
run_fails 2
expect_err flag
