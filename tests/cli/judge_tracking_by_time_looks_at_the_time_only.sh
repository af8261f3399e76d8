#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

pipeline <<'INI'
[stage:a]
command = cp {{input.i}} {{output.o}}
input.i = flag
input.i.track = time
output.o = a.txt
INI
echo 1 >flag
touch -d '2020-01-01' flag
run_ok
run_ok
ran
touch -d '2019-01-01' flag
run_ok
ran a
expect_reasons a input_changed
echo 2 >flag
touch -d '2019-01-01' flag
run_ok
ran
expect_file "$(stage_dir a)/a.txt" 1
