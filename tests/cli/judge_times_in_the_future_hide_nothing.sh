#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = in.txt
output.o = a.txt
INI
echo 1 >in.txt
touch -d '2037-01-01' in.txt
run_ok
echo 2 >in.txt
touch -d '2037-01-01' in.txt
run_ok
ran a
echo 3 >in.txt
touch -d '1971-01-01' in.txt
run_ok
ran a
run_ok
ran
expect_file "$(stage_dir a)/a.txt" 3
