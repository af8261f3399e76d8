#!/usr/bin/env bash
# What a run saw of a file at its start does not hold once commands have run, whether or not they say what
# they write.
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} side.txt; touch {{output.o}}
track_command = no
input.i = in.txt
output.o = a.txt
[stage:b]
command = cp {{input.i}} {{output.o}}
after = a
input.i = side.txt
output.o = b.txt
INI
echo 1 >in.txt
echo 0 >side.txt
run_ok
expect_file "$(stage_dir b)/b.txt" 1
run_ok
echo 2 >in.txt
run_ok
expect_file "$(stage_dir b)/b.txt" 2
ran a b
